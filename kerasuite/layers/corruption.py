"""Noise on values between 0 and 1, for what learns to take it away."""

from typing import Any

import keras
from keras import ops

CORRUPTIONS = ("masking", "salt_and_pepper", "gaussian")


@keras.saving.register_keras_serializable(package="kerasuite")
class Corruption(keras.layers.Layer):
    """Spoils values between 0 and 1 at random, in training or when asked to.

    Args:
        kind: "masking" sets a share of the values to 0, "salt_and_pepper" sets a share of them to
            0 or 1, with equal chances, "gaussian" adds normal noise.
        level: the share of the values that is spoilt, at most 1, or the standard deviation of the
            noise; at least 0.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (batch, ...), values from 0 to 1.
        training: whether to spoil; otherwise the inputs pass unchanged.

    Returns:
        A tensor of the inputs' shape. Gaussian noise may leave the range from 0 to 1.

    Raises:
        ValueError: if `kind` is another word or `level` is out of its range.

    Reference:
        Vincent, Larochelle, Lajoie, Bengio, Manzagol 2010, "Stacked denoising autoencoders",
        section 3.3.
    """

    def __init__(self, kind: str, level: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        if kind not in CORRUPTIONS:
            raise ValueError(f"`kind` must be one of {CORRUPTIONS}. Received: kind={kind!r}")
        most = float("inf") if kind == "gaussian" else 1.0
        if not 0 <= level <= most or level == float("inf"):
            raise ValueError(
                "`level` must be at least 0, and at most 1 where it is a share. "
                f"Received: level={level}"
            )
        self.kind = kind
        self.level = float(level)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.level == 0:
            return inputs
        shape = ops.shape(inputs)
        if self.kind == "gaussian":
            noise = keras.random.normal(shape, dtype=inputs.dtype, seed=self.seed_generator)
            return inputs + self.level * noise
        drawn = keras.random.uniform(shape, dtype=inputs.dtype, seed=self.seed_generator)
        if self.kind == "masking":
            return ops.where(drawn < self.level, ops.zeros_like(inputs), inputs)
        # One draw decides both: below half of the level for 0, below the level for 1.
        extreme = ops.cast(drawn >= self.level / 2, inputs.dtype)
        return ops.where(drawn < self.level, extreme, inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind, "level": self.level, "seed": self.seed}
