"""What is worth knowing of detected boxes, by COCO's own measure (pycocotools)."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from kerasuite.layers.boxes import pairwise_iou

# COCO looks at so many detections of a picture at most.
MOST_DETECTIONS = 100
_HALF, _THREE_QUARTERS = 0, 5  # places of IoU 0.5 and 0.75 among 0.5, 0.55, …, 0.95


@dataclass(frozen=True)
class Boxes:
    """The boxes of one picture, true or detected.

    Attributes:
        boxes: float [n, 4]: left, top, right, bottom.
        labels: int [n], classes from 0.
        scores: float [n], from 0 to 1; None for true boxes.
    """

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None = None

    def from_score(self, least: float) -> "Boxes":
        """Those detected with the `least` score or more."""
        kept = self.scores >= least
        return Boxes(self.boxes[kept], self.labels[kept], self.scores[kept])


def evaluate_detections(
    truths: Sequence[Boxes],
    detections: Sequence[Boxes],
    class_names: Sequence[str],
    worst: int = 12,
    least: float = 0.5,
) -> dict[str, Any]:
    """Measures detected boxes as COCO does.

    Args:
        truths: the true boxes of each picture.
        detections: the detected ones of each, with scores.
        class_names: the names of the classes.
        worst: how many pictures to list at most, those with the most mistakes first.
        least: the lowest score of a detection that counts there.

    Returns:
        A dict of plain numbers, lists and strings, ready for JSON:
            `examples`: number of pictures.
            `unit`: "boxes", what is counted below.
            `class_names`: as given.
            `map`: average precision, mean over IoU 0.5, 0.55, …, 0.95 and the classes that occur.
            `map_50`, `map_75`: the same at IoU 0.5, and at 0.75, alone.
            `average_recall`: of 100 detections a picture, mean over the same.
            `per_class`: `{"name", "ap", "ap_50", "precision", "recall", "f1", "support"}`, None
                where a class does not occur. Precision, recall and F1 are at IoU 0.5 and the
                score that makes the F1 best, on COCO's 101 points of the curve.
            `curves`: `{"name", "precision"}` of each class that occurs: at IoU 0.5 and a recall of
                0, 0.01, …, 1.
            `pictures`: `{"index", "f1"}` of the worst pictures; see `picture_f1`.

    Raises:
        ValueError: if the numbers of pictures differ, a label is out of range, or there is no
            true box.
    """
    if len(truths) != len(detections):
        raise ValueError(
            "`truths` and `detections` must be of the same pictures. Received: "
            f"{len(truths)} and {len(detections)}"
        )
    for name, found in (("truths", truths), ("detections", detections)):
        labels = np.concatenate([np.zeros(0, int), *(b.labels for b in found)])
        if labels.size and not 0 <= labels.min() <= labels.max() < len(class_names):
            raise ValueError(
                f"`{name}` must have labels from 0 to {len(class_names) - 1}. Received: "
                f"{labels.min()} to {labels.max()}"
            )
    if not any(len(b.labels) for b in truths):
        raise ValueError("At least one true box is needed. Received: none")
    precision, recall = _coco(truths, detections, len(class_names))
    support = np.bincount(
        np.concatenate([b.labels for b in truths]).astype(int), minlength=len(class_names)
    )
    return {
        "examples": len(truths),
        "unit": "boxes",
        "class_names": [str(name) for name in class_names],
        "map": _mean(precision),
        "map_50": _mean(precision[_HALF]),
        "map_75": _mean(precision[_THREE_QUARTERS]),
        "average_recall": _mean(recall),
        "per_class": [
            {"name": str(name), **_class_figures(precision[:, :, k]), "support": int(support[k])}
            for k, name in enumerate(class_names)
        ],
        "curves": [
            {"name": str(name), "precision": precision[_HALF, :, k].round(4).tolist()}
            for k, name in enumerate(class_names)
            if support[k]
        ],
        "pictures": _worst(truths, detections, worst, least),
    }


def _coco(
    truths: Sequence[Boxes], detections: Sequence[Boxes], classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Precision [10 IoUs, 101 recalls, classes] and recall [10 IoUs, classes]; -1: no truth."""
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress there
        run = COCOeval(_data_set(truths, classes), _data_set(detections, classes), "bbox")
        run.params.maxDets = [MOST_DETECTIONS]
        run.params.areaRng, run.params.areaRngLbl = run.params.areaRng[:1], ["all"]
        run.evaluate()
        run.accumulate()
    return run.eval["precision"][..., 0, 0], run.eval["recall"][..., 0, 0]


def _data_set(found: Sequence[Boxes], classes: int) -> Any:
    """The boxes as pycocotools holds them, numbered from 1: it takes number 0 for no match."""
    from pycocotools.coco import COCO

    rows = []
    for image, these in enumerate(found):
        scores = np.ones(len(these.labels)) if these.scores is None else these.scores
        for box, label, score in zip(these.boxes, these.labels, scores, strict=True):
            left, top, right, bottom = map(float, box)
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": [left, top, right - left, bottom - top],
                    "area": (right - left) * (bottom - top),
                    "iscrowd": 0,
                    "score": float(score),
                }
            )
    data = COCO()
    data.dataset = {
        "images": [{"id": i} for i in range(len(found))],
        "categories": [{"id": k} for k in range(classes)],
        "annotations": rows,
    }
    data.createIndex()
    return data


def _mean(values: np.ndarray) -> float:
    """Over all that COCO counts: -1 stands where a class has no true box."""
    return float(values[values > -1].mean())


def _class_figures(precision: np.ndarray) -> dict[str, float | None]:
    """Figures of one class from its precision [10 IoUs, 101 recalls]."""
    if (precision < 0).all():
        return dict.fromkeys(("ap", "ap_50", "precision", "recall", "f1"))
    curve, recall = precision[_HALF], np.linspace(0, 1, precision.shape[1])
    f1 = 2 * curve * recall / np.maximum(curve + recall, 1e-9)
    best = int(f1.argmax())
    return {
        "ap": float(precision.mean()),
        "ap_50": float(curve.mean()),
        "precision": float(curve[best]),
        "recall": float(recall[best]),
        "f1": float(f1[best]),
    }


def picture_f1(truth: Boxes, found: Boxes, least: float = 0.5, iou: float = 0.5) -> float:
    """F1 of the detections of one picture, 1 where there is neither a thing nor a detection.

    Args:
        truth: the true boxes.
        found: the detected ones; those below the `least` score are not counted.
        least: the lowest score that counts.
        iou: the least overlap of a detection with the true box of its class that it finds. Each
            true box is found once, by the highest score.
    """
    found = found.from_score(least)
    if not len(found.labels) and not len(truth.labels):
        return 1.0
    pair = (np.asarray(these.boxes, "float32").reshape(-1, 4) for these in (found, truth))
    overlaps = ops.convert_to_numpy(pairwise_iou(*pair))
    free = np.ones(len(truth.labels), bool)
    hits = 0
    for i in np.argsort(-found.scores, kind="stable"):
        those = np.where(free & (truth.labels == found.labels[i]), overlaps[i], 0)
        if those.size and those.max() >= iou:
            free[those.argmax()] = False
            hits += 1
    return 2 * hits / (len(found.labels) + len(truth.labels))


def _worst(
    truths: Sequence[Boxes], detections: Sequence[Boxes], most: int, least: float
) -> list[dict[str, Any]]:
    scores = [picture_f1(t, d, least) for t, d in zip(truths, detections, strict=True)]
    order = np.argsort(scores, kind="stable")[:most]
    return [{"index": int(i), "f1": float(scores[i])} for i in order]
