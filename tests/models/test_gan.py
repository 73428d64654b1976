"""Generators and discriminators: DCGAN's rules, shapes, gradients, saving, refusals."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases

ALLOWED = (
    keras.layers.InputLayer,
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.BatchNormalization,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.Activation,
)


def of_kind(net, kind):
    return [x for x in net.layers if type(x) is kind or (kind in type(x).__mro__[:2])]


def test_rules_of_dcgan():
    """Section 3: no pooling and no dense layer; norm and activation where the paper has them."""
    with cases.without_values():
        generator = models.create("dcgan_generator")
        discriminator = models.create("dcgan_discriminator")
    for net in (generator, discriminator):
        assert all(isinstance(layer, ALLOWED) for layer in net.layers)
    up = of_kind(generator, keras.layers.Conv2DTranspose)
    assert [x.strides for x in up] == [(1, 1)] + [(2, 2)] * 4  # fractionally strided
    assert [x.output.shape[1:] for x in up] == [
        (4, 4, 512), (8, 8, 256), (16, 16, 128), (32, 32, 64), (64, 64, 3),
    ]  # fmt: skip
    assert len(of_kind(generator, keras.layers.BatchNormalization)) == len(up) - 1
    assert len(of_kind(generator, keras.layers.ReLU)) == len(up) - 1
    assert generator.layers[-1].activation is keras.activations.tanh
    down = of_kind(discriminator, keras.layers.Conv2D)
    assert [x.strides for x in down] == [(2, 2)] * 4 + [(1, 1)]
    assert len(of_kind(discriminator, keras.layers.BatchNormalization)) == len(down) - 2
    slopes = [x.negative_slope for x in of_kind(discriminator, keras.layers.LeakyReLU)]
    assert slopes == pytest.approx([0.2] * 4)


@pytest.mark.parametrize(("shape", "first"), [((28, 28, 1), 7), ((32, 48, 3), 4), ((12, 8, 1), 6)])
def test_other_sizes(shape, first):
    generator = models.DCGANGenerator((5,), shape, width=4)
    assert generator.get_layer("project").output.shape[1] == first
    assert generator.output_shape == (None, *shape)
    assert models.DCGANDiscriminator(shape, width=4).output_shape == (None, 1)


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("kind", ["DCGAN", "Dense"])
def test_gradients_and_saving(kind, classes, tmp_path):
    keras.utils.set_random_seed(0)
    small = {"width": 4} if kind == "DCGAN" else {"hidden_units": (8,)}
    generator = getattr(models, f"{kind}Generator")((6,), (8, 8, 1), classes, **small)
    discriminator = getattr(models, f"{kind}Discriminator")((8, 8, 1), classes, **small)
    noise, pictures = cases.random_input((6, 6)), cases.random_input((6, 8, 8, 1))
    asked = np.arange(6, dtype="int32") % 3
    for net, x in ((generator, noise), (discriminator, pictures)):
        inputs = [x, asked] if classes else x
        learned = net(inputs, training=True)
        assert np.isfinite(cases.to_numpy(learned)).all()
        if not classes:
            cases.check_gradients(net, x)
            cases.check_saving(net, x, tmp_path)
        else:  # what is asked for makes a difference
            other = net([x, (asked + 1) % 3], training=False)
            assert not np.allclose(net(inputs, training=False), other)


@pytest.mark.parametrize("norm", ["layer", "spectral", None])
def test_critics_do_not_mix_examples(norm):
    keras.utils.set_random_seed(0)
    net = models.DCGANDiscriminator((8, 8, 1), width=4, norm=norm)
    x = cases.random_input((4, 8, 8, 1))
    net(x, training=True)  # a step of power iteration
    alone = cases.to_numpy(net.stateless_call(*_state(net), x[:1], training=True)[0])
    whole = cases.to_numpy(net.stateless_call(*_state(net), x, training=True)[0])
    np.testing.assert_allclose(alone, whole[:1], rtol=1e-4, atol=1e-6)


def test_spectral_norm_bounds_each_kernel():
    keras.utils.set_random_seed(0)
    net = models.DCGANDiscriminator((8, 8, 1), width=4, norm="spectral")
    for _ in range(30):
        net(cases.random_input((2, 8, 8, 1)), training=True)
    for layer in of_kind(net, keras.layers.SpectralNormalization):
        kernel = np.asarray(layer.kernel).reshape(-1, layer.kernel.shape[-1])
        assert np.linalg.svd(kernel, compute_uv=False)[0] == pytest.approx(1, rel=1e-2)


def _state(net):
    return net.trainable_variables, net.non_trainable_variables


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: models.DCGANGenerator((0,)), "input_shape"),
        (lambda: models.DCGANGenerator((4,), (30, 30, 1)), "multiples of 4"),
        (lambda: models.DCGANDiscriminator((4, 4, 1)), "at least 8"),
        (lambda: models.DCGANDiscriminator(norm="group"), "norm='group'"),
        (lambda: models.DCGANDiscriminator(width=0), "width"),
        (lambda: models.DenseGenerator(hidden_units=(0,)), "hidden_units"),
        (lambda: models.DenseDiscriminator(dropout=1.0), "dropout"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=f"{words}.*"):
        build()


def test_a_projection_holds_the_class_against_the_maps():
    keras.utils.set_random_seed(0)
    net = models.DCGANDiscriminator((8, 8, 1), 3, width=4, projection=True)
    pictures = cases.random_input((3, 8, 8, 1))
    classes = np.array([0, 1, 2], "int32")
    maps = keras.Model(net.inputs, net.get_layer("score").input)([pictures, classes])
    plain = keras.Model(net.inputs, net.get_layer("scores").output)([pictures, classes])
    features = net.get_layer("class_features").embeddings.numpy()
    wanted = plain + (features * np.sum(maps, axis=(1, 2))).sum(1, keepdims=True)
    np.testing.assert_allclose(net([pictures, classes]), wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        plain[:1],
        keras.Model(net.inputs, net.get_layer("scores").output)([pictures, classes[::-1].copy()])[
            :1
        ],
        rtol=1e-4,
    )
    alone = models.DCGANDiscriminator((8, 8, 1), 0, width=4, projection=True)
    assert len(alone.inputs) == 1
