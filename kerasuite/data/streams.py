"""A long text as rows that are read side by side, piece by piece."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from kerasuite.text.ids import PAD, START


class Stream:
    """The ids of a text, for models that carry their state from batch to batch.

    Args:
        ids: int [n], none of them PAD.
        steps: how many ids of each row a batch holds.
        characters: how many characters the ids stand for.

    Raises:
        ValueError: if there is no id.
    """

    def __init__(self, ids: np.ndarray, steps: int, characters: int) -> None:
        if not len(ids):
            raise ValueError("a stream needs at least one id. Received: 0 ids")
        self.ids = np.asarray(ids, "int32")
        self.steps = steps
        self.characters = characters

    def __len__(self) -> int:
        return len(self.ids)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        rows, steps = self._shape(batch_size)
        return max(1, (len(self.ids) - steps) // (rows * steps))

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless batches in the order of the text.

        An epoch begins at a place that follows from `seed` and its number alone, so a run that
        starts at `first_epoch` sees what an uninterrupted run sees from there on.

        Args:
            batch_size: how many rows the text is cut into; fewer if it is too short for them.
            seed: of the places.
            first_epoch: the epoch to begin with.

        Returns:
            ({"ids": int32 [rows, steps], "first": bool []}, int32 [rows, steps] next ids).
        """
        rows, steps = self._shape(batch_size)
        count = self.steps_per_epoch(batch_size)
        before = np.concatenate([[START], self.ids[:-1]])
        room = len(self.ids) - rows * steps * count

        def epochs() -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
            epoch = first_epoch
            while True:
                begin = int(np.random.default_rng([seed, epoch]).integers(min(room, steps) + 1))
                part = slice(begin, begin + rows * steps * count)
                yield from _windows(before[part], self.ids[part], rows, steps)
                epoch += 1

        return _dataset(epochs, rows, steps)

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """Every id once as a next id; PAD fills what is left of the last batches.

        Args:
            batch_size: how many rows the text is cut into. Each begins without a state, so that
                fewer rows are measured more truly, and more of them faster.

        Returns:
            As `shuffled_batches`.
        """
        rows, steps = min(batch_size, len(self.ids)), self.steps
        length = -(-len(self.ids) // (rows * steps)) * steps
        after = np.full(rows * length, PAD, "int32")
        after[: len(self.ids)] = self.ids
        before = np.concatenate([[START], after[:-1]])
        windows = _dataset(lambda: _windows(before, after, rows, steps), rows, steps)
        return windows.apply(tf.data.experimental.assert_cardinality(length // steps))

    def _shape(self, batch_size: int) -> tuple[int, int]:
        steps = min(self.steps, len(self.ids))
        return max(1, min(batch_size, len(self.ids) // steps)), steps


def _windows(
    before: np.ndarray, after: np.ndarray, rows: int, steps: int
) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    before, after = before.reshape(rows, -1), after.reshape(rows, -1)
    for start in range(0, after.shape[1], steps):
        window = slice(start, start + steps)
        yield {"ids": before[:, window], "first": np.array(start == 0)}, after[:, window]


def _dataset(windows: object, rows: int, steps: int) -> tf.data.Dataset:
    ids = tf.TensorSpec([rows, steps], tf.int32)
    spec = ({"ids": ids, "first": tf.TensorSpec([], tf.bool)}, ids)
    return tf.data.Dataset.from_generator(windows, output_signature=spec)
