"""A sequence without its steps."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class NoSteps(keras.layers.Layer):
    """[batch, 0, units] of a sequence [batch, steps, units]: what is known before the first step.

    To a functional model the number of steps is unknown, since it grows in use.
    """

    def call(self, inputs: Any) -> Any:
        return inputs[:, :0]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], None, *input_shape[2:])
