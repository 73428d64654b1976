"""What is worth knowing of predicted masks, as plain numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

IGNORED = 255


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts pixels by their true and their predicted class.

    Args:
        truth: whole numbers of any shape; pixels of class 255 are not counted.
        predicted: as many of them.
        classes: how many classes there are.

    Returns:
        int64 `[classes, classes]`: a row per true, a column per predicted class.

    Raises:
        ValueError: if the shapes differ or a class is out of range.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.shape != predicted.shape:
        raise ValueError(
            "`truth` and `predicted` must have the same shape. Received: "
            f"{truth.shape} and {predicted.shape}"
        )
    counted = truth != IGNORED
    truth, predicted = (x[counted].astype("int64") for x in (truth, predicted))
    for name, values in (("truth", truth), ("predicted", predicted)):
        if values.size and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(
                f"`{name}` must hold classes from 0 to {classes - 1}. Received: "
                f"{values.min()} to {values.max()}"
            )
    pairs = np.bincount(truth * classes + predicted, minlength=classes**2)
    return pairs.reshape(classes, classes)


def iou(counts: np.ndarray) -> np.ndarray:
    """Intersection over union of each class: float `[classes]`, NaN where there is neither.

    Args:
        counts: what `confusion` returns.
    """
    hits = np.diagonal(counts).astype("float64")
    union = counts.sum(0) + counts.sum(1) - hits
    return np.divide(hits, union, out=np.full(len(hits), np.nan), where=union > 0)


def foreground(counts: np.ndarray) -> np.ndarray:
    """The counts where all classes but the first are one: int64 `[2, 2]`."""
    return np.array(
        [
            [counts[0, 0], counts[0, 1:].sum()],
            [counts[1:, 0].sum(), counts[1:, 1:].sum()],
        ]
    )


def evaluate_segmentation(
    truths: np.ndarray, predictions: np.ndarray, class_names: Sequence[str], worst: int = 12
) -> dict[str, Any]:
    """Measures predicted masks.

    IoU and the like are of all pixels together, not means over pictures.

    Args:
        truths: whole numbers `[n, height, width]`; pixels of class 255 are not counted.
        predictions: as many of them.
        class_names: the names of the classes, the background's first if there is one.
        worst: how many pictures of the lowest mean IoU to list at most.

    Returns:
        A dict of plain numbers, lists and strings, ready for JSON:
            `examples`: n.
            `unit`: "pixels", what is counted below.
            `class_names`: as given.
            `mean_iou`: the mean IoU of the classes that occur or were predicted.
            `foreground_iou`: IoU of "no background", whatever its class, if the first class is
                called "background".
            `mean_dice`: the mean Dice coefficient (F1) of the same classes.
            `pixel_accuracy`: share of pixels whose class is right.
            `per_class`: `{"name", "iou", "precision", "recall", "f1", "support"}` in pixels; f1
                is the Dice coefficient, and iou None for a class that does not occur.
            `confusion`: counts of pixels, a row per true, a column per predicted class.
            `pictures`: `{"index", "iou"}` of the worst pictures, by the mean IoU within each.

    Raises:
        ValueError: if the shapes differ, a class is out of range, or there is nothing to count.
    """
    classes = len(class_names)
    per_picture = [confusion(t, p, classes) for t, p in zip(truths, predictions, strict=True)]
    counts = np.sum(per_picture, axis=0, dtype="int64")
    if not per_picture or not counts.sum():
        raise ValueError("At least one pixel of a known class is needed. Received: none")
    each = iou(counts)
    dice = 2 * each / (1 + each)
    result = {
        "examples": len(per_picture),
        "unit": "pixels",
        "class_names": [str(name) for name in class_names],
        "mean_iou": float(np.nanmean(each)),
        "mean_dice": float(np.nanmean(dice)),
        "pixel_accuracy": float(np.trace(counts) / counts.sum()),
        "per_class": _per_class(counts, each, class_names),
        "confusion": counts.tolist(),
        "pictures": _worst(per_picture, worst),
    }
    if class_names[0] == "background" and not np.isnan(iou(foreground(counts))[1]):
        result["foreground_iou"] = float(iou(foreground(counts))[1])
    return result


def _per_class(
    counts: np.ndarray, each: np.ndarray, class_names: Sequence[str]
) -> list[dict[str, Any]]:
    hits, predicted, support = np.diagonal(counts), counts.sum(0), counts.sum(1)
    return [
        {
            "name": str(name),
            "iou": None if np.isnan(each[i]) else float(each[i]),
            "precision": float(hits[i] / max(predicted[i], 1)),
            "recall": float(hits[i] / max(support[i], 1)),
            "f1": float(2 * hits[i] / max(predicted[i] + support[i], 1)),
            "support": int(support[i]),
        }
        for i, name in enumerate(class_names)
    ]


def _worst(per_picture: Sequence[np.ndarray], most: int) -> list[dict[str, Any]]:
    """Pictures without a known pixel have no IoU, and are not listed."""
    means = {
        i: float(np.nanmean(iou(counts))) for i, counts in enumerate(per_picture) if counts.any()
    }
    order = sorted(means, key=lambda i: (means[i], i))[:most]
    return [{"index": i, "iou": means[i]} for i in order]
