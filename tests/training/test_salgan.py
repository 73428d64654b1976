"""SalGAN: the pretraining, whose step is whose, the losses, and what is saved."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.salgan import SalGANDiscriminator
from kerasuite.training.adversarial_losses import slopes
from kerasuite.training.salgan import SalGAN
from tests import cases

SHAPE = (16, 16, 3)


def salgan(**kwargs):
    keras.utils.set_random_seed(0)
    model = SalGAN(
        models.SalGANGenerator(SHAPE, width=4, depth=2),
        SalGANDiscriminator(SHAPE),
        seed=0,
        **kwargs,
    )
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=False)
    return model


@pytest.fixture(scope="module")
def pairs():
    maps = np.random.default_rng(0).random((2, 16, 16, 1)).astype("float32")
    return cases.random_input((2, *SHAPE)), maps


def values(net):
    return [np.array(v) for v in net.variables]


def changes(before, net):
    return [not np.array_equal(a, b) for a, b in zip(before, values(net), strict=True)]


def test_the_discriminator_rests_and_then_learns(pairs, tmp_path):
    model = salgan(pretraining=1, content=1.0)
    before = values(model.discriminator)
    found = model.train_on_batch(*pairs, return_dict=True)
    assert found["discriminator_loss"] == 0 < found["cross_entropy"]
    assert not any(changes(before, model.discriminator))
    model.save(tmp_path / "model.keras")
    found = model.train_on_batch(*pairs, return_dict=True)
    assert min(found.values()) > 0
    assert all(changes(before, model.discriminator))
    saved = keras.saving.load_model(tmp_path / "model.keras")
    assert saved.get_config().keys() == model.get_config().keys()
    assert int(saved.optimizer.iterations) == 1


def test_a_head_start_leaves_the_generator_alone(pairs):
    """The discriminator learns from the second step on; the generator as if nobody judged it."""
    started, alone = (salgan(pretraining=3, head_start=n, content=1.0) for n in (2, 0))
    before = values(started.discriminator)
    for step in range(3):
        for model in (started, alone):
            model.train_on_batch(*pairs)
        assert any(changes(before, started.discriminator)) == (step > 0)
    for one, other in zip(values(started.generator), values(alone.generator), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_cross_entropy_weighs_as_much_in_both_parts(pairs):
    """By plain gradient descent, whose steps are as large as the loss's weight."""
    moved = []
    for content in (1.0, 4.0):
        model = salgan(pretraining=1, content=content)
        model.compile(keras.optimizers.SGD(1e-3), keras.optimizers.SGD(1e-3), jit_compile=False)
        before = values(model.generator)
        model.train_on_batch(*pairs)
        moved.append([b - a for a, b in zip(before, values(model.generator), strict=True)])
    for one, four in zip(*moved, strict=True):
        np.testing.assert_allclose(four, 4 * one, rtol=1e-2, atol=1e-6)


def test_each_side_has_its_own_step(pairs):
    model = salgan()
    generator, discriminator = values(model.generator), values(model.discriminator)
    model.discriminator_step(*pairs)
    assert not any(changes(generator, model.generator))
    assert all(changes(discriminator, model.discriminator))
    discriminator = values(model.discriminator)
    model.generator_step(*pairs)
    assert all(changes(generator, model.generator))
    assert not any(changes(discriminator, model.discriminator))


def test_the_discriminator_learns_to_tell_maps_apart(pairs):
    model = salgan()
    pictures, maps = pairs
    for _ in range(60):
        model.reset_metrics()
        found = model.discriminator_step(pictures, maps, keras.ops.full(maps.shape, 0.5))
    assert float(found["discriminator_loss"]) < 1.1  # 2 log 2 = 1.39 before it has learned anything


def test_losses_are_the_papers(pairs):
    model = salgan()
    pictures, maps = pairs
    made = cases.to_numpy(model.generator(pictures, training=True))
    scores = cases.to_numpy(model.discriminator([pictures, made], training=True))
    found = model.generator_step(pictures, maps)
    entropy = -(maps * np.log(made) + (1 - maps) * np.log(1 - made)).mean()
    assert float(found["cross_entropy"]) == pytest.approx(entropy, rel=1e-3)
    assert float(found["generator_loss"]) == pytest.approx(
        np.log1p(np.exp(-scores)).mean(), rel=1e-3
    )


def test_the_cross_entropy_compares_cells(pairs):
    """It does not see what changes within a cell and leaves its mean."""
    pictures, maps = pairs
    model = salgan(cell=4, content=1.0)
    made = cases.to_numpy(model.generator(pictures, training=True))
    wanted, answered = (x.reshape(2, 4, 4, 4, 4).mean((2, 4)) for x in (maps, made))
    entropy = -(wanted * np.log(answered) + (1 - wanted) * np.log(1 - answered)).mean()
    found = model.generator_step(pictures, maps)
    assert float(found["cross_entropy"]) == pytest.approx(entropy, rel=1e-3)


def test_the_averaged_net_answers_and_is_saved(pairs, tmp_path):
    model = salgan(pretraining=1, ema=0.75)
    kept = values(model.generator)
    for _ in range(2):  # one step alone and one against the discriminator
        model.train_on_batch(*pairs)
        own = values(model.generator)
        kept = [0.75 * mean + 0.25 * new for mean, new in zip(kept, own, strict=True)]
    for mean, wanted in zip(values(model.average), kept, strict=True):
        np.testing.assert_allclose(mean, wanted, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    answers = [cases.to_numpy(net(pairs[0])) for net in (model, model.average)]
    answers.append(cases.to_numpy(keras.saving.load_model(tmp_path / "model.keras")(pairs[0])))
    np.testing.assert_allclose(answers[1:], [answers[0]] * 2, rtol=1e-5)


def test_the_penalty_draws_the_slope_towards_one(pairs):
    pictures, maps = (keras.ops.convert_to_tensor(x) for x in pairs)
    found = []
    for weight in (0.0, 100.0):
        model = salgan(loss="wasserstein", gradient_penalty=weight)
        for _ in range(20):
            model.discriminator_step(pictures, maps, 1 - maps)
        found.append(slopes(lambda x, net=model.discriminator: net([pictures, x]), maps))
    free, bound = (np.abs(cases.to_numpy(x) - 1).max() for x in found)
    assert bound < free / 10


def test_refusals():
    with pytest.raises(ValueError, match="`pretraining` must be at least 0"):
        salgan(pretraining=-1)
    with pytest.raises(ValueError, match="`head_start` is a part of `pretraining`"):
        salgan(pretraining=1, head_start=2)
    with pytest.raises(ValueError, match="`cell` must be at least 1"):
        salgan(cell=0)
    with pytest.raises(ValueError, match="`gradient_penalty` must be at least 0"):
        salgan(gradient_penalty=-1.0)
    with pytest.raises(ValueError, match="`ema` must be at least 0 and below 1"):
        salgan(ema=1.0)
