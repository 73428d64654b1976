"""pix2pix and CycleGAN's nets: published sizes, receptive fields, gradients, refusals."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.layers import ProductConv2D
from kerasuite.models.picture_translation import receptive_field
from tests import cases


@pytest.mark.parametrize(
    ("build", "published"),
    [
        (lambda: models.Pix2PixGenerator(), 54_413_955),
        (lambda: models.PatchDiscriminator(), 2_768_705),
        (lambda: models.CycleGANGenerator(), 11_378_179),
        (lambda: models.CycleGANGenerator((128, 128, 3), blocks=6), 7_837_699),
        (lambda: models.PatchDiscriminator(classes=0, norm="instance"), 2_764_737),
    ],
)
def test_published_parameters(build, published):
    """As the authors' code prints them, in millions."""
    with cases.without_values():
        assert cases.count(build().trainable_weights) == published


@pytest.mark.parametrize(("patch", "side"), [(1, 256), (16, 126), (70, 30), (286, 6)])
def test_patches(patch, side):
    """Sizes of the scores for 256x256; and one pixel reaches as many scores as it should."""
    with cases.without_values():
        net = models.PatchDiscriminator(patch=patch, width=1)
    assert net.output_shape == (None, side, side, 1)
    assert receptive_field(net) == patch


def test_a_score_sees_its_patch_alone():
    keras.utils.set_random_seed(0)
    net = models.PatchDiscriminator((64, 64, 1), classes=0, width=4, patch=16)
    x = cases.random_input((1, 64, 64, 1))
    changed = x.copy()
    changed[0, 32, 32] += 10
    difference = np.abs(cases.to_numpy(net(changed)) - cases.to_numpy(net(x)))[0, ..., 0]
    reached = np.argwhere(difference > 1e-7)
    assert (np.ptp(reached, axis=0) + 1 == 8).all()  # 16 pixels at stride 2


@pytest.mark.parametrize(("side", "depth"), [(16, 4), (48, 4), (64, 6), (512, 8)])
def test_depth_of_the_u_net(side, depth):
    with cases.without_values():
        net = models.Pix2PixGenerator((side, side, 1), classes=3, width=2)
    down = [x for x in net.layers if type(x) is ProductConv2D]
    assert len(down) == depth and net.output_shape == (None, side, side, 3)
    maps = [2 * min(8, 2**i) for i in range(depth)]
    assert [x.filters for x in down] == maps
    dropped = [x for x in net.layers if isinstance(x, keras.layers.Dropout)]
    assert len(dropped) == max(0, min(3, depth - 5))


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("kind", ["Pix2PixGenerator", "CycleGANGenerator", "PatchDiscriminator"])
def test_gradients_and_saving(kind, norm, tmp_path):
    keras.utils.set_random_seed(0)
    extra = {"PatchDiscriminator": {"classes": 0, "patch": 16}, "CycleGANGenerator": {"blocks": 2}}
    net = getattr(models, kind)((32, 32, 3), width=4, norm=norm, **extra.get(kind, {}))
    x = cases.random_input((2, 32, 32, 3))
    if norm == "batch":  # before instance norm without weights, biases are lost
        cases.check_gradients(net, x)
    cases.check_saving(net, x, tmp_path)
    assert np.abs(cases.to_numpy(net(x))).max() <= 1 or "Discriminator" in kind


def test_what_learns_a_difference_begins_with_none(tmp_path):
    keras.utils.set_random_seed(0)
    net = models.CycleGANGenerator((16, 16, 3), width=4, blocks=1, skip=True)
    x = np.clip(cases.random_input((2, 16, 16, 3)), -1, 1)
    np.testing.assert_array_equal(cases.to_numpy(net(x)), x)
    last = net.get_layer("last")
    last.set_weights([0.1 + w for w in last.get_weights()])
    made = cases.to_numpy(net(x))
    assert np.abs(made - x).max() > 0 and np.abs(made).max() <= 1
    cases.check_saving(net, x, tmp_path)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: models.Pix2PixGenerator((40, 40, 3)), "multiples of 16"),
        (lambda: models.Pix2PixGenerator(norm="group"), "norm='group'"),
        (lambda: models.PatchDiscriminator(patch=32), "patch=32"),
        (lambda: models.CycleGANGenerator((30, 32, 3)), "multiples of 4"),
        (lambda: models.CycleGANGenerator(blocks=0), "blocks"),
        (lambda: models.CycleGANGenerator((16, 16, 1), skip=True), "as many channels"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=words):
        build()
