"""Pooling by the Euclidean norm."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import (
    check_data_format,
    check_padding,
    pair,
    spatial_axes,
    window_count,
)
from kerasuite.layers.windows import pad_windows


@keras.saving.register_keras_serializable(package="kerasuite")
class L2Pooling2D(keras.layers.Layer):
    """`sqrt(sum(window ** 2))` for each map: the sum of the squares, not their mean.

    A window of zeros gives 0 and passes no gradient back. With `padding="same"` the zeros
    around the input add nothing.

    Args:
        pool_size: integer or pair of integers, height and width of a window.
        strides: integer or pair of integers; `pool_size` for None.
        padding: "valid" or "same".
        data_format: "channels_last", "channels_first", or None for Keras's global setting.

    Call arguments:
        inputs: float tensor (batch, height, width, channels), or with the channels first.

    Returns:
        A tensor (batch, new height, new width, channels), or with the channels first.

    Raises:
        ValueError: if a size is not positive, or the input is smaller than a window.

    Reference:
        Le et al. 2011, "Building high-level features using large scale unsupervised learning",
        section 3 (unweighted); Sermanet, Chintala, LeCun 2012, "Convolutional neural networks
        applied to house numbers digit classification", section 2.2, P = 2, whose windows are
        weighted by a Gaussian.
    """

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = check_padding(padding)
        self.data_format = check_data_format(data_format)
        self.input_spec = keras.InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        axes = spatial_axes(self.data_format)
        x = pad_windows(x, self.pool_size, self.strides, self.padding, axes)
        means = ops.average_pool(
            ops.square(x), self.pool_size, self.strides, data_format=self.data_format
        )
        sums = means * math.prod(self.pool_size)
        positive = sums > 0
        # The root's slope at 0 is infinite, so 0 must not reach it.
        roots = ops.sqrt(ops.where(positive, sums, 1))
        return ops.cast(ops.where(positive, roots, 0), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        shape = list(input_shape)
        axes = spatial_axes(self.data_format)
        for axis, k, s in zip(axes, self.pool_size, self.strides, strict=True):
            shape[axis] = window_count(shape[axis], k, s, self.padding)
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
        }
