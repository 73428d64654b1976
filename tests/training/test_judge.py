"""The judge of generated pictures learns with classes and without, and comes back from its file."""

import numpy as np
import pytest

from kerasuite.data.pictures import Pictures
from kerasuite.training.judge import Judge, _turned


@pytest.fixture(scope="module")
def bars():
    """Bright bars, at the left (0) or at the top (1)."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (256, 8, 8, 1)).astype("uint8")
    labels = np.arange(256) % 2
    images[labels == 0, :, :2] += 180
    images[labels == 1, :2] += 180
    return Pictures(labels, images=images)


def test_it_learns_classes_and_comes_back(bars, tmp_path):
    judge = Judge.learn(bars, 2, epochs=8, width=4)
    told = judge.probabilities(bars.images)
    assert (told.argmax(1) == bars.labels).mean() > 0.95
    judge.save(tmp_path / "judge.keras")
    again = Judge.load(tmp_path / "judge.keras")
    np.testing.assert_allclose(again.features(bars.images), judge.features(bars.images), atol=1e-5)
    assert judge.features(bars.images).shape == (256, 16)


def test_without_classes_it_learns_turns(bars):
    left = bars.take(np.flatnonzero(bars.labels == 0))
    pictures, turns = _turned(left.images[:8], left.labels[:8])
    for picture, turned, turn in zip(left.images, pictures.numpy(), turns.numpy(), strict=False):
        np.testing.assert_array_equal(turned, np.rot90(picture, turn))
    judge = Judge.learn(left, 1, epochs=12, width=4)
    assert (judge.probabilities(left.images).argmax(1) == 0).mean() > 0.9
    wide = Pictures(left.labels, images=left.images[:, :4])
    with pytest.raises(ValueError, match=r"squares.*Received: 4x8"):
        Judge.learn(wide, 1)
