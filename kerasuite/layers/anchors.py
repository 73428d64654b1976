"""Anchors: the boxes that a single-shot detector starts from, and which of them is to find what."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from kerasuite.layers.boxes import encode, pairwise_iou

# RetinaNet's: three sizes an octave, three shapes (height to width).
SCALES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))
RATIOS = (0.5, 1.0, 2.0)
# An anchor of scale 1 is as long as so many strides: 32 pixels on P3, 512 on P7.
STRIDES_LONG = 4.0
FOREGROUND = 0.5
BACKGROUND = 0.4
# Labels of anchors that are to find nothing, and of those that count for nothing.
NOTHING = -1
IGNORED = -2


def anchor_boxes(
    size: Sequence[int],
    levels: Sequence[int],
    scales: Sequence[float] = SCALES,
    ratios: Sequence[float] = RATIOS,
    strides_long: float = STRIDES_LONG,
) -> np.ndarray:
    """The anchors of all places of a feature pyramid.

    Args:
        size: height and width of the picture in pixels.
        levels: of the pyramid, such as 3 to 7; level l has a place every 2^l pixels, and
            anchors of 4 * 2^l times each scale (the root of their area).
        scales: relative sizes.
        ratios: heights divided by widths.
        strides_long: how many strides long an anchor of scale 1 is, the paper's 4 above.

    Returns:
        float32 [anchors, 4] in pixels: level by level, row by row, place by place, and at each
        place scale by scale. A level has ceil(length / stride) rows and columns.

    Reference:
        Lin et al. 2017, "Focal loss for dense object detection", section 4 (anchors).
    """
    shapes = [(s * math.sqrt(1 / r), s * math.sqrt(r)) for s in scales for r in ratios]
    halves = np.array(shapes) / 2 * strides_long
    found = []
    for level in levels:
        stride = 2**level
        y, x = np.mgrid[: -(-size[0] // stride), : -(-size[1] // stride)]
        middles = (np.stack([x, y], -1).reshape(-1, 1, 2) + 0.5) * stride
        corners = [middles - halves * stride, middles + halves * stride]
        found.append(np.concatenate(corners, -1).reshape(-1, 4))
    return np.concatenate(found).astype("float32")


def assign(boxes: Any, labels: Any, anchors: Any) -> tuple[Any, Any]:
    """Tells each anchor what it is to answer.

    An anchor that overlaps some box by an IoU of 0.5 or more is to find the one it overlaps most;
    one below 0.4 with all is to find nothing; those between count for nothing. And the anchor
    that overlaps a box most is to find it, however little that is, so that no box goes unlearned.
    (If that is the same anchor for two boxes, it finds the one it overlaps more.)

    Args:
        boxes: float tensor [batch, things, 4].
        labels: whole numbers [batch, things], from 0; below 0 for places that hold no box.
        anchors: float tensor [anchors, 4].

    Returns:
        labels of the anchors, int32 [batch, anchors]: a class, `NOTHING` or `IGNORED`; and codes of
        their boxes, float32 [batch, anchors, 4], which are 0 unless the label is a class.

    Reference:
        Lin et al. 2017, section 4 (anchors); Ren et al. 2015, "Faster R-CNN", section 3.1.2 (the
        best anchor of each box).
    """
    anchors = ops.convert_to_tensor(anchors, "float32")
    boxes, labels = ops.cast(boxes, "float32"), ops.cast(labels, "int32")
    # A column of its own for "nothing" keeps the rest defined where there is no box at all.
    labels = ops.pad(labels, [[0, 0], [0, 1]], constant_values=NOTHING)
    boxes = ops.pad(boxes, [[0, 0], [0, 1], [0, 0]])
    there = ops.expand_dims(labels >= 0, 1)
    iou = ops.where(there, pairwise_iou(anchors, boxes), -1.0)  # [batch, anchors, things]
    forced = _best_anchors(iou, there)
    # Forced pairs go before all others; among several, the larger overlap decides.
    ranked = iou + 2 * ops.cast(forced, "float32")
    chosen = ops.argmax(ranked, axis=-1)
    best = ops.max(ranked, axis=-1)
    found = ops.take_along_axis(labels, chosen, axis=1)
    label = ops.where(best >= FOREGROUND, found, ops.where(best < BACKGROUND, NOTHING, IGNORED))
    matched = ops.take_along_axis(boxes, ops.repeat(chosen[..., None], 4, axis=-1), axis=1)
    finds = ops.expand_dims(label >= 0, -1)
    codes = encode(ops.where(finds, matched, anchors), anchors)
    return label, ops.where(finds, codes, 0.0)


def _best_anchors(iou: Any, there: Any) -> Any:
    """bool [batch, anchors, things]: whether the anchor is the first of those that overlap most."""
    count = iou.shape[1]
    first = ops.expand_dims(ops.argmax(iou, axis=1), 1)
    places = ops.reshape(ops.arange(count, dtype=first.dtype), (1, count, 1))
    return ops.logical_and(places == first, there)
