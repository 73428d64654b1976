"""The mean of maps over boxes: what a picture shows within each."""

from typing import Any

import keras
from keras import ops

# The least side of a box as a share of the picture's: one without any has no mean.
_LEAST = 1e-3


def box_means(maps: Any, boxes: Any) -> Any:
    """The mean of maps over each box; a place counts by the share of it that lies inside.

    Args:
        maps: float tensor [batch, height, width, maps].
        boxes: float tensor [batch, boxes, 4]: left, top, right and bottom as shares of the
            picture's sides.

    Returns:
        float tensor [batch, boxes, maps].
    """
    height, width, count = maps.shape[1:]
    across = _weights(boxes[..., 0], boxes[..., 2], width)
    down = _weights(boxes[..., 1], boxes[..., 3], height)
    rows = ops.matmul(down, ops.reshape(maps, (-1, height, width * count)))
    rows = ops.reshape(rows, (-1, down.shape[1] or ops.shape(down)[1], width, count))
    return ops.sum(across[..., None] * rows, axis=2)


def _weights(start: Any, end: Any, places: int) -> Any:
    """How much each of so many places along a side counts, [..., places]; together 1."""
    start = ops.clip(start, 0.0, 1 - _LEAST)[..., None]
    end = ops.maximum(ops.clip(end, 0.0, 1.0)[..., None], start + _LEAST)
    edges = ops.arange(places, dtype=start.dtype) / places
    inside = ops.minimum(end, edges + 1 / places) - ops.maximum(start, edges)
    return ops.maximum(inside, 0) / (end - start)


@keras.saving.register_keras_serializable(package="kerasuite")
class BoxMeans(keras.layers.Layer):
    """The mean of maps over boxes, see `box_means`.

    Call arguments:
        maps: (batch, height, width, maps), of the whole picture.
        boxes: (batch, boxes, 4): left, top, right and bottom as shares of the picture's sides.

    Returns:
        (batch, boxes, maps).
    """

    def call(self, maps: Any, boxes: Any) -> Any:
        """The means."""
        return box_means(maps, boxes)

    def compute_output_shape(self, maps_shape: Any, boxes_shape: Any) -> tuple[Any, ...]:
        """(batch, boxes, maps)."""
        return (maps_shape[0], boxes_shape[1], maps_shape[-1])
