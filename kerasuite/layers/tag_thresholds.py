"""Scores of tags, with the threshold of each kept beside them."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class TagThresholds(keras.layers.Layer):
    """Passes scores on unchanged and keeps for each tag the score from which on it applies.

    The thresholds are a weight, so that they are saved, restored and exported with the model they
    were chosen for. No gradient reaches them: they are set from held-out answers.

    Call arguments:
        inputs: float tensor (batch, tags).

    Returns:
        The inputs.

    Raises:
        ValueError: if the number of tags is not known.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] is None:
            raise ValueError(
                f"The number of tags must be known. Received: input_shape={input_shape}"
            )
        self.thresholds = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(0.5),
            trainable=False,
            name="thresholds",
        )

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)
