"""How far generated examples are from real ones."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Figures = dict[str, float]


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """The Fréchet distance between the two Gaussians that fit the features best.

    || m - n ||² + tr(C + D - 2 (C D)^(1/2)), with means m, n and covariances C, D. Features of
    Inception v3 make it the FID; features of another net make figures of their own, which cannot
    be compared with that one.

    Args:
        real: float [n, features] of real examples.
        fake: float [m, features] of generated ones.

    Returns:
        The squared distance; 0 for equal means and covariances.

    Raises:
        ValueError: if one has fewer than two examples, or they differ in features.

    Reference:
        Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash
        equilibrium", equation 6.
    """
    real, fake = _checked(real, fake)
    c, d = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    root = _root(np.atleast_2d(c))
    # (C D)^(1/2) has the trace of the root of the symmetric C^(1/2) D C^(1/2).
    cross = np.linalg.eigvalsh(root @ np.atleast_2d(d) @ root)
    means = np.square(real.mean(0) - fake.mean(0)).sum()
    traces = np.trace(np.atleast_2d(c)) + np.trace(np.atleast_2d(d))
    return max(0.0, float(means + traces - 2 * np.sqrt(np.maximum(cross, 0)).sum()))


def kernel_distance(real: np.ndarray, fake: np.ndarray, most: int = 1000) -> float:
    """The squared maximum mean discrepancy of the features, by the kernel (x y / d + 1)³.

    Unbiased, so that it may be a little below 0. Of features of Inception v3 this is the KID.

    Args:
        real: float [n, d], features of real examples.
        fake: float [m, d], of generated ones.
        most: the first so many of each are compared.

    Raises:
        ValueError: as `frechet_distance`.

    Reference:
        Binkowski et al. 2018, "Demystifying MMD GANs", section 4.
    """
    real, fake = (x[:most] for x in _checked(real, fake))

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / a.shape[1] + 1) ** 3

    within = 0.0
    for x in (real, fake):
        k = kernel(x, x)
        within += (k.sum() - np.trace(k)) / (len(x) * (len(x) - 1))
    return float(within - 2 * kernel(real, fake).mean())


def precision_recall(
    real: np.ndarray, fake: np.ndarray, neighbours: int = 3, most: int = 2000
) -> Figures:
    """How much of what is generated looks real, and how much of what is real can be generated.

    The precision is the share of generated examples within the reach of some real one, which goes
    to its k-th nearest real neighbour; the recall the same with both exchanged.

    Args:
        real: float [n, features].
        fake: float [m, features].
        neighbours: k.
        most: the first so many of each are compared.

    Returns:
        "precision" and "recall", from 0 to 1.

    Raises:
        ValueError: as `frechet_distance`, or if there are no more than k examples.

    Reference:
        Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative
        models", section 2.
    """
    real, fake = (x[:most] for x in _checked(real, fake))
    if min(len(real), len(fake)) <= neighbours:
        raise ValueError(
            f"More than {neighbours} examples of each are needed. Received: {len(real)} and "
            f"{len(fake)}"
        )
    return {
        "precision": _covered(fake, real, neighbours),
        "recall": _covered(real, fake, neighbours),
    }


def _covered(points: np.ndarray, among: np.ndarray, neighbours: int) -> float:
    reach = np.sort(cdist(among, among), axis=1)[:, neighbours]  # column 0 is the point itself
    return float((cdist(points, among) <= reach).any(axis=1).mean())


def classifier_score(probabilities: np.ndarray) -> float:
    """How sure a classifier is of each generated example, and how many classes there are in all.

    exp of the mean Kullback-Leibler divergence of each example's class probabilities from their
    mean: from 1, if they are all alike, to the number of classes. With Inception v3 this is the
    Inception score.

    Args:
        probabilities: float [n, classes].

    Reference:
        Salimans et al. 2016, "Improved techniques for training GANs", section 4.
    """
    p = np.clip(np.asarray(probabilities, "float64"), 1e-12, None)
    return float(np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean()))


def mode_figures(samples: np.ndarray, centres: np.ndarray, std: float) -> dict[str, float | int]:
    """Which modes of a mixture of Gaussians are found, and how well.

    A sample is good if it lies within three standard deviations of its nearest mode; a mode is
    found if some good sample is nearest to it.

    Args:
        samples: float [n, 2], generated.
        centres: float [modes, 2].
        std: of each mode.

    Returns:
        "modes_found"; "sample_precision", the share of good samples; "mode_kl", the
        Kullback-Leibler divergence of the good samples' modes from equal shares, in nats (NaN
        without a good sample).

    Reference:
        Srivastava et al. 2017, "VEEGAN", section 5.1 (good samples, modes captured); Lin et al.
        2018, "PacGAN", section 4.1 (the divergence).
    """
    distance = cdist(samples, centres)
    nearest = distance.argmin(1)
    good = distance.min(1) <= 3 * std
    counts = np.bincount(nearest[good], minlength=len(centres))
    share = counts[counts > 0] / max(1, counts.sum())
    kl = float((share * np.log(share * len(centres))).sum()) if good.any() else float("nan")
    return {
        "modes_found": int((counts > 0).sum()),
        "sample_precision": float(good.mean()),
        "mode_kl": kl,
    }


def earth_movers_distance(real: np.ndarray, fake: np.ndarray, most: int = 500) -> float:
    """The least mean way that the generated points have to go to become the real ones.

    Args:
        real: float [n, dimensions].
        fake: float [m, dimensions].
        most: the first so many of each are compared: the work grows with the third power.

    Raises:
        ValueError: as `frechet_distance`.
    """
    real, fake = _checked(real, fake)
    count = min(most, len(real), len(fake))
    ways = cdist(real[:count], fake[:count])
    return float(ways[linear_sum_assignment(ways)].mean())


def _root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _checked(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    real, fake = np.asarray(real, "float64"), np.asarray(fake, "float64")
    if real.ndim != 2 or fake.shape[1:] != real.shape[1:] or min(len(real), len(fake)) < 2:
        raise ValueError(
            "Features must be [n, features] of at least two examples each, as many features. "
            f"Received: shapes {real.shape} and {fake.shape}"
        )
    return real, fake
