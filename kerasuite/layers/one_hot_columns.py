"""Several columns of category numbers as one row of zeros and ones."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class OneHotColumns(keras.layers.Layer):
    """Encodes each column of category numbers by a 1 in the place of its category.

    What `keras.layers.CategoryEncoding` does for one column, for all in one operation.

    Args:
        sizes: how many categories each column has. They count from 1; any other number, such as
            the 0 of `keras.layers.StringLookup` for texts that it does not know, gives 0 in all
            places of its column.

    Call arguments:
        inputs: integer tensor (batch, columns).

    Returns:
        float tensor (batch, sum of sizes): the places of all columns in order.

    Raises:
        ValueError: if `sizes` holds anything but positive integers, or the input has other columns.
    """

    def __init__(self, sizes: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = [positive_tuple(size, 1, "sizes")[0] for size in sizes]
        self._columns = [i for i, size in enumerate(self.sizes) for _ in range(size)]
        self._numbers = [number for size in self.sizes for number in range(1, size + 1)]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 2 or input_shape[-1] != len(self.sizes):
            raise ValueError(
                f"Expected inputs (batch, {len(self.sizes)}). Received: input_shape={input_shape}"
            )

    def call(self, inputs: Any) -> Any:
        numbers = ops.cast(ops.convert_to_tensor(self._numbers), inputs.dtype)
        given = ops.take(inputs, ops.convert_to_tensor(self._columns, "int32"), axis=-1)
        return ops.cast(ops.equal(given, numbers), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], sum(self.sizes))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sizes": self.sizes}
