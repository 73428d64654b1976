"""Maps rearranged into fewer, larger ones."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class PixelShuffle(keras.layers.Layer):
    """Enlarges maps by laying `factor`² of them side by side, pixel by pixel.

    The map number (i factor + j) channels + c becomes row i and column j of each place of map c, in
    TensorFlow's order, `tf.nn.depth_to_space` (Torch's counts the maps the other way).

    Args:
        factor: of the height and of the width, at least 1.

    Call arguments:
        inputs: tensor (batch, height, width, channels factor²).

    Returns:
        A tensor (batch, height factor, width factor, channels).

    Raises:
        ValueError: if `factor` is no positive integer, or the maps cannot be divided by its square.

    Reference:
        Shi et al. 2016, "Real-time single image and video super-resolution using an efficient
        sub-pixel convolutional neural network", equation 4.
    """

    def __init__(self, factor: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(factor, int) or isinstance(factor, bool) or factor < 1:
            raise ValueError(f"`factor` must be a positive integer. Received: factor={factor}")
        self.factor = factor
        self.input_spec = keras.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] % self.factor**2:
            raise ValueError(
                f"The number of maps must be a multiple of factor²={self.factor**2}. Received: "
                f"{input_shape[-1]} maps"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        _, height, width, maps = ops.shape(inputs)
        r, channels = self.factor, maps // self.factor**2
        # -1 for the batch: it may be unknown.
        parts = ops.reshape(inputs, (-1, height, width, r, r, channels))
        rows = ops.transpose(parts, (0, 1, 3, 2, 4, 5))
        return ops.reshape(rows, (-1, height * r, width * r, channels))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, *sides, maps = input_shape
        grown = (None if side is None else side * self.factor for side in sides)
        return (batch, *grown, maps // self.factor**2)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}
