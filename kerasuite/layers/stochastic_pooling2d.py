"""Pooling that samples one activation of each window."""

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
from kerasuite.layers.windows import pad_windows, window_taps


@keras.saving.register_keras_serializable(package="kerasuite")
class StochasticPooling2D(keras.layers.Layer):
    """Samples one activation of each window, with a probability proportional to its value.

    In training, activation `a[i]` of a window is its output with probability
    `p[i] = a[i] / sum(a)` (equations 4 and 5), each map and window on its own, and the gradient
    goes to the sampled activation alone. In inference the output is the mean under these
    probabilities, `sum(p * a)` (equation 6). A window of zeros gives 0.

    The probabilities need activations of at least 0, as after a ReLU. Negative inputs count
    as 0: the layer applies a ReLU.

    Args:
        pool_size: integer or pair of integers, height and width of a window.
        strides: integer or pair of integers; `pool_size` for None.
        padding: "valid" or "same"; zeros around the input are never sampled.
        data_format: "channels_last", "channels_first", or None for Keras's global setting.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (batch, height, width, channels), or with the channels first.
        training: whether to sample.

    Returns:
        A tensor (batch, new height, new width, channels), or with the channels first.

    Raises:
        ValueError: if a size is not positive, or the input is smaller than a window.

    Reference:
        Zeiler & Fergus 2013, "Stochastic pooling for regularization of deep convolutional
        neural networks", sections 3.1 and 3.2.
    """

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = check_padding(padding)
        self.data_format = check_data_format(data_format)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.input_spec = keras.InputSpec(ndim=4)

    def call(self, inputs: Any, training: bool = False) -> Any:
        # float32 at least: in bfloat16 a running sum would miss small activations.
        x = ops.relu(ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32")))
        axes = spatial_axes(self.data_format)
        x = pad_windows(x, self.pool_size, self.strides, self.padding, axes)
        outputs = self._sample(x) if training else self._mean(x)
        return ops.cast(outputs, self.compute_dtype)

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
            "seed": self.seed,
        }

    def _sample(self, x: Any) -> Any:
        """Returns of each window the activation at which its running sum passes a random level."""
        axes = spatial_axes(self.data_format)
        taps = window_taps(x, self.pool_size, self.strides, axes)
        totals = ops.stop_gradient(sum(taps))
        level = totals * keras.random.uniform(
            ops.shape(totals), dtype=totals.dtype, seed=self.seed_generator
        )
        outputs, running, passed = 0, 0, ops.zeros_like(totals, dtype="bool")
        for tap in taps:
            running = running + ops.stop_gradient(tap)
            passes = running > level
            outputs = outputs + ops.where(ops.logical_xor(passes, passed), tap, 0)
            passed = passes
        return outputs

    def _mean(self, x: Any) -> Any:
        def pool(values: Any) -> Any:
            return ops.average_pool(
                values, self.pool_size, self.strides, data_format=self.data_format
            )

        # Both are means over the same window, so the ratio is that of the sums.
        sums = pool(x)
        return pool(ops.square(x)) / ops.where(sums > 0, sums, 1)
