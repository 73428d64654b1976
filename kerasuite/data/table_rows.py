"""Rows of named columns in memory, and the batches a model learns from."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import Examples


class TableRows(Examples):
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

    def take(self, indices: Sequence[int] | np.ndarray) -> "TableRows":
        """The rows at `indices`, in that order."""
        chosen = np.asarray(indices, "int64")
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return TableRows(columns, self.targets[chosen])

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of columns [batch] by name, and targets, float32 [batch, 1]."""
        columns = {k: tf.constant(as_input(v)) for k, v in self.columns.items()}
        targets = tf.constant(self.targets[:, None], tf.float32)

        def gather(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            return {k: tf.gather(v, rows) for k, v in columns.items()}, tf.gather(targets, rows)

        return index.map(gather).prefetch(tf.data.AUTOTUNE)


def as_input(values: np.ndarray) -> np.ndarray | list[bytes]:
    """A column as TensorFlow takes it: strings as a list, for NumPy would cut trailing zeros."""
    return values.tolist() if values.dtype == object else values
