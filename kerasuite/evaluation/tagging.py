"""What is worth knowing of a tagger on held-out examples, as plain numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import metrics


def evaluate_tagger(
    labels: np.ndarray,
    scores: np.ndarray,
    class_names: Sequence[str],
    thresholds: np.ndarray,
    pictures: int = 20,
) -> dict[str, Any]:
    """Measures answers in which each example may have any number of tags.

    Average precision ranks the examples by one tag's score: it is the mean, over the examples
    that have the tag, of the precision down to each. A ranking by chance reaches the tag's
    frequency.

    Args:
        labels: whole numbers `[n, tags]`, 1 where an example has a tag.
        scores: float `[n, tags]`, the higher the surer.
        class_names: the tags.
        thresholds: float `[tags]`: a tag is given from this score on.
        pictures: how many examples to list, spread over those that have or were given a tag.

    Returns:
        A dict of plain numbers, lists and strings, ready for JSON:
            `examples`: n; `class_names`: as given.
            `mean_average_precision`: over the tags that occur.
            `chance_mean_average_precision`: the mean frequency of the same tags.
            `micro_average_precision`: of all pairs of example and tag in one ranking;
                `chance_micro_average_precision`: the share of the pairs that apply.
            `macro_f1`, `micro_f1`: of the tags given, over tags that occur and over all pairs.
            `tags_per_example`, `given_per_example`: means.
            `tags_without_examples`: how many do not occur, and are left out of the means.
            `per_class`: `{"name", "average_precision", "frequency", "precision", "recall", "f1",
                "support", "threshold"}` of each tag; the first is None where it does not occur.
            `pictures`: `{"index", "right", "wrong", "missed"}`, the last three lists of tags, the
                surest first.

    Raises:
        ValueError: if shapes or values do not fit together, or no tag occurs.
    """
    labels, scores = _checked(labels, scores, class_names, thresholds)
    given = scores >= thresholds
    occurs = labels.any(axis=0)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, given, average=None, zero_division=0
    )
    average = average_precisions(labels, scores)
    frequency = labels.mean(axis=0)
    rows = [
        {
            "name": str(name),
            "average_precision": float(average[i]) if occurs[i] else None,
            "frequency": float(frequency[i]),
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": int(support[i]),
            "threshold": float(thresholds[i]),
        }
        for i, name in enumerate(class_names)
    ]
    return {
        "examples": len(labels),
        "class_names": [str(name) for name in class_names],
        "mean_average_precision": float(average[occurs].mean()),
        "chance_mean_average_precision": float(frequency[occurs].mean()),
        "micro_average_precision": float(
            metrics.average_precision_score(labels.ravel(), scores.ravel())
        ),
        "chance_micro_average_precision": float(labels.mean()),
        "macro_f1": float(f1[occurs].mean()),
        "micro_f1": float(metrics.f1_score(labels.ravel(), given.ravel(), zero_division=0)),
        "tags_per_example": float(labels.sum(axis=1).mean()),
        "given_per_example": float(given.sum(axis=1).mean()),
        "tags_without_examples": int((~occurs).sum()),
        "per_class": rows,
        "pictures": _pictures(labels, given, scores, class_names, pictures),
    }


def average_precisions(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The average precision of each tag, float64 [tags]; NaN for tags that no example has."""
    found = np.full(labels.shape[1], np.nan)
    for tag in np.flatnonzero(labels.any(axis=0)):
        found[tag] = metrics.average_precision_score(labels[:, tag], scores[:, tag])
    return found


def best_thresholds(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """For each tag the threshold of its highest F1, but none below the best one for all together.

    A tag that is ranked badly has its highest F1 when nearly every example is given it; the
    common threshold keeps it from that.

    Args:
        labels: whole numbers `[n, tags]`.
        scores: float `[n, tags]` from 0 to 1.

    Returns:
        float64 `[tags]`.

    Reference:
        Lipton, Elkan & Narayanaswamy 2014, "Optimal thresholding of classifiers to maximize F1
        measure".
    """
    common = _best_threshold(labels.ravel(), scores.ravel())
    own = [_best_threshold(labels[:, tag], scores[:, tag]) for tag in range(labels.shape[1])]
    return np.maximum(own, common)


def _best_threshold(labels: np.ndarray, scores: np.ndarray) -> float:
    """The threshold of the highest F1, halfway between two scores that occur.

    0.5 where no example is positive.
    """
    if not labels.any():
        return 0.5
    order = np.argsort(-scores, kind="stable")
    hits, ranked = np.cumsum(labels[order]), scores[order]
    below = np.append(ranked[1:], 0.0)
    f1 = 2 * hits / (np.arange(1, len(labels) + 1) + hits[-1])
    # Between equal scores no threshold fits.
    cut = int(np.argmax(np.where(ranked > below, f1, -1)))
    return (float(ranked[cut]) + float(below[cut])) / 2


def _checked(
    labels: np.ndarray, scores: np.ndarray, class_names: Sequence[str], thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = np.asarray(labels), np.asarray(scores, dtype="float64")
    shapes = {labels.shape, scores.shape, (len(labels), len(class_names))}
    if labels.ndim != 2 or len(shapes) > 1 or np.shape(thresholds) != labels.shape[1:]:
        raise ValueError(
            "`labels` and `scores` must have shape (n, tags), with a name and a threshold for "
            f"each tag. Received: labels.shape={labels.shape}, scores.shape={scores.shape}, "
            f"{len(class_names)} names, thresholds of shape {np.shape(thresholds)}"
        )
    if not np.isin(labels, (0, 1)).all() or not labels.any():
        raise ValueError(
            "`labels` must be 0 or 1, with a 1 somewhere. Received: values "
            f"{np.unique(labels)[:5].tolist()}"
        )
    if not np.isfinite(scores).all():
        raise ValueError("`scores` must be finite. Received: NaN or infinite scores")
    return labels.astype("int64"), scores


def _pictures(
    labels: np.ndarray, given: np.ndarray, scores: np.ndarray, names: Sequence[str], most: int
) -> list[dict[str, Any]]:
    some = np.flatnonzero(labels.any(axis=1) | given.any(axis=1))
    if len(some) > most:
        some = some[np.linspace(0, len(some) - 1, most).astype(int)]

    def named(row: int, which: np.ndarray) -> list[str]:
        order = np.argsort(-scores[row], kind="stable")
        return [str(names[i]) for i in order if which[i]]

    return [
        {
            "index": int(row),
            "right": named(row, (labels[row] > 0) & given[row]),
            "wrong": named(row, (labels[row] == 0) & given[row]),
            "missed": named(row, (labels[row] > 0) & ~given[row]),
        }
        for row in some
    ]
