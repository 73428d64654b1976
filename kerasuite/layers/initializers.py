"""Initializers that Keras lacks."""

import math
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class FanInUniform(keras.initializers.Initializer):
    """Uniform in [-scale / fan_in, scale / fan_in], the rule of LeCun's networks.

    Keras's variance scaling divides by the square root of the fan-in; this rule divides by the
    fan-in itself.

    Args:
        scale: positive float, the half-width for a unit with one input.
        seed: integer, or None to draw one.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        appendix A (scale 2.4).
    """

    def __init__(self, scale: float = 2.4, seed: int | None = None) -> None:
        if scale <= 0:
            raise ValueError(f"`scale` must be positive. Received: scale={scale}")
        self.scale = float(scale)
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        limit = self.scale / max(1, math.prod(shape[:-1]))
        # A fresh RandomUniform a call: Keras's own instances repeat their first draw.
        uniform = keras.initializers.RandomUniform(-limit, limit, seed=self.seed)
        return uniform(shape, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"scale": self.scale, "seed": self.seed}
