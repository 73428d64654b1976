"""The normalization across neighbouring maps of AlexNet."""

import math
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import check_data_format


@keras.saving.register_keras_serializable(package="kerasuite")
class LocalResponseNormalization(keras.layers.Layer):
    """`outputs[i] = inputs[i] / (bias + alpha * sum_j inputs[j] ** 2) ** beta`.

    The sum runs over the `size` maps around map i, at the same position; beyond the first and
    the last map there is nothing to add. The defaults are the paper's n = 5, k = 2,
    alpha = 1e-4, beta = 0.75.

    As in the paper, `alpha` multiplies the sum. So it does in TensorFlow
    (`tf.nn.local_response_normalization`, `depth_radius = size // 2`). PyTorch and Caffe
    multiply the mean over `size` maps: their `alpha` is `size` times this one.

    Args:
        size: odd positive integer, the paper's n: how many maps a sum covers.
        bias: positive number, the paper's k.
        alpha: non-negative number.
        beta: number, the exponent.
        data_format: "channels_last", "channels_first", or None for Keras's global setting.

    Call arguments:
        inputs: float tensor (batch, ..., channels), or (batch, channels, ...).

    Returns:
        A tensor of the inputs' shape. It is computed in float32 at least.

    Raises:
        ValueError: if `size` is even, or a number is out of its range.

    Reference:
        Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional
        neural networks", section 3.3.
    """

    def __init__(
        self,
        size: int = 5,
        bias: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        data_format: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(size, int) or size < 1 or size % 2 == 0:
            raise ValueError(f"`size` must be an odd positive integer. Received: size={size}")
        for name, value, valid in (
            ("bias", bias, bias > 0),
            ("alpha", alpha, alpha >= 0),
            ("beta", beta, math.isfinite(beta)),
        ):
            if not valid or not math.isfinite(value):
                raise ValueError(
                    "`bias` must be positive, `alpha` at least 0 and `beta` finite. "
                    f"Received: {name}={value}"
                )
        self.size = size
        self.bias, self.alpha, self.beta = float(bias), float(alpha), float(beta)
        self.data_format = check_data_format(data_format)
        self.input_spec = keras.InputSpec(min_ndim=2)

    def call(self, inputs: Any) -> Any:
        dtype = keras.backend.result_type(inputs.dtype, "float32")
        x = ops.cast(inputs, dtype)
        scale = self.bias + self.alpha * self._sum_over_maps(ops.square(x))
        return ops.cast(x * _inverse_power(scale, self.beta), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
            "data_format": self.data_format,
        }

    def _sum_over_maps(self, x: Any) -> Any:
        """Adds shifted copies: exact, where differences of a running sum would cancel."""
        axis = len(x.shape) - 1 if self.data_format == "channels_last" else 1
        radius, channels = self.size // 2, x.shape[axis]
        widths = [(radius, radius) if i == axis else (0, 0) for i in range(len(x.shape))]
        padded = ops.pad(x, widths)
        before = (slice(None),) * axis
        return sum(padded[(*before, slice(i, i + channels))] for i in range(self.size))


def _inverse_power(x: Any, beta: float) -> Any:
    """Returns `x ** -beta` of positive numbers; AlexNet's 3/4 needs roots only."""
    if beta == 0.75:
        root = ops.rsqrt(x)
        return root * ops.sqrt(root)
    return ops.power(x, -beta)
