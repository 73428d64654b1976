"""Measures of saliency: cases whose answers are known, and areas by their definition."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from kerasuite.evaluation import saliency

RNG = np.random.default_rng


def places(*where, shape=(8, 8)):
    found = np.zeros(shape, bool)
    found[tuple(zip(*where, strict=True))] = True
    return found


def test_perfect_opposite_and_flat_maps():
    fixations = places((1, 2), (5, 5), (6, 0))
    perfect = fixations.astype(float)
    assert saliency.auc_judd(perfect, fixations) == 1
    # The curve goes straight from (0, 0) to (1, 1/3), and then up.
    lowest = np.arange(64.0).reshape(8, 8)
    assert saliency.auc_judd(lowest, places((0, 0), (0, 1), (0, 2))) == pytest.approx(1 / 6)
    assert saliency.auc_judd(np.ones((8, 8)), fixations) == 0.5
    # Of 64 places 3 are fixated: a random place is one of them in 3/64 of cases, a tie.
    assert saliency.auc_borji(perfect, fixations, RNG(0), 400) == pytest.approx(
        1 - 1.5 / 64, abs=0.01
    )
    assert saliency.auc_borji(np.ones((8, 8)), fixations, RNG(0)) == 0.5
    share = 3 / 64
    assert saliency.nss(perfect, fixations) == pytest.approx(np.sqrt((1 - share) / share))
    assert saliency.nss(np.ones((8, 8)), fixations) == 0


def test_judds_area_is_that_of_all_thresholds():
    rng = RNG(1)
    made = rng.random((20, 30))
    fixations = rng.random((20, 30)) < 0.3 * made
    exact = roc_auc_score(fixations.ravel(), made.ravel())
    # With a threshold at each fixation alone the curve is cut off between them, by trapezoids.
    assert saliency.auc_judd(made, fixations) == pytest.approx(exact, abs=0.01)
    assert saliency.auc_borji(made, fixations, RNG(0)) == pytest.approx(exact, abs=0.03)
    # Only the order counts.
    assert saliency.auc_judd(made**3, fixations) == saliency.auc_judd(made, fixations)


def test_equal_shifted_and_opposite_maps():
    made = RNG(0).random((6, 7))
    assert saliency.cc(made, 3 * made + 1) == pytest.approx(1)
    assert saliency.cc(made, -made) == pytest.approx(-1)
    assert saliency.cc(made, np.ones((6, 7))) == 0
    assert saliency.sim(made, 5 * made + 2) == pytest.approx(1)
    assert saliency.kl(made, 2 * made) == pytest.approx(0, abs=1e-9)


def test_maps_without_anything_in_common():
    first, second = np.zeros((2, 2)), np.zeros((2, 2))
    first[0], second[1] = 1, 1
    assert saliency.sim(first, second) == 0
    assert saliency.cc(first, second) == -1
    assert saliency.kl(first, second) > 30  # infinite but for the epsilon
    half = np.array([[1.0, 1.0], [0.0, 0.0]])
    quarter = np.ones((2, 2))
    assert saliency.kl(quarter, half) == pytest.approx(np.log(2))


def test_all_of_a_picture():
    made, fixations = RNG(0).random((8, 8)), places((1, 1), (4, 7))
    found = saliency.saliency_figures(made, made, fixations, RNG(0))
    assert list(found) == ["auc_judd", "auc_borji", "nss", "cc", "sim", "kl"]
    assert list(saliency.saliency_figures(made, made, None, RNG(0))) == ["cc", "sim", "kl"]


def test_refusals():
    made = np.ones((4, 4))
    with pytest.raises(ValueError, match="0 of 16 places"):
        saliency.auc_judd(made, np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"\(4, 4\) and \(4, 5\)"):
        saliency.cc(made, np.ones((4, 5)))
    with pytest.raises(ValueError, match="at least 0"):
        saliency.kl(-made, made)
