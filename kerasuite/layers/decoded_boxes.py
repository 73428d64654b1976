"""The boxes that a detector's codes stand for."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.anchors import STRIDES_LONG, anchor_boxes
from kerasuite.layers.boxes import clip, decode


@keras.saving.register_keras_serializable(package="kerasuite")
class DecodedBoxes(keras.layers.Layer):
    """Decodes what a detector answers for its anchors.

    Args:
        size: height and width of the picture in pixels.
        levels: of the anchors, see `anchors.anchor_boxes`.
        strides_long: of the anchors, likewise.
        **kwargs: of every Keras layer.

    Call arguments:
        codes: (batch, anchors, 4), see `boxes.encode`. No gradient reaches them.

    Returns:
        (batch, anchors, 4): left, top, right and bottom as shares of the picture's sides, from 0 to
        1: what reaches out of the picture is cut off.

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

    def build(self, codes_shape: Sequence[int]) -> None:
        """Checks the number of anchors."""
        if codes_shape[1] != len(self._anchors):
            raise ValueError(
                f"`codes` must be of {len(self._anchors)} anchors. Received: {codes_shape[1]}"
            )

    def call(self, codes: Any) -> Any:
        """The boxes."""
        codes = ops.cast(ops.stop_gradient(codes), self.compute_dtype)
        boxes = clip(decode(codes, ops.cast(self._anchors, codes.dtype)), *self.size)
        height, width = self.size
        return boxes / ops.cast([width, height, width, height], boxes.dtype)

    def compute_output_shape(self, codes_shape: Sequence[int]) -> tuple[int, ...]:
        """The codes' shape."""
        return tuple(codes_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        config = {k: v for k, v in super().get_config().items() if k != "trainable"}
        own = {"size": self.size, "levels": self.levels, "strides_long": self.strides_long}
        return {**config, **own}
