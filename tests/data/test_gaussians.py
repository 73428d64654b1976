"""Mixtures of Gaussians, and their batches."""

import numpy as np
import pytest

from kerasuite.data.gaussians import Samples, load_gaussians, mixture
from kerasuite.errors import InputError


def test_points_lie_around_their_modes():
    splits = load_gaussians("ring", 4000, seed=0)
    assert splits.sizes() == {"train": 4000, "validation": 2500, "test": 2500}
    centres = mixture("ring").centres
    offsets = splits.train.values[:, None] - centres[None]
    nearest = np.square(offsets).sum(-1).argmin(1)
    assert np.bincount(nearest).min() > 400
    own = offsets[np.arange(4000), nearest]
    assert own.std() == pytest.approx(0.02, rel=0.05)
    again = load_gaussians("ring", 4000, seed=0)
    np.testing.assert_array_equal(again.test.values, splits.test.values)


def test_batches_go_on_where_a_run_stopped():
    samples = Samples(np.arange(20).reshape(10, 2))
    whole = [b.numpy() for b in samples.shuffled_batches(4, seed=3).take(6)]
    rest = [b.numpy() for b in samples.shuffled_batches(4, seed=3, first_epoch=1).take(4)]
    assert samples.steps_per_epoch(4) == 2
    np.testing.assert_array_equal(whole[2:], rest)


def test_an_unknown_mixture_is_refused():
    with pytest.raises(InputError, match=r"one of ring, grid. Received: spiral"):
        mixture("spiral")
