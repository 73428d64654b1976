"""SalGAN's nets: published sizes, gradients, saving, refusals."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.salgan import SalGANDiscriminator
from tests import cases


def test_the_encoder_is_vggs():
    """Its weights are those of VGG-16's convolutions; the decoder's are counted by table 1."""
    with cases.without_values():
        net = models.SalGANGenerator()
        judge = SalGANDiscriminator()
    down = [w for w in net.trainable_weights if w.path.split("/")[-2].startswith("down")]
    assert cases.count(down) == 14_714_688  # VGG-16 without its dense layers
    maps = [512] * 6 + [256] * 3 + [128] * 2 + [64] * 2
    before = [512, *maps]
    wanted = sum(9 * a * b + b for a, b in zip(before, maps, strict=False))
    assert cases.count(net.trainable_weights) == 14_714_688 + wanted + 65
    assert net.output_shape == (None, 192, 256, 1)
    flat = next(x for x in judge.layers if isinstance(x, keras.layers.Flatten))
    assert flat.output.shape == (None, 24 * 32 * 64) and judge.output_shape == (None, 1)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_gradients_and_saving(batch_norm, tmp_path):
    keras.utils.set_random_seed(0)
    net = models.SalGANGenerator((16, 24, 3), width=4, depth=3, batch_norm=batch_norm)
    x = cases.random_input((2, 16, 24, 3))
    cases.check_gradients(net, x)
    cases.check_saving(net, x, tmp_path)
    made = cases.to_numpy(net(x))
    assert made.shape == (2, 16, 24, 1) and 0 <= made.min() <= made.max() <= 1


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: models.SalGANGenerator(depth=6), "depth=6"),
        (lambda: models.SalGANGenerator((40, 40, 3)), "multiples of 16"),
        (lambda: models.SalGANGenerator(width=0), "width=0"),
        (lambda: SalGANDiscriminator((4, 8, 3)), "at least 8"),
        (lambda: SalGANDiscriminator(classes=0), "classes=0"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=words):
        build()


def test_the_discriminator_looks_at_both():
    keras.utils.set_random_seed(0)
    net = SalGANDiscriminator((16, 16, 3))
    pictures, maps = cases.random_input((1, 16, 16, 3)), np.ones((1, 16, 16, 1), "float32")
    scores = [net([a, b]).numpy().item() for a in (pictures, -pictures) for b in (maps, 0 * maps)]
    assert len(set(scores)) == 4
