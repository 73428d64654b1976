"""Boxes in numbers: how much two overlap, and their codes relative to anchors.

A box is left, top, right and bottom in pixels; the last two are the first column and row beyond
it. Everything is `keras.ops`: it runs in models, losses, data pipelines and SavedModels.
"""

from typing import Any

from keras import ops

# What codes are divided by, so that they vary about as much as standard normal numbers do: Liu et
# al. 2016, "SSD: Single Shot MultiBox Detector", whose authors' code calls them variances.
SPREAD = (0.1, 0.1, 0.2, 0.2)
# The largest logarithm of a size that is decoded: 1000 / 16, as in the Faster R-CNN authors' code.
_MOST_LOG = 4.135


def areas(boxes: Any) -> Any:
    """Areas of boxes [..., 4] in square pixels, [...]; 0 for those that are inside out."""
    return ops.maximum(boxes[..., 2] - boxes[..., 0], 0) * ops.maximum(
        boxes[..., 3] - boxes[..., 1], 0
    )


def pairwise_iou(first: Any, second: Any) -> Any:
    """Intersection over union of each box with each other box.

    Args:
        first: float tensor [..., n, 4].
        second: float tensor [..., m, 4].

    Returns:
        float tensor [..., n, m] from 0 to 1; 0 where both are empty.
    """
    a, b = ops.expand_dims(first, -2), ops.expand_dims(second, -3)
    shared = ops.concatenate(
        [ops.maximum(a[..., :2], b[..., :2]), ops.minimum(a[..., 2:], b[..., 2:])], axis=-1
    )
    shared = areas(shared)
    union = areas(a) + areas(b) - shared
    return ops.where(union > 0, shared / ops.where(union > 0, union, 1), 0)


def paired_iou(first: Any, second: Any) -> tuple[Any, Any]:
    """Intersection over union of each box with the one at the same place, plain and generalized.

    Args:
        first: float tensor [..., 4], each of a width and height above 0.
        second: float tensor that broadcasts with `first`, likewise.

    Returns:
        float tensors [...]: the IoU, from 0 to 1; and the generalized one, from -1 to 1: of boxes
        that do not touch it still tells how far they are from each other.

    Reference:
        Rezatofighi et al. 2019, "Generalized intersection over union", algorithm 1.
    """
    (start, end), (other_start, other_end) = (_corners(x) for x in (first, second))
    inner = [ops.maximum(start, other_start), ops.minimum(end, other_end)]
    outer = [ops.minimum(start, other_start), ops.maximum(end, other_end)]
    shared, around = (areas(ops.concatenate(x, axis=-1)) for x in (inner, outer))
    union = areas(first) + areas(second) - shared
    iou = shared / union
    return iou, iou - (around - union) / around


def encode(boxes: Any, anchors: Any) -> Any:
    """Codes of boxes relative to anchors: what a net learns to answer.

    The offset of the middle as a share of the anchor's width and height, and the logarithm of the
    ratio of the sizes, each divided by `SPREAD`.

    Args:
        boxes: float tensor [..., 4], each of a width and height above 0.
        anchors: float tensor that broadcasts with `boxes`, likewise.

    Returns:
        float tensor [..., 4]: across, down, width, height.

    Reference:
        Ren et al. 2015, "Faster R-CNN", equation 2.
    """
    middle, size = _middle_and_size(boxes)
    anchor_middle, anchor_size = _middle_and_size(anchors)
    codes = ops.concatenate(
        [(middle - anchor_middle) / anchor_size, ops.log(size / anchor_size)], axis=-1
    )
    return codes / ops.convert_to_tensor(SPREAD, codes.dtype)


def mirrored_codes(codes: Any) -> Any:
    """Codes [..., 4] of the mirror images of boxes relative to those of their anchors."""
    return codes * ops.convert_to_tensor([-1.0, 1.0, 1.0, 1.0])


def decode(codes: Any, anchors: Any) -> Any:
    """Boxes from their codes: undoes `encode`.

    Args:
        codes: float tensor [..., 4].
        anchors: float tensor that broadcasts with `codes`.

    Returns:
        float tensor [..., 4]. They may reach out of the picture. A size is at most 62.5 times the
        anchor's, so that no code is too large for a number.
    """
    codes = codes * ops.convert_to_tensor(SPREAD, codes.dtype)
    anchor_middle, anchor_size = _middle_and_size(anchors)
    middle = codes[..., :2] * anchor_size + anchor_middle
    half = ops.exp(ops.minimum(codes[..., 2:], _MOST_LOG)) * anchor_size / 2
    return ops.concatenate([middle - half, middle + half], axis=-1)


def clip(boxes: Any, height: Any, width: Any) -> Any:
    """Cuts boxes [..., 4] off at the borders of a picture of `height` and `width` pixels."""
    across, down = ops.clip(boxes[..., 0::2], 0, width), ops.clip(boxes[..., 1::2], 0, height)
    parts = (across[..., 0], down[..., 0], across[..., 1], down[..., 1])
    return ops.stack(parts, axis=-1)


def _corners(boxes: Any) -> tuple[Any, Any]:
    return boxes[..., :2], boxes[..., 2:]


def _middle_and_size(boxes: Any) -> tuple[Any, Any]:
    start, end = _corners(boxes)
    return (start + end) / 2, end - start
