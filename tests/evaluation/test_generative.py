"""Distances of samples: closed forms, reference implementations, and what must not change them."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel

from kerasuite.data.gaussians import mixture
from kerasuite.evaluation import generative


def features(count, width=5, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1.0, (count, width)) @ rng.normal(size=(width, width))


def test_frechet_distance_by_its_formula():
    real, fake = features(300), features(200, seed=1, shift=1.0)
    c, d = np.cov(real.T), np.cov(fake.T)
    root = sqrtm(c @ d).real
    wanted = np.square(real.mean(0) - fake.mean(0)).sum() + np.trace(c + d - 2 * root)
    assert generative.frechet_distance(real, fake) == pytest.approx(wanted, rel=1e-6)
    assert generative.frechet_distance(fake, real) == pytest.approx(wanted, rel=1e-6)
    assert generative.frechet_distance(real, real) == pytest.approx(0, abs=1e-8)
    assert generative.frechet_distance(real, real + 2) == pytest.approx(5 * 4)
    one = real[:, :1]
    assert generative.frechet_distance(one, 3 * one + 1) == pytest.approx(
        (2 * one.mean() + 1) ** 2 + 4 * one.var(ddof=1)
    )


def test_kernel_distance_against_scikit_learn():
    real, fake = features(40), features(30, seed=1)
    k = {
        name: polynomial_kernel(a, b, degree=3, coef0=1)
        for name, a, b in (("rr", real, real), ("ff", fake, fake), ("rf", real, fake))
    }
    within = sum(k[x][~np.eye(len(k[x]), dtype=bool)].mean() for x in ("rr", "ff"))
    wanted = within - 2 * k["rf"].mean()
    assert generative.kernel_distance(real, fake) == pytest.approx(wanted)
    same = [generative.kernel_distance(features(60, seed=1), features(60, seed=1)[::-1])]
    assert abs(np.mean(same)) < abs(wanted)


def test_precision_and_recall_of_lost_and_invented_modes():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 0.1, (200, 2)), rng.normal(5, 0.1, (200, 2))
    both = np.concatenate([one, other])
    lost = generative.precision_recall(both, rng.normal(0, 0.1, (200, 2)))
    assert lost["precision"] > 0.9 and 0.4 < lost["recall"] < 0.6
    invented = generative.precision_recall(one, np.concatenate([one, other]) + 1e-3)
    assert 0.4 < invented["precision"] < 0.6 and invented["recall"] > 0.9


def test_classifier_score_is_the_number_of_classes_at_best():
    assert generative.classifier_score(np.eye(4)[[0, 1, 2, 3]]) == pytest.approx(4)
    assert generative.classifier_score(np.full((6, 4), 0.25)) == pytest.approx(1)
    assert generative.classifier_score(np.eye(4)[[2, 2]]) == pytest.approx(1)


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_modes_are_counted(name, modes):
    drawn = mixture(name)
    true = generative.mode_figures(
        drawn.draw(2500, np.random.default_rng(0)), drawn.centres, drawn.std
    )
    assert true["modes_found"] == modes == len(drawn.centres)
    assert true["sample_precision"] == pytest.approx(1 - np.exp(-4.5), abs=0.01)  # in the plane
    assert true["mode_kl"] < 0.02
    lost = generative.mode_figures(np.repeat(drawn.centres[:2], 10, axis=0), drawn.centres, 0.02)
    assert lost["modes_found"] == 2 and lost["sample_precision"] == 1
    assert lost["mode_kl"] == pytest.approx(np.log(modes / 2))
    nowhere = generative.mode_figures(np.full((3, 2), 99.0), drawn.centres, drawn.std)
    assert nowhere["modes_found"] == 0 and np.isnan(nowhere["mode_kl"])


def test_earth_movers_distance_of_a_shift():
    points = features(50, width=2)
    shifted = points[np.random.default_rng(1).permutation(50)] + [3.0, 4.0]
    assert generative.earth_movers_distance(points, shifted) <= 5 + 1e-9
    assert generative.earth_movers_distance(points, points[::-1]) == 0
    line = np.linspace(0, 1, 20)[:, None]
    assert generative.earth_movers_distance(line, line + 5) == pytest.approx(5)


@pytest.mark.parametrize(("a", "b"), [((5, 2), (5, 3)), ((1, 2), (5, 2)), ((5,), (5,))])
def test_bad_features_are_refused(a, b):
    with pytest.raises(ValueError, match=r"Received: shapes"):
        generative.frechet_distance(np.zeros(a), np.zeros(b))
