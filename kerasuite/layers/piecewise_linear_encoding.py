"""Numbers as several numbers, each of which grows within an interval of its own."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class PiecewiseLinearEncoding(keras.layers.Layer):
    """Encodes each column of numbers by how much of each of its intervals it has passed.

    An interval gives 0 below it, 1 above it, and a straight rise within. A linear layer on top is
    a piecewise linear function of each column. Numbers beyond the outer boundaries count as these,
    so no input, not even an infinite one, leads further than the data did. NaN, a missing value,
    gives 0 in all intervals of its column and 1 in a last output of its own.

    Args:
        boundaries: per column, the boundaries of its intervals: at least two finite numbers, each
            above the one before. Quantiles of the training data are usual.

    Call arguments:
        inputs: float tensor (batch, columns).

    Returns:
        float tensor (batch, features): the intervals of all columns in order, then a 1 per column
        whose value is missing.

    Raises:
        ValueError: if `boundaries` are not as described, or the input has other columns.

    Reference:
        Gorishniy, Rubachev & Babenko 2022, "On embeddings for numerical features in tabular deep
        learning", section 3.2.1. There, the outer intervals go on beyond their boundaries.
    """

    def __init__(self, boundaries: Sequence[Sequence[float]], **kwargs: Any) -> None:
        # In 16 bits, years would be rounded to multiples of eight before they are encoded.
        super().__init__(autocast=False, **kwargs)
        self.boundaries = [[float(b) for b in column] for column in boundaries]
        for column in self.boundaries:
            rises = all(low < high for low, high in itertools.pairwise(column))
            if len(column) < 2 or not rises or any(abs(b) == float("inf") for b in column):
                raise ValueError(
                    "`boundaries` must hold at least two rising finite numbers per column. "
                    f"Received: {column}"
                )
        if not self.boundaries:
            raise ValueError("`boundaries` must hold at least one column. Received: none")
        self._columns = [i for i, c in enumerate(self.boundaries) for _ in c[1:]]
        self._lows = [b for column in self.boundaries for b in column[:-1]]
        self._highs = [b for column in self.boundaries for b in column[1:]]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 2 or input_shape[-1] != len(self.boundaries):
            raise ValueError(
                f"Expected inputs (batch, {len(self.boundaries)}). Received: "
                f"input_shape={input_shape}"
            )

    def call(self, inputs: Any) -> Any:
        inputs = ops.cast(inputs, "float32")
        lows = ops.convert_to_tensor(self._lows, "float32")
        highs = ops.convert_to_tensor(self._highs, "float32")
        values = ops.take(inputs, ops.convert_to_tensor(self._columns, "int32"), axis=-1)
        missing = ops.isnan(inputs)
        # Clipped before dividing: infinity times zero is no number.
        passed = (ops.clip(values, lows, highs) - lows) / (highs - lows)
        passed = ops.where(ops.isnan(values), 0.0, passed)
        return ops.cast(
            ops.concatenate([passed, ops.cast(missing, "float32")], axis=-1), self.compute_dtype
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], len(self._lows) + len(self.boundaries))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "boundaries": self.boundaries}
