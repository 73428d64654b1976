"""Learned numbers that do not depend on the input, beside those that do."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class AppendWeights(keras.layers.Layer):
    """Appends the same learned numbers to the features of every example.

    A policy's standard deviations are such numbers in many papers, beside means that a net
    computes.

    Args:
        units: positive integer, how many.
        initializer: of the numbers.

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        A tensor (batch, features + units).

    Raises:
        ValueError: if `units` is not a positive integer.

    Reference:
        Schulman, Levine, Moritz, Jordan, Abbeel 2015, "Trust region policy optimization",
        appendix D: the standard deviation of a Gaussian policy.
    """

    def __init__(self, units: int, initializer: Any = "zeros", **kwargs) -> None:
        super().__init__(**kwargs)
        (self.units,) = positive_tuple(units, 1, "units")
        self.initializer = keras.initializers.get(initializer)
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.appended = self.add_weight(
            shape=(self.units,), initializer=self.initializer, name="appended"
        )

    def call(self, inputs: Any) -> Any:
        # Zeros of the batch's size carry the numbers to each example.
        zeros = ops.zeros_like(inputs[:, :1])
        return ops.concatenate([inputs, zeros + self.appended], axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], input_shape[-1] + self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "initializer": keras.initializers.serialize(self.initializer),
        }
