"""How well a map says where people look: the field's six measures.

Maps are numbers [height, width] of any range; fixations are bool [height, width], true where
somebody looked. A map without any variation says nothing: it has an area of 0.5 and measures 0.

Reference:
    Bylinskii et al. 2019, "What do different evaluation metrics tell us about saliency models?",
    section 4.
"""

import numpy as np

_EPSILON = 2.2204e-16  # of the divergence, as in the benchmark's code
_STEP = 0.1

Map = np.ndarray


def saliency_figures(
    made: Map, true: Map, fixations: Map | None, rng: np.random.Generator
) -> dict[str, float]:
    """All measures of one picture.

    Args:
        made: the map to be measured.
        true: the map of where people looked.
        fixations: the places themselves; None if they are not known.
        rng: of `auc_borji`.

    Returns:
        "cc", "sim" and "kl"; with fixations "auc_judd", "auc_borji" and "nss" as well.

    Raises:
        ValueError: if shapes differ, or nobody looked anywhere.
    """
    found = {"cc": cc(made, true), "sim": sim(made, true), "kl": kl(made, true)}
    if fixations is None:
        return found
    areas = {"auc_judd": auc_judd(made, fixations), "auc_borji": auc_borji(made, fixations, rng)}
    return {**areas, "nss": nss(made, fixations), **found}


def auc_judd(made: Map, fixations: Map) -> float:
    """The area under the curve of hits over false alarms, with a threshold at each fixation.

    Hits are the share of fixations that are no less salient than the threshold, false alarms the
    share of all other places.

    Args:
        made: numbers [height, width].
        fixations: bool [height, width].

    Returns:
        From 0 to 1; 0.5 for chance.

    Raises:
        ValueError: if shapes differ, or there is no fixation or nothing else.

    Reference:
        Judd et al. 2012, "A benchmark of computational models of saliency to predict human
        fixations".
    """
    made, fixations = _fixated(made, fixations)
    at, elsewhere = made[fixations], made[~fixations]
    return _area(at, elsewhere, np.unique(at)[::-1])


def auc_borji(made: Map, fixations: Map, rng: np.random.Generator, repetitions: int = 100) -> float:
    """The mean area under such curves with as many random places as fixations for false alarms.

    Thresholds are a tenth of the map's range apart.

    Args:
        made: numbers [height, width].
        fixations: bool [height, width].
        rng: of the places, which are drawn from all.
        repetitions: curves.

    Raises:
        ValueError: as `auc_judd`.

    Reference:
        Borji et al. 2013, "Quantitative analysis of human-model agreement in visual saliency
        modeling: a comparative study".
    """
    made, fixations = _fixated(made, fixations)
    made = _stretched(made)
    at = made[fixations]
    thresholds = np.arange(0, 1 + _STEP / 2, _STEP)[::-1]
    places = rng.integers(made.size, size=(repetitions, len(at)))
    return float(np.mean([_area(at, made.ravel()[drawn], thresholds) for drawn in places]))


def nss(made: Map, fixations: Map) -> float:
    """The normalized scanpath saliency: the mean at fixations, in standard deviations of the map.

    Args:
        made: numbers [height, width].
        fixations: bool [height, width].

    Returns:
        0 for chance, the more the better.

    Raises:
        ValueError: as `auc_judd`.

    Reference:
        Peters et al. 2005, "Components of bottom-up gaze allocation in natural images".
    """
    made, fixations = _fixated(made, fixations)
    return float(_standardized(made)[fixations].mean())


def cc(made: Map, true: Map) -> float:
    """Pearson's correlation of two maps, from -1 to 1.

    Args:
        made, true: numbers [height, width].

    Raises:
        ValueError: if shapes differ.
    """
    made, true = _pair(made, true)
    return float((_standardized(made) * _standardized(true)).mean())


def sim(made: Map, true: Map) -> float:
    """The common part of two maps, each stretched from 0 on and with a sum of 1.

    Args:
        made, true: numbers [height, width].

    Returns:
        From 0 to 1, which is for equal maps.

    Raises:
        ValueError: if shapes differ.
    """
    made, true = (_distribution(_stretched(x)) for x in _pair(made, true))
    return float(np.minimum(made, true).sum())


def kl(made: Map, true: Map) -> float:
    """The Kullback-Leibler divergence of the true map from the made one, as distributions, in nats.

    Args:
        made, true: numbers of at least 0, [height, width].

    Returns:
        0 for equal maps, the less the better.

    Raises:
        ValueError: if shapes differ, or a number is negative.
    """
    made, true = _pair(made, true)
    if min(made.min(), true.min()) < 0:
        raise ValueError(
            f"Maps must be of numbers of at least 0. Received: {made.min()} and {true.min()}"
        )
    made, true = _distribution(made), _distribution(true)
    return float((true * np.log(_EPSILON + true / (made + _EPSILON))).sum())


def _area(at: np.ndarray, elsewhere: np.ndarray, thresholds: np.ndarray) -> float:
    """Under the curve through (0, 0), the points of falling thresholds, and (1, 1)."""
    hits = (at[None] >= thresholds[:, None]).mean(1)
    order = np.sort(elsewhere)
    alarms = 1 - np.searchsorted(order, thresholds, "left") / len(order)
    x, y = np.concatenate([[0], alarms, [1]]), np.concatenate([[0], hits, [1]])
    return float(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum())


def _standardized(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread else np.zeros_like(values)


def _stretched(values: np.ndarray) -> np.ndarray:
    """From 0 to 1; all 0 without variation."""
    span = np.ptp(values)
    return (values - values.min()) / span if span else np.zeros_like(values)


def _distribution(values: np.ndarray) -> np.ndarray:
    """With a sum of 1; even where all are 0."""
    total = values.sum()
    return values / total if total else np.full_like(values, 1 / values.size)


def _pair(made: Map, true: Map) -> tuple[np.ndarray, np.ndarray]:
    made, true = np.asarray(made, "float64"), np.asarray(true, "float64")
    if made.ndim != 2 or made.shape != true.shape:
        raise ValueError(
            f"Maps must be [height, width] of one shape. Received: {made.shape} and {true.shape}"
        )
    return made, true


def _fixated(made: Map, fixations: Map) -> tuple[np.ndarray, np.ndarray]:
    fixations = np.asarray(fixations, bool)
    made, _ = _pair(made, fixations)
    if fixations.all() or not fixations.any():
        raise ValueError(
            "`fixations` must be true somewhere, but not everywhere. Received: "
            f"{int(fixations.sum())} of {fixations.size} places"
        )
    return made, fixations
