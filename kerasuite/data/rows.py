"""Rows of numbers in memory, and the batches a model learns from."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


class Rows:
    """Examples of numbers with one label each.

    Args:
        values: [n, features].
        labels: int [n].
        dtype: of the values.

    Raises:
        ValueError: if the shapes do not fit.
    """

    def __init__(self, values: np.ndarray, labels: np.ndarray, dtype: str = "float32") -> None:
        self.values, self.labels = np.asarray(values, dtype), np.asarray(labels, "int32")
        if self.values.ndim != 2 or self.labels.shape != self.values.shape[:1]:
            raise ValueError(
                "expected rows [n, features] and labels [n]. Received: shapes "
                f"{self.values.shape} and {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches make one epoch; the last of them may be smaller."""
        return -(-len(self) // batch_size)

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """All rows once, in order: [batch, features] and int32 [batch] labels."""
        return tf.data.Dataset.from_tensor_slices((self.values, self.labels)).batch(batch_size)

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches: [batch, features] and int32 [batch] labels.

        Each epoch holds every row once. Its order follows from `seed` and its number alone, so a
        run that starts at `first_epoch` sees what an uninterrupted run sees from there on.

        Args:
            batch_size: rows per batch.
            seed: the order of all epochs.
            first_epoch: the epoch to begin with.
        """
        values, labels = tf.constant(self.values), tf.constant(self.labels)

        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            order = tf.random.experimental.stateless_shuffle(
                tf.range(len(self)), seed=tf.stack([tf.constant(seed, tf.int64), number])
            )
            return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

        index = tf.data.Dataset.counter(first_epoch).flat_map(epoch)
        return index.map(lambda rows: (tf.gather(values, rows), tf.gather(labels, rows)))

    def take(self, indices: Sequence[int] | np.ndarray) -> "Rows":
        """The rows at `indices`, in that order."""
        chosen = np.asarray(indices, "int64")
        return Rows(self.values[chosen], self.labels[chosen], self.values.dtype)
