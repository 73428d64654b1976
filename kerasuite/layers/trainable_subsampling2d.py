"""Subsampling with a trainable coefficient and bias for each map."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import pair, window_count


@keras.saving.register_keras_serializable(package="kerasuite")
class TrainableSubsampling2D(keras.layers.Layer):
    """The S layers of LeNet-5: `activation(coefficient * sum(window) + bias)` for each map.

    The windows do not overlap. Their inputs are added, not averaged, as in the paper: an
    average would be the same layer with a coefficient four times as large. Rows and columns
    that fill no whole window are dropped.

    Args:
        pool_size: integer or pair of integers, height and width of a window.
        activation: activation function, its name, or None.
        coefficient_initializer: initializer of the coefficients; one over the window's size,
            an average, by default.
        bias_initializer: initializer of the biases.

    Call arguments:
        inputs: float tensor (batch, height, width, channels).

    Returns:
        A tensor (batch, height // pool height, width // pool width, channels).

    Raises:
        ValueError: if `pool_size` is not positive, or the input is smaller than a window.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        section II.B, layer S2.
    """

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        activation: Any = None,
        coefficient_initializer: Any = None,
        bias_initializer: Any = "zeros",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = pair(pool_size, "pool_size")
        self.activation = keras.activations.get(activation)
        if coefficient_initializer is None:
            coefficient_initializer = keras.initializers.Constant(1 / math.prod(self.pool_size))
        self.coefficient_initializer = keras.initializers.get(coefficient_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.input_spec = keras.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1]
        if channels is None:
            raise ValueError(
                f"The channels of the input must be known. Received: input_shape={input_shape}"
            )
        self.input_spec = keras.InputSpec(ndim=4, axes={-1: channels})
        self.coefficient = self.add_weight(
            shape=(channels,), initializer=self.coefficient_initializer, name="coefficient"
        )
        self.bias = self.add_weight(
            shape=(channels,), initializer=self.bias_initializer, name="bias"
        )

    def call(self, inputs: Any) -> Any:
        means = ops.average_pool(
            inputs, self.pool_size, self.pool_size, "valid", data_format="channels_last"
        )
        # The window's size turns means into sums; on the small vector it costs nothing.
        outputs = means * (self.coefficient * math.prod(self.pool_size)) + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sizes = zip(input_shape[1:3], self.pool_size, strict=True)
        spatial = [window_count(length, size, size, "valid") for length, size in sizes]
        return (input_shape[0], *spatial, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "activation": keras.activations.serialize(self.activation),
            "coefficient_initializer": keras.initializers.serialize(self.coefficient_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
