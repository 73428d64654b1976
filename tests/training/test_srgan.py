"""SRGAN: the pretraining, whose step is whose, the losses, and what is saved."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.super_resolution import SRGANDiscriminator
from kerasuite.training.srgan import SRGAN
from kerasuite.training.state import History, load_state, save_state, variables
from tests import cases

SIDE = 16


def srgan(**kwargs):
    keras.utils.set_random_seed(0)
    features = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), keras.layers.Conv2D(4, 3, name="conv")], name="features"
    )
    model = SRGAN(
        models.SRResNet((None, None, 3), width=4, blocks=1, scale=2),
        SRGANDiscriminator((SIDE, SIDE, 3), width=2),
        features,
        seed=0,
        **kwargs,
    )
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=False)
    return model


@pytest.fixture(scope="module")
def pairs():
    return np.tanh(cases.random_input((2, 8, 8, 3))), np.tanh(cases.random_input((2, 16, 16, 3), 1))


def values(net):
    return [np.array(v) for v in net.variables]


def test_the_discriminator_rests_and_then_learns(pairs, tmp_path):
    model = srgan(pretraining=2)
    before, features = values(model.discriminator), values(model.features)
    for _ in range(2):
        found = model.train_on_batch(*pairs, return_dict=True)
    assert found["discriminator_loss"] == found["content"] == 0 < found["pixels"]
    for mine, its in zip(before, values(model.discriminator), strict=True):
        np.testing.assert_array_equal(mine, its)
    # What is saved here goes on with both.
    model.save(tmp_path / "model.keras")
    save_state(tmp_path / "last.npz", model, History("loss", "min"))
    found = model.train_on_batch(*pairs, return_dict=True)
    assert min(found["discriminator_loss"], found["generator_loss"], found["content"]) > 0
    changed = zip(before, values(model.discriminator), strict=True)
    assert all(not np.array_equal(mine, its) for mine, its in changed)
    for mine, its in zip(features, values(model.features), strict=True):
        np.testing.assert_array_equal(mine, its)
    saved = keras.saving.load_model(tmp_path / "model.keras")
    load_state(tmp_path / "last.npz", saved, History("loss", "min"))
    assert saved.get_config().keys() == model.get_config().keys()
    saved.train_on_batch(*pairs)
    for mine, its in zip(variables(model), variables(saved), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-5, err_msg=mine.path)
    before = values(model.generator)
    model.discriminator_step(*pairs)
    for mine, its in zip(before, values(model.generator), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_losses_are_the_papers(pairs):
    model = srgan()
    small, large = pairs
    made = cases.to_numpy(model.generator(small, training=True))
    scores = cases.to_numpy(model.discriminator(made, training=True))
    maps = [cases.to_numpy(model.features(x)) for x in (large, made)]
    found = model.generator_step(small, large)
    assert float(found["pixels"]) == pytest.approx(np.square(large - made).mean(), rel=1e-3)
    assert float(found["content"]) == pytest.approx(np.square(maps[0] - maps[1]).mean(), rel=1e-3)
    fooling = np.log1p(np.exp(-scores)).mean()
    assert float(found["generator_loss"]) == pytest.approx(fooling, rel=1e-3)


def test_refusals():
    with pytest.raises(ValueError, match="`content` must be at least 0"):
        srgan(content=-1.0)
    with pytest.raises(ValueError, match="loss='l1'"):
        srgan(loss="l1")
