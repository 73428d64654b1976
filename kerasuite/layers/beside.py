"""Layers that a model keeps without computing them for its answer."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class Beside(keras.layers.Layer):
    """Returns the first of its inputs.

    What the other inputs come from belongs to the model, is saved with it and found by
    `get_layer`; compiled, it costs nothing, as nothing asks for its outputs.

    Call arguments:
        inputs: list of tensors.

    Returns:
        The first tensor.
    """

    def call(self, inputs: list[Any]) -> Any:
        return inputs[0]

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        return input_shape[0]
