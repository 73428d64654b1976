"""Adversarial models: each side's step is its own, the losses are the formulas, nothing is lost."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, log_expit

from kerasuite import models
from kerasuite.training import adversarial_losses as losses
from kerasuite.training.adversarial import SharedRate, falling
from kerasuite.training.gan import GAN
from kerasuite.training.state import History, load_state, save_state, variables

SHAPE = (8, 8, 1)


def dcgan(norm="batch", classes=0, optimizer=keras.optimizers.Adam, **kwargs):
    generator = models.DCGANGenerator((4,), SHAPE, classes, width=4)
    discriminator = models.DCGANDiscriminator(SHAPE, classes, width=4, norm=norm)
    gan = GAN(generator, discriminator, seed=0, **kwargs)
    gan.compile(optimizer(1e-3), optimizer(2e-3), jit_compile=False)
    return gan


def pictures(count=8, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, *SHAPE)).astype("float32")


def values(net):
    return [keras.ops.convert_to_numpy(v) for v in net.variables]


def same(before, after):
    return [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


@pytest.fixture(scope="module")
def plain():
    keras.utils.set_random_seed(0)
    return dcgan(norm="spectral", classes=3)


def test_a_discriminator_step_leaves_the_generator_alone(plain):
    generator, discriminator = values(plain.generator), values(plain.discriminator)
    plain.discriminator_step(pictures(), np.arange(8) % 3)
    assert all(same(generator, values(plain.generator)))
    assert not any(same(discriminator, values(plain.discriminator)))


def test_a_generator_step_leaves_the_discriminator_alone(plain):
    generator, discriminator = values(plain.generator), values(plain.discriminator)
    plain.generator_step(8, np.arange(8) % 3)
    assert all(same(discriminator, values(plain.discriminator)))
    assert not any(same(generator, values(plain.generator)))


def test_a_step_descends_its_own_loss():
    """Many steps of one side alone: what it descends falls, by name for every loss."""
    for name in losses.NAMES:
        keras.utils.set_random_seed(1)
        gan = GAN(
            models.DenseGenerator((2,), (2,), hidden_units=(16,), activation=None),
            models.DenseDiscriminator((2,), hidden_units=(16,)),
            loss=name,
            seed=1,
        )
        gan.compile(keras.optimizers.Adam(0.03), keras.optimizers.Adam(0.03))
        real = np.random.default_rng(0).normal(3, 0.1, (64, 2)).astype("float32")
        for step, figure in (
            (lambda gan=gan, real=real: gan.discriminator_step(real), "discriminator_loss"),
            (lambda gan=gan: gan.generator_step(64), "generator_loss"),
        ):
            gan.reset_metrics()
            first = float(step()[figure])
            for _ in range(5):
                gan.reset_metrics()
                last = float(step()[figure])
            assert last < first, (name, figure)


@pytest.mark.parametrize("name", losses.NAMES)
def test_losses_are_their_formulas(name):
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=(7, 1)), rng.normal(size=(7, 1))
    wanted = {
        "minimax": (-log_expit(real) - np.log(1 - expit(fake)), np.log(1 - expit(fake))),
        "non_saturating": (-log_expit(real) - np.log(1 - expit(fake)), -np.log(expit(fake))),
        "least_squares": ((real - 1) ** 2 / 2 + fake**2 / 2, (fake - 1) ** 2 / 2),
        "wasserstein": (fake - real, -fake),
        "hinge": (np.maximum(0, 1 - real) + np.maximum(0, 1 + fake), -fake),
    }[name]
    found = losses.discriminator_loss(name, real, fake), losses.generator_loss(name, fake)
    np.testing.assert_allclose(found, [w.mean() for w in wanted], rtol=1e-5)


def test_smoothing_is_of_real_labels_alone():
    real, fake = np.array([[0.3], [-2.0]]), np.array([[1.0], [-0.4]])
    crossed = -0.9 * log_expit(real) - 0.1 * log_expit(-real) - log_expit(-fake)
    found = losses.discriminator_loss("non_saturating", real, fake, 0.1)
    np.testing.assert_allclose(found, crossed.mean(), rtol=1e-5)
    found = losses.discriminator_loss("least_squares", real, fake, 0.1)
    np.testing.assert_allclose(found, ((real - 0.9) ** 2 + fake**2).mean() / 2, rtol=1e-5)


def test_slopes_against_finite_differences():
    keras.utils.set_random_seed(0)
    net = models.DCGANDiscriminator(SHAPE, width=4, norm="layer")
    net.set_weights([10 * w for w in net.get_weights()])  # far from flat
    x = pictures(3)
    found = losses.slopes(net, x)
    step, numeric = 1e-2, np.zeros_like(x)
    for place in np.ndindex(SHAPE):
        up, down = x.copy(), x.copy()
        up[(slice(None), *place)] += step
        down[(slice(None), *place)] -= step
        difference = keras.ops.convert_to_numpy(net(up)) - keras.ops.convert_to_numpy(net(down))
        numeric[(slice(None), *place)] = difference[:, 0] / (2 * step)
    np.testing.assert_allclose(found, np.sqrt((numeric**2).sum((1, 2, 3))), rtol=0.02)


def test_gradient_penalty_of_a_plane_is_known():
    slope = np.array([[3.0], [4.0]], "float32")  # length 5 everywhere
    seed = keras.random.SeedGenerator(0)
    points = np.zeros((6, 2), "float32")
    found = losses.gradient_penalty(lambda x: x @ slope, points, points + 1, seed)
    np.testing.assert_allclose(found, 16, rtol=1e-5)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"loss": "best"}, "must be one of minimax.*Received: loss='best'"),
        ({"loss": "hinge", "smoothing": 0.1}, "losses that have labels"),
        ({"smoothing": 0.5}, "below 0.5"),
        ({"n_critic": 0}, "`n_critic`.*Received"),
        ({"clip": -1.0}, "`clip` must be at least 0"),
        ({"ema": 1.0}, "`ema`"),
        ({"augment": ("mirror",)}, "`kinds` must be of color"),
        ({"consensus": 1.0, "n_critic": 2}, "one simultaneous step"),
    ],
)
def test_what_cannot_work_is_refused(plain, kwargs, words):
    with pytest.raises(ValueError, match=words):
        GAN(plain.generator, plain.discriminator, **kwargs)


def test_each_side_needs_its_own_optimizer(plain):
    one = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="one for both"):
        GAN(plain.generator, plain.discriminator).compile(one, one)


KINDS = {
    "wgan_gp": {"loss": "wasserstein", "gradient_penalty": 10.0, "n_critic": 2, "norm": "layer"},
    "wgan": {"loss": "wasserstein", "clip": 0.01, "n_critic": 2, "ema": 0.9},
    "consensus": {"consensus": 10.0, "optimizer": keras.optimizers.RMSprop},
    "augmented": {"loss": "hinge", "norm": "spectral", "augment": ("color", "translation")},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_training_ends_as_one_left_alone(kind, tmp_path):
    """Through a checkpoint and through a .keras file: weights, moments and random states."""
    keras.utils.set_random_seed(0)
    gan = dcgan(**KINDS[kind])
    steps = [pictures(8, seed) for seed in range(4)]
    for x in steps[:2]:
        gan.train_on_batch(x)
    gan.save(tmp_path / "gan.keras")
    save_state(tmp_path / "last.npz", gan, History("loss", "min"))
    for x in steps[2:]:
        gan.train_on_batch(x)
    saved = keras.saving.load_model(tmp_path / "gan.keras")
    fresh = dcgan(**KINDS[kind])
    load_state(tmp_path / "last.npz", fresh, History("loss", "min"))
    for again in (saved, fresh):
        assert again.get_config().keys() == gan.get_config().keys()
        for x in steps[2:]:
            again.train_on_batch(x)
        for a, b in zip(variables(gan), variables(again), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=a.path)
    if gan.clip:
        assert max(np.abs(v).max() for v in gan.discriminator.trainable_variables) <= 0.01
        for mean, own in zip(gan.average.weights, gan.generator.weights, strict=True):
            assert not np.array_equal(mean, own), mean.path
        noise = np.ones((2, 4), "float32")
        np.testing.assert_allclose(gan(noise), gan.average(noise))


def test_the_average_follows_the_generator():
    keras.utils.set_random_seed(0)
    gan = dcgan(ema=0.75)
    before = values(gan.generator)
    gan.train_on_batch(pictures())
    for old, new, mean in zip(before, values(gan.generator), values(gan.average), strict=True):
        np.testing.assert_allclose(mean, 0.75 * old + 0.25 * new, rtol=1e-4, atol=1e-6)


def test_consensus_is_the_gradient_of_both_losses_and_of_their_size():
    """Two numbers play: f(x, y) of the minimax game, whose terms are known by hand."""
    inputs = keras.Input((1,))
    dense = {"use_bias": False, "kernel_initializer": keras.initializers.Constant(0.5)}
    generator = keras.Model(inputs, keras.layers.Dense(1, **dense)(inputs))
    discriminator = keras.Model(inputs, keras.layers.Dense(1, **dense)(inputs))
    gan = GAN(generator, discriminator, loss="wasserstein", consensus=2.0, seed=0)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    z = float(keras.random.normal((1, 1), seed=keras.random.SeedGenerator(0))[0, 0])
    gan.consensus_step(np.array([[3.0]], "float32"))
    # Losses: -y x z and y x z - 3 y; with half their squared slopes, ((y z)² + (x z - 3)²) / 2.
    x, y = 0.5, 0.5
    np.testing.assert_allclose(
        float(generator.weights[0][0, 0]), x - 0.1 * (-y * z + 2 * (x * z - 3) * z), rtol=1e-4
    )
    np.testing.assert_allclose(
        float(discriminator.weights[0][0, 0]), y - 0.1 * (x * z - 3 + 2 * y * z * z), rtol=1e-4
    )


def test_one_trace_does_for_all_batches():
    keras.utils.set_random_seed(0)
    gan = dcgan(loss="wasserstein", n_critic=2, gradient_penalty=10.0, norm=None)
    data = tf.data.Dataset.from_tensor_slices(pictures(24)).batch(8)
    traced, step = [], gan.train_step
    gan.train_step = lambda data: traced.append(1) or step(data)
    history = gan.fit(data, epochs=2, verbose=0).history
    assert len(traced) == 1
    assert set(history) == {"generator_loss", "discriminator_loss", "gradient_penalty"}


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(0)
        gan = dcgan(ema=0.5)
        before = values(gan.generator)
        gan.train_on_batch(pictures())
        scaled = isinstance(gan.discriminator_optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")
        assert not all(same(before, values(gan.generator)))
        assert all(v.dtype == "float32" for v in gan.generator.trainable_variables)
        gan.save(tmp_path / "gan.keras")
        again = keras.saving.load_model(tmp_path / "gan.keras")
        for a, b in zip(variables(gan), variables(again), strict=True):
            np.testing.assert_array_equal(a, b)
    finally:
        keras.config.set_dtype_policy("float32")


MIRRORED = """
import numpy as np, tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    from tests.training.test_adversarial import dcgan, pictures
    gan = dcgan(loss="wasserstein", clip=0.01, ema=0.9, n_critic=2)
data = tf.data.Dataset.from_tensor_slices(pictures(16)).batch(8)
assert np.isfinite(list(gan.fit(data, verbose=0).history.values())).all()
for v in (*gan.variables, *gan.optimizers[0].variables, *gan.optimizers[1].variables):
    one, other = (x.numpy() for x in v.value.values)
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6, err_msg=v.path)
"""


@pytest.mark.slow
def test_replicas_stay_equal():
    """Two logical devices, in a process of its own: they must be set before TensorFlow starts."""
    subprocess.run([sys.executable, "-c", MIRRORED], check=True)


def test_rates_of_both_sides_fall_together(plain):
    falls = SharedRate(falling(4, 0.5), 1e-3, 2e-3)
    falls.set_model(plain)
    seen = []
    for epoch in range(4):
        falls.on_epoch_begin(epoch)
        seen.append([float(o.learning_rate) for o in plain.optimizers])
    np.testing.assert_allclose(seen, np.outer([1, 1, 1, 0.5], [1e-3, 2e-3]), rtol=1e-5)
    assert falling(10, 1.0)(9) == 1.0
