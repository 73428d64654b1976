"""Rows of named columns in memory, and the batches a model learns from."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import ordered_indices, shuffled_indices, steps_per_epoch


class TableRows:
    """Examples of named values with a number each, to be predicted.

    Args:
        columns: by name, float32 [n] with NaN for missing values, or bytes [n] (dtype object) with
            b"" for missing ones.
        targets: float [n].

    Raises:
        ValueError: if the shapes do not fit.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], targets: np.ndarray) -> None:
        self.columns, self.targets = dict(columns), np.asarray(targets)
        shapes = {values.shape for values in self.columns.values()} | {self.targets.shape}
        if len(shapes) != 1 or self.targets.ndim != 1:
            raise ValueError(f"expected columns and targets [n]. Received: shapes {shapes}")

    def __len__(self) -> int:
        return len(self.targets)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches make one epoch of `shuffled_batches`."""
        return steps_per_epoch(len(self), batch_size)

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """All rows once, in order: columns [batch] by name, and float32 [batch, 1] targets."""
        return ordered_indices(len(self), batch_size).map(self._gather())

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches of the same form, in the order of `batches.shuffled_indices`."""
        order = shuffled_indices(len(self), batch_size, seed, first_epoch)
        return order.map(self._gather()).prefetch(tf.data.AUTOTUNE)

    def take(self, indices: Sequence[int] | np.ndarray) -> "TableRows":
        """The rows at `indices`, in that order."""
        chosen = np.asarray(indices, "int64")
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return TableRows(columns, self.targets[chosen])

    def _gather(self) -> Callable[[tf.Tensor], tuple[dict[str, tf.Tensor], tf.Tensor]]:
        columns = {k: tf.constant(as_input(v)) for k, v in self.columns.items()}
        targets = tf.constant(self.targets[:, None], tf.float32)

        def gather(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            return {k: tf.gather(v, rows) for k, v in columns.items()}, tf.gather(targets, rows)

        return gather


def as_input(values: np.ndarray) -> np.ndarray | list[bytes]:
    """A column as TensorFlow takes it: strings as a list, for NumPy would cut trailing zeros."""
    return values.tolist() if values.dtype == object else values
