"""Parts of pictures by themselves: what lies in each box, brought to one size."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

# The least side of a box as a share of the picture's.
_LEAST = 1e-3


def box_crops(pictures: Any, boxes: Any, size: Sequence[int]) -> Any:
    """Cuts boxes out of pictures and brings each to one size, whatever its proportions.

    Between pixels it is interpolated linearly; where a box is larger than its cut-out, over as many
    pixels as become one, so that nothing is skipped.

    Args:
        pictures: float tensor [batch, height, width, channels].
        boxes: float tensor [batch, boxes, 4]: left, top, right and bottom as shares of the
            pictures' sides, from 0 to 1.
        size: height and width of each cut-out.

    Returns:
        float tensor [batch, boxes, *size, channels].
    """
    height, width, channels = pictures.shape[1:]
    down = _weights(boxes[..., 1], boxes[..., 3], height, size[0])
    across = _weights(boxes[..., 0], boxes[..., 2], width, size[1])
    count = boxes.shape[1] or ops.shape(boxes)[1]
    rows = ops.matmul(
        ops.reshape(down, (-1, count * size[0], height)),
        ops.reshape(pictures, (-1, height, width * channels)),
    )
    rows = ops.reshape(rows, (-1, count, size[0], width, channels))
    return ops.einsum("bkxw,bkywc->bkyxc", across, rows)


def _weights(start: Any, end: Any, pixels: int, places: int) -> Any:
    """How much each pixel along a side counts for each of a cut-out's, [..., places, pixels]."""
    step = ops.maximum(end - start, _LEAST)[..., None, None] * (pixels / places)
    first = start[..., None, None] * pixels
    middles = first + (ops.arange(places, dtype=start.dtype)[:, None] + 0.5) * step
    away = ops.abs(middles - (ops.arange(pixels, dtype=start.dtype) + 0.5))
    weights = ops.maximum(1 - away / ops.maximum(step, 1.0), 0)
    return weights / ops.sum(weights, -1, keepdims=True)


@keras.saving.register_keras_serializable(package="kerasuite")
class BoxCrops(keras.layers.Layer):
    """Cuts boxes out of pictures, see `box_crops`.

    Args:
        size: height and width of each cut-out in pixels.
        **kwargs: of every Keras layer.

    Call arguments:
        pictures: (batch, height, width, channels).
        boxes: (batch, boxes, 4): left, top, right and bottom as shares of the pictures' sides.

    Returns:
        (batch, boxes, *size, channels).

    Raises:
        ValueError: if the size is not of two numbers above 0.
    """

    def __init__(self, size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = tuple(int(n) for n in size)
        if len(self.size) != 2 or min(self.size) < 1:
            raise ValueError(f"`size` must be a height and a width. Received: size={size}")

    def call(self, pictures: Any, boxes: Any) -> Any:
        """The cut-outs."""
        return box_crops(pictures, boxes, self.size)

    def compute_output_shape(self, pictures_shape: Any, boxes_shape: Any) -> tuple[Any, ...]:
        """(batch, boxes, *size, channels)."""
        return (pictures_shape[0], boxes_shape[1], *self.size, pictures_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "size": self.size}
