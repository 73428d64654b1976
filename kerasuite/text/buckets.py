"""Batches of sequences of similar length, in few shapes: less padding, no step traced twice."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf


class Buckets:
    """Sorts sequences by length into batches that are padded to one of a few widths.

    Args:
        lengths: int [n], of the sequences.
        batch_size: sequences per batch.
        widths: to which a batch may be padded, in rising order, the last at least the longest
            length; None for `choose_widths(lengths)`.
        parts: how many equal parts the sequences consist of, one after another; each epoch of
            `shuffled` takes the next one.

    Raises:
        ValueError: if there is no sequence, or one is longer than the last width.
    """

    def __init__(
        self,
        lengths: Sequence[int] | np.ndarray,
        batch_size: int,
        widths: Sequence[int] = (),
        parts: int = 1,
    ) -> None:
        self.lengths = np.asarray(lengths, "int64")
        self.widths = tuple(widths) or choose_widths(self.lengths)
        self.parts = parts
        self.batch_size = min(batch_size, len(self.lengths) // parts)
        if not len(self.lengths) or self.lengths.max() > self.widths[-1]:
            raise ValueError(
                f"expected at least one sequence and none above the last of widths {self.widths}. "
                f"Received: {len(self.lengths)} of length {self.lengths.max(initial=0)} at most"
            )
        self._bucket = np.searchsorted(self.widths, self.lengths)

    def steps_per_epoch(self) -> int:
        """How many batches of `shuffled` make one epoch."""
        return len(self.lengths) // self.parts // self.batch_size

    def shuffled(self, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches, all of the same size.

        The order within epoch e follows from `seed` and e alone, so a run that starts at
        `first_epoch` sees what an uninterrupted run sees from there on. Sequences that fill no
        batch sit out the epoch.

        Returns:
            int32 [batch] indices of sequences, and the int32 width to pad them to.
        """

        def epochs() -> Iterator[tuple[np.ndarray, int]]:
            epoch = first_epoch
            while True:
                yield from self._epoch(np.random.default_rng([seed, epoch]), epoch % self.parts)
                epoch += 1

        return _dataset(epochs)

    def ordered(self) -> tf.data.Dataset:
        """All sequences once, short ones first; the last batch of each width may be smaller.

        Returns:
            As `shuffled`, of a length that is known: Keras takes a data set of unknown length for
            one that ended too early.
        """

        def batches() -> Iterator[tuple[np.ndarray, int]]:
            for bucket, width in enumerate(self.widths):
                rows = np.flatnonzero(self._bucket == bucket)
                for start in range(0, len(rows), self.batch_size):
                    yield rows[start : start + self.batch_size], width

        counts = np.bincount(self._bucket)
        count = int(np.sum(-(-counts // self.batch_size)))
        return _dataset(batches).apply(tf.data.experimental.assert_cardinality(count))

    def _epoch(self, random: np.random.Generator, part: int) -> list[tuple[np.ndarray, int]]:
        """What does not fill a batch of its width joins the next wider ones."""
        batches: list[tuple[np.ndarray, int]] = []
        left = np.array([], "int64")
        size = len(self.lengths) // self.parts
        first = part * size
        buckets = self._bucket[first : first + size]
        for bucket, width in enumerate(self.widths):
            own = first + np.flatnonzero(buckets == bucket)
            rows = random.permutation(np.concatenate([left, own]))
            full = len(rows) // self.batch_size
            chunks = rows[: full * self.batch_size].reshape(full, self.batch_size)
            batches += [(chunk, width) for chunk in chunks]
            left = rows[full * self.batch_size :]
        return [batches[i] for i in random.permutation(len(batches))]


def choose_widths(
    lengths: Sequence[int] | np.ndarray, count: int = 4, multiple: int = 8
) -> tuple[int, ...]:
    """Widths that hold about equally many sequences each.

    Args:
        lengths: int [n], of the sequences.
        count: how many widths there may be.
        multiple: widths are multiples of it.
    """
    shares = np.linspace(0, 1, count + 1)[1:]
    tops = np.quantile(np.asarray(lengths), shares, method="higher") if len(lengths) else [1]
    return tuple(sorted({max(1, -(-int(top) // multiple)) * multiple for top in tops}))


def _dataset(batches: object) -> tf.data.Dataset:
    spec = (tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32))
    return tf.data.Dataset.from_generator(batches, output_signature=spec)
