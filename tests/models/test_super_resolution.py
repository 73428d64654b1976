"""SRResNet, its pixel shuffle and SRGAN's discriminator: sizes, reach, gradients, refusals."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite import models
from kerasuite.layers import Bicubic, PixelShuffle
from kerasuite.models.super_resolution import SRGANDiscriminator, radius
from tests import cases


def test_pixel_shuffle(tmp_path):
    x = cases.random_input((2, 5, 4, 12))
    cases.run_layer_test(PixelShuffle, {"factor": 2}, x, (2, 10, 8, 3), 0, 0, tmp_path)
    np.testing.assert_array_equal(PixelShuffle(2)(x), tf.nn.depth_to_space(x, 2))
    with pytest.raises(ValueError, match=r"multiple of factor²=9. Received: 12 maps"):
        PixelShuffle(3)(x)
    with pytest.raises(ValueError, match="factor=0"):
        PixelShuffle(0)


def test_bicubic(tmp_path):
    x = cases.random_input((2, 6, 7, 3))
    cases.run_layer_test(Bicubic, {"factor": 4}, x, (2, 24, 28, 3), 0, 0, tmp_path)
    wanted = tf.image.resize(x, (24, 28), "bicubic").numpy()
    inside = slice(8, -8)  # at the edges TensorFlow's is another
    made = Bicubic(4)(x).numpy()
    np.testing.assert_allclose(made[:, inside, inside], wanted[:, inside, inside], atol=1e-2)
    np.testing.assert_allclose(Bicubic(3)(np.ones((1, 1, 2, 1))), np.ones((1, 3, 6, 1)), rtol=1e-6)
    with pytest.raises(ValueError, match="factor=0"):
        Bicubic(0)


def test_weights_are_those_of_the_figure():
    """Added up by hand from figure 4: k9n64s1, 16 blocks of k3n64s1, k3n64s1, 2 of k3n256s1, k9n3.

    Each norm has two numbers for each map, and each parametric ReLU one.
    """
    with cases.without_values():
        net = models.SRResNet()
        judge = SRGANDiscriminator()
    block = 2 * (9 * 64 * 64 + 64) + 2 * 2 * 64 + 64
    ends = (81 * 3 * 64 + 64 + 64) + (9 * 64 * 64 + 64 + 128) + (81 * 64 * 3 + 3)
    assert cases.count(net.trainable_weights) == ends + 16 * block + 2 * (9 * 64 * 256 + 256 + 64)
    assert net.output_shape == (None, 96, 96, 3)
    flat = next(x for x in judge.layers if isinstance(x, keras.layers.Flatten))
    assert flat.output.shape == (None, 6 * 6 * 512) and judge.output_shape == (None, 1)
    strides = [x.strides[0] for x in judge.layers if isinstance(x, keras.layers.Conv2D)]
    assert strides == [1, 2] * 4


@pytest.mark.parametrize("residual", [False, True])
def test_gradients_saving_and_any_size(residual, tmp_path):
    keras.utils.set_random_seed(0)
    net = models.SRResNet((None, None, 3), width=4, blocks=1, scale=2, residual=residual)
    if residual:  # it begins at 0, where no gradient passes
        net.get_layer("last").kernel.assign(cases.random_input((9, 9, 4, 3)))
    cases.check_gradients(net, cases.random_input((2, 8, 8, 3)))
    cases.check_saving(net, cases.random_input((1, 5, 9, 3)), tmp_path)
    assert net(cases.random_input((1, 5, 9, 3))).shape == (1, 10, 18, 3)


def test_with_nothing_learned_the_residual_net_is_bicubic():
    net = models.SRResNet((6, 7, 3), width=4, blocks=1, scale=4, residual=True)
    x = cases.random_input((1, 6, 7, 3))
    np.testing.assert_allclose(net(x), Bicubic(4)(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 4])
def test_radius_bounds_what_a_place_sees(scale):
    keras.utils.set_random_seed(0)
    net = models.SRResNet((None, None, 1), 1, width=4, blocks=1, scale=scale)
    side = 41
    x = cases.random_input((1, side, side, 1))
    changed = x.copy()
    changed[0, side // 2, side // 2] += 10
    difference = np.abs(cases.to_numpy(net(changed)) - cases.to_numpy(net(x)))[0, ..., 0]
    places = np.unique(np.argwhere(difference > 0) // scale)
    reach = np.abs(places - side // 2).max()
    assert radius(net) - 1 <= reach <= radius(net)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: models.SRResNet(scale=3), "scale=3"),
        (lambda: models.SRResNet(blocks=0), "blocks=0"),
        (lambda: models.SRResNet((None, 24, 0)), "input_shape"),
        (lambda: models.SRResNet(classes=1, residual=True), "classes=1 for 3 channels"),
        (lambda: SRGANDiscriminator((8, 8, 3)), "at least 16"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=words):
        build()
