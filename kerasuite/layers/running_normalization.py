"""Normalising by figures that were gathered elsewhere, while an agent acted for example."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class RunningNormalization(keras.layers.Layer):
    """`(x - mean) / std` of each feature, clipped.

    Mean and standard deviation are weights that training leaves alone: whoever gathers them assigns
    them, and they are saved with the model. Until then they are 0 and 1.

    Args:
        clip: bound of the normalised numbers, above 0.

    Call arguments:
        inputs: tensor (batch, ...).

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: if `clip` is not above 0.

    Reference:
        Henderson, Islam, Bachman, Pineau, Precup, Meger 2018, "Deep reinforcement learning that
        matters", section 4, on what normalising does to an agent.
    """

    def __init__(self, clip: float = 10.0, **kwargs) -> None:
        super().__init__(**kwargs)
        if not clip > 0:
            raise ValueError(f"`clip` must be above 0. Received: clip={clip}")
        self.clip = clip

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = tuple(input_shape[1:])
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.std = self.add_weight(shape=shape, initializer="ones", trainable=False, name="std")

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, self.compute_dtype)
        return ops.clip((x - self.mean) / self.std, -self.clip, self.clip)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "clip": self.clip}
