"""The mean of maps over boxes: what a picture shows within each."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.anchors import STRIDES_LONG, anchor_boxes
from kerasuite.layers.boxes import clip, decode

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
    """The mean of maps over the box that a detector answers for each anchor.

    Args:
        size: height and width of the picture in pixels.
        levels: of the anchors, see `anchors.anchor_boxes`.
        strides_long: of the anchors, likewise.
        **kwargs: of every Keras layer.

    Call arguments:
        maps: (batch, height, width, maps), of the whole picture.
        codes: (batch, anchors, 4), of the boxes. No gradient reaches them.

    Returns:
        (batch, anchors, maps).

    Raises:
        ValueError: if the codes are not of as many anchors.
    """

    def __init__(
        self,
        size: Sequence[int],
        levels: Sequence[int],
        strides_long: float = STRIDES_LONG,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=False, **kwargs)
        self.size, self.levels = tuple(size), tuple(levels)
        self.strides_long = strides_long
        self._anchors = anchor_boxes(self.size, self.levels, strides_long=strides_long)

    def build(self, maps_shape: Any, codes_shape: Any) -> None:
        """Checks the number of anchors."""
        if codes_shape[1] != len(self._anchors):
            raise ValueError(
                f"`codes` must be of {len(self._anchors)} anchors. Received: {codes_shape[1]}"
            )

    def call(self, maps: Any, codes: Any) -> Any:
        """The means."""
        codes = ops.cast(ops.stop_gradient(codes), self.compute_dtype)
        boxes = clip(decode(codes, ops.cast(self._anchors, codes.dtype)), *self.size)
        height, width = self.size
        return box_means(maps, boxes / ops.cast([width, height, width, height], boxes.dtype))

    def compute_output_shape(self, maps_shape: Any, codes_shape: Any) -> tuple[Any, ...]:
        """(batch, anchors, maps)."""
        return (maps_shape[0], codes_shape[1], maps_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        config = {k: v for k, v in super().get_config().items() if k != "trainable"}
        own = {"size": self.size, "levels": self.levels, "strides_long": self.strides_long}
        return {**config, **own}
