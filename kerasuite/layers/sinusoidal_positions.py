"""Adds to each step of a sequence where it stands."""

from typing import Any

import keras
import numpy as np
from keras import ops

_LONGEST_WAVE = 10_000.0


@keras.saving.register_keras_serializable(package="kerasuite")
class SinusoidalPositions(keras.layers.Layer):
    """Adds sines and cosines of a step's number, of falling frequency along the features.

    Call arguments:
        inputs: float [batch, steps, units], units even.
        past: [batch, earlier steps, ...], the steps before these; left out, none.

    Returns:
        The same shape.

    Raises:
        ValueError: if the number of units is odd.

    Reference:
        Vaswani et al. 2017, "Attention is all you need", section 3.5. Here the sines come first and
        the cosines after them, which is the same up to the order of the features.
    """

    def build(self, inputs_shape: tuple[int | None, ...], past_shape: Any = None) -> None:
        if inputs_shape[-1] % 2:
            raise ValueError(f"The units must be even. Received: input_shape={inputs_shape}")
        half = inputs_shape[-1] // 2
        self.frequencies = (_LONGEST_WAVE ** (-np.arange(half) / half)).astype("float32")

    def call(self, inputs: Any, past: Any = None) -> Any:
        steps = ops.arange(ops.shape(inputs)[1])
        if past is not None:
            steps = steps + ops.shape(past)[1]
        steps = ops.cast(steps, "float32")
        angles = steps[:, None] * self.frequencies
        waves = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
        return inputs + ops.cast(waves, inputs.dtype)

    def compute_output_shape(
        self, inputs_shape: tuple[int | None, ...], past_shape: Any = None
    ) -> tuple[int | None, ...]:
        return inputs_shape
