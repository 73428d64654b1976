"""Padding that mirrors a picture at its edges."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class ReflectionPadding2D(keras.layers.Layer):
    """Continues a picture beyond its edges by its mirror image, without repeating the edge.

    Padding of 1 makes `b a b c b` of the row `a b c`. Zeros would show as a frame in pictures that
    a net makes.

    Args:
        padding: rows above and below, and columns left and right; at least 1.

    Call arguments:
        inputs: float tensor (batch, height, width, channels), both sides larger than `padding`.

    Returns:
        A tensor (batch, height + 2 padding, width + 2 padding, channels).

    Raises:
        ValueError: if `padding` is no positive integer, or not smaller than a side.

    Reference:
        Johnson et al. 2016, "Perceptual losses for real-time style transfer and super-resolution",
        supplementary material.
    """

    def __init__(self, padding: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(padding, int) or isinstance(padding, bool) or padding < 1:
            raise ValueError(f"`padding` must be a positive integer. Received: padding={padding}")
        self.padding = padding
        self.input_spec = keras.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for side in input_shape[1:3]:
            if side is not None and side <= self.padding:
                raise ValueError(
                    f"`padding` must be smaller than both sides. Received: padding={self.padding} "
                    f"for pictures of {input_shape[1]}x{input_shape[2]}"
                )
        self.built = True

    def call(self, inputs: Any) -> Any:
        p = self.padding
        return ops.pad(inputs, [[0, 0], [p, p], [p, p], [0, 0]], mode="reflect")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, *sides, channels = input_shape
        grown = (None if side is None else side + 2 * self.padding for side in sides)
        return (batch, *grown, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}
