"""pix2pix and CycleGAN: each side's step is its own, the losses are the papers', none is lost."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.training.picture_gans import CycleGAN, Pix2Pix
from kerasuite.training.state import History, load_state, save_state, variables
from tests import cases

SHAPE = (16, 16, 1)


def pix2pix(**kwargs):
    generator = models.Pix2PixGenerator(SHAPE, 1, width=4, dropout=0.0)
    discriminator = models.PatchDiscriminator(SHAPE, 1, width=4, patch=16)
    return compiled(Pix2Pix(generator, discriminator, seed=0, **kwargs))


def cyclegan(**kwargs):
    there, back = (models.CycleGANGenerator(SHAPE, 1, width=4, blocks=1) for _ in range(2))
    judges = (models.PatchDiscriminator(SHAPE, 0, width=4, patch=1) for _ in range(2))
    return compiled(CycleGAN(there, back, *judges, pool=4, seed=0, **kwargs))


def compiled(model):
    rates = {"beta_1": 0.5}
    model.compile(
        keras.optimizers.Adam(2e-3, **rates),
        keras.optimizers.Adam(1e-3, **rates),
        jit_compile=False,
    )
    return model


def pictures(count=2, seed=0):
    return np.tanh(cases.random_input((count, *SHAPE), seed))


def values(nets):
    return [np.array(v) for net in nets for v in net.variables]


@pytest.fixture(scope="module", params=[pix2pix, cyclegan])
def model(request):
    keras.utils.set_random_seed(0)
    return request.param()


def sides(model):
    if isinstance(model, Pix2Pix):
        return [model.generator], [model.discriminator]
    return [model.generator, model.back], [model.discriminator, model.back_discriminator]


@pytest.mark.parametrize("step", ["generator_step", "discriminator_step"])
def test_a_step_of_one_side_leaves_the_other_alone(model, step):
    generators, discriminators = sides(model)
    learns, rests = (
        (generators, discriminators) if step == "generator_step" else (discriminators, generators)
    )
    before, still = values(learns), values(rests)
    getattr(model, step)(pictures(), pictures(seed=1))
    for a, b in zip(still, values(rests), strict=True):
        np.testing.assert_array_equal(a, b)
    changed = [not np.array_equal(a, b) for a, b in zip(before, values(learns), strict=True)]
    # Before instance norm and batch norm, biases and such change nothing.
    assert np.mean(changed) > 0.6


def test_a_resumed_training_ends_as_one_left_alone(model, tmp_path):
    a, b = pictures(), pictures(seed=1)
    model.train_on_batch(a, b)
    model.save(tmp_path / "model.keras")
    save_state(tmp_path / "last.npz", model, History("loss", "min"))
    model.train_on_batch(b, a)
    saved = keras.saving.load_model(tmp_path / "model.keras")
    saved.train_on_batch(b, a)
    assert saved.get_config().keys() == model.get_config().keys()
    for mine, its in zip(model.variables, saved.variables, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-5, err_msg=mine.path)
    load_state(tmp_path / "last.npz", saved, History("loss", "min"))
    saved.train_on_batch(b, a)
    for mine, its in zip(variables(model), variables(saved), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-5, err_msg=mine.path)


def test_losses_are_the_papers():
    keras.utils.set_random_seed(0)
    model, a, b = pix2pix(l1=10.0), pictures(), pictures(seed=1)
    made = cases.to_numpy(model.generator(a, training=True))
    scores = cases.to_numpy(model.discriminator([a, made], training=True))
    found = model.generator_step(a, b)
    assert float(found["l1"]) == pytest.approx(np.abs(b - made).mean(), rel=1e-4)
    assert float(found["generator_loss"]) == pytest.approx(
        np.log1p(np.exp(-scores)).mean(), rel=1e-3
    )
    model = cyclegan()
    there, back = model.generator, model.back
    made, made_back = there(a), back(b)
    cycle = np.abs(a - back(made)).mean() + np.abs(b - there(made_back)).mean()
    stays = np.abs(b - there(b)).mean() + np.abs(a - back(a)).mean()
    found = model.generator_step(a, b)
    assert float(found["cycle"]) == pytest.approx(cycle, rel=1e-3)
    assert float(found["identity"]) == pytest.approx(stays, rel=1e-3)


def test_without_the_adversary_it_is_plain_l1():
    keras.utils.set_random_seed(0)
    model, a = pix2pix(adversarial=0.0), pictures(4)
    before = values([model.discriminator])
    history = [float(model.train_on_batch(a, -a, return_dict=True)["l1"]) for _ in range(15)]
    model.reset_metrics()
    last = float(model.train_on_batch(a, -a, return_dict=True)["l1"])
    assert last < 0.9 * history[0]
    for mine, its in zip(before, values([model.discriminator]), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_refusals(model):
    nets = {name: getattr(model, name) for name in model.NETS}
    with pytest.raises(ValueError, match="loss='l1'"):
        type(model)(**nets, loss="l1")
    wrong = {"l1": -1.0} if isinstance(model, Pix2Pix) else {"cycle": -1.0}
    with pytest.raises(ValueError, match="at least 0"):
        type(model)(**nets, **wrong)
