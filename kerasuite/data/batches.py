"""Which examples make up which batch: the order of every split of every kind."""

import tensorflow as tf


def steps_per_epoch(count: int, batch_size: int) -> int:
    """How many batches of `shuffled_indices` make one epoch of `count` examples."""
    return max(1, count // batch_size)


def ordered_indices(count: int, batch_size: int) -> tf.data.Dataset:
    """int32 [batch] indices of all examples once, in order; the last batch holds what is left."""
    return tf.data.Dataset.range(count, output_type=tf.int32).batch(batch_size)


def shuffled_indices(
    count: int, batch_size: int, seed: int, first_epoch: int = 0
) -> tf.data.Dataset:
    """Endless shuffled batches of indices, int32 [batch].

    The order within epoch e follows from `seed` and e alone, so a run that starts at
    `first_epoch` sees what an uninterrupted run sees from there on. An epoch has
    `steps_per_epoch(count, batch_size)` full batches; examples left over sit out that epoch. With
    fewer examples than `batch_size`, a batch is all of them.

    Args:
        count: how many examples there are, at least one.
        batch_size: examples per batch.
        seed: the order of all epochs.
        first_epoch: the epoch to begin with.

    Raises:
        ValueError: if there is no example.
    """
    if not count:
        raise ValueError("there are no examples to shuffle. Received: count=0")
    steps = steps_per_epoch(count, batch_size)
    width = min(batch_size, count)

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(
            tf.range(count), seed=tf.stack([tf.constant(seed, tf.int64), number])
        )
        return tf.data.Dataset.from_tensor_slices(
            tf.reshape(order[: steps * width], [steps, width])
        )

    return tf.data.Dataset.counter(first_epoch).flat_map(epoch)


class Examples:
    """Examples of a split that are gathered by their indices.

    A subclass says how many there are (`__len__`) and how batches of them are gathered.
    """

    def __len__(self) -> int:
        raise NotImplementedError

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of indices, int32 [batch], to batches of examples."""
        raise NotImplementedError

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        return steps_per_epoch(len(self), batch_size)

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """All examples once, in order; the last batch holds what is left."""
        return self.gathered(ordered_indices(len(self), batch_size))

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches; see `shuffled_indices`."""
        return self.gathered(shuffled_indices(len(self), batch_size, seed, first_epoch))
