"""What is worth knowing of a classifier on held-out examples, as plain numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics

CALIBRATION_BINS = 15
# Keras clips probabilities here too, so that the loss equals that of `model.evaluate`.
SMALLEST_PROBABILITY = 1e-7
# Softmax in half precision still sums to one within this.
SUM_TOLERANCE = 5e-3


def evaluate_classifier(
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    top_k: Sequence[int] = (5,),
    mistakes: int = 25,
) -> dict[str, Any]:
    """Measures a classifier from its answers.

    Args:
        labels: int array `[n]`, the true class of each example.
        probabilities: float array `[n, classes]`, each row summing to one.
        class_names: the names of the classes, in the order of the columns.
        top_k: for each `k` smaller than the number of classes, `top_<k>_accuracy` is the share
            of examples whose true class is among the `k` most probable.
        mistakes: how many wrong answers to list at most.

    Returns:
        A dict of plain numbers, lists and strings, ready for JSON:
            `examples`: n.
            `class_names`: as given.
            `accuracy`, and `accuracy_interval`, its 95 % Wilson interval `[low, high]`.
            `top_<k>_accuracy`: see `top_k`.
            `loss`: mean negative log-likelihood in nats.
            `ece`: expected calibration error (Guo et al. 2017, 15 bins of equal width).
            `calibration`: its bins, `{"confidence", "accuracy", "count"}`; the first two are the
                means over the bin, or None where the bin is empty.
            `confusion`: counts, one row per true class, one column per predicted class.
            `per_class`: `{"name", "precision", "recall", "f1", "support"}` of each class; a
                ratio that is undefined (a class without examples) is 0.
            `macro_f1`: the mean F1 of the classes that occur or were predicted.
            `mistakes`: `{"index", "label", "predicted", "confidence"}` of the wrong answers, the
                most confident first.

    Raises:
        ValueError: if shapes, labels or probabilities do not fit together.
    """
    labels, probabilities = _checked(labels, probabilities, class_names)
    classes = len(class_names)
    if bad := [k for k in top_k if k < 1]:
        raise ValueError(f"Every `top_k` must be positive. Received: top_k={bad[0]}")

    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    correct = predicted == labels
    likelihood = probabilities[np.arange(len(labels)), labels]
    calibration = _calibration(confidence, correct)
    result = {
        "examples": len(labels),
        "class_names": [str(name) for name in class_names],
        "accuracy": float(correct.mean()),
        "accuracy_interval": _interval(int(correct.sum()), len(labels)),
        "loss": float(-np.log(likelihood.clip(SMALLEST_PROBABILITY, 1)).mean()),
        "ece": _calibration_error(calibration),
        "calibration": calibration,
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(classes)).tolist(),
        "per_class": _per_class(labels, predicted, class_names),
        "macro_f1": float(metrics.f1_score(labels, predicted, average="macro", zero_division=0)),
        "mistakes": _mistakes(labels, predicted, confidence, mistakes),
    }
    rank = _rank(probabilities, likelihood, labels)
    for k in top_k:
        if k < classes:
            result[f"top_{k}_accuracy"] = float((rank < k).mean())
    return result


def _checked(
    labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype="float64")
    if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
        raise ValueError(
            "`labels` must have shape (n,) and `probabilities` shape (n, classes). Received: "
            f"labels.shape={labels.shape}, probabilities.shape={probabilities.shape}"
        )
    examples, classes = probabilities.shape
    if not examples:
        raise ValueError("At least one example is needed. Received: labels.shape=(0,)")
    if classes < 2 or len(class_names) != classes:
        raise ValueError(
            "`class_names` must name each column of `probabilities`, at least two. Received: "
            f"{len(class_names)} names, probabilities.shape={probabilities.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"`labels` must be integers. Received: labels.dtype={labels.dtype}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"`labels` must lie in [0, {classes}). Received: labels between {labels.min()} and "
            f"{labels.max()}"
        )
    _check_distribution(probabilities)
    # Unsigned labels would make differences and comparisons below wrap around.
    return labels.astype("int64"), probabilities


def _check_distribution(probabilities: np.ndarray) -> None:
    finite = np.isfinite(probabilities)
    if not finite.all():
        row = int(np.argmin(finite.all(axis=1)))
        raise ValueError(
            f"`probabilities` must be finite. Received: {probabilities[row]} at example {row}"
        )
    if probabilities.min() < 0:
        raise ValueError(
            f"`probabilities` must not be negative. Received: minimum {probabilities.min()}"
        )
    sums = probabilities.sum(axis=1)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > SUM_TOLERANCE:
        raise ValueError(
            "Each row of `probabilities` must sum to one (logits need a softmax first). "
            f"Received: sum {sums[row]:.6g} at example {row}"
        )


def _interval(successes: int, trials: int) -> list[float]:
    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def _rank(probabilities: np.ndarray, likelihood: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Place of the true class, 0 for the most probable; among equals the lower index is first.

    The tie rule is argmax's own. It keeps a constant answer from counting as always right.
    """
    likelihood = likelihood[:, None]
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    return ((probabilities > likelihood) | ((probabilities == likelihood) & earlier)).sum(axis=1)


def _calibration(confidence: np.ndarray, correct: np.ndarray) -> list[dict[str, Any]]:
    """Bins (low, high] of equal width, as in Guo et al. 2017."""
    place = np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1
    place = place.clip(0, CALIBRATION_BINS - 1)
    bins = []
    for i in range(CALIBRATION_BINS):
        inside = place == i
        count = int(inside.sum())
        bins.append(
            {
                "confidence": float(confidence[inside].mean()) if count else None,
                "accuracy": float(correct[inside].mean()) if count else None,
                "count": count,
            }
        )
    return bins


def _calibration_error(bins: list[dict[str, Any]]) -> float:
    filled = [b for b in bins if b["count"]]
    gaps = [b["count"] * abs(b["accuracy"] - b["confidence"]) for b in filled]
    return float(sum(gaps) / sum(b["count"] for b in filled))


def _per_class(
    labels: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]
) -> list[dict[str, Any]]:
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(len(class_names)), zero_division=0
    )
    return [
        {
            "name": str(name),
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        for name, precision, recall, f1, support in zip(class_names, *columns, strict=True)
    ]


def _mistakes(
    labels: np.ndarray, predicted: np.ndarray, confidence: np.ndarray, limit: int
) -> list[dict[str, Any]]:
    wrong = np.flatnonzero(predicted != labels)
    # A stable sort keeps the order of equals, so the list is the same on every machine.
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:limit]
    return [
        {
            "index": int(i),
            "label": int(labels[i]),
            "predicted": int(predicted[i]),
            "confidence": float(confidence[i]),
        }
        for i in worst
    ]
