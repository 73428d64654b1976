"""Sentence pairs as ids, in batches of similar length."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasuite.apps.translator.vocabulary import Vocabulary
from kerasuite.data.pairs import Pairs
from kerasuite.text import sequences
from kerasuite.text.buckets import Buckets, choose_widths

_WIDTHS, _MULTIPLE = 5, 4


class Sentences:
    """Pairs of one split with their ids.

    Args:
        pairs: those that are short enough, see `fitting`.
        vocabulary: of both sides.
    """

    def __init__(self, pairs: Pairs, vocabulary: Vocabulary) -> None:
        self.pairs = pairs
        self.vocabulary = vocabulary
        self.sources = vocabulary.sources(
            tf.constant(pairs.sources), language_indices(pairs, vocabulary)
        )
        self.targets = vocabulary.targets(tf.constant(pairs.targets))
        lengths = np.maximum(self.sources.row_lengths(), self.targets.row_lengths() - 1)
        self._lengths = lengths
        self._widths = choose_widths(lengths, _WIDTHS, _MULTIPLE)

    def __len__(self) -> int:
        return len(self.pairs)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        return self._buckets(batch_size).steps_per_epoch()

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless batches ({"source", "target"}, labels), int32 [batch, width] each."""
        return self._padded(self._buckets(batch_size).shuffled(seed, first_epoch))

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """All pairs once, short ones first."""
        buckets = self._buckets(batch_size)
        counts = np.bincount(np.searchsorted(buckets.widths, self._lengths))
        count = int(np.sum(-(-counts // buckets.batch_size)))
        # Keras takes a data set of unknown length for one that ended too early.
        known = tf.data.experimental.assert_cardinality(count)
        return self._padded(buckets.ordered()).apply(known)

    def _buckets(self, batch_size: int) -> Buckets:
        return Buckets(self._lengths, batch_size, self._widths)

    def _padded(self, chosen: tf.data.Dataset) -> tf.data.Dataset:
        def batch(rows: tf.Tensor, width: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            source = sequences.pad(tf.gather(self.sources, rows), width)
            target = sequences.pad(tf.gather(self.targets, rows), width + 1)
            return {"source": source, "target": target[:, :-1]}, target[:, 1:]

        return chosen.map(batch, num_parallel_calls=1).prefetch(4)


def language_indices(pairs: Pairs, vocabulary: Vocabulary) -> tf.Tensor:
    """int32 [pairs]: which of the vocabulary's languages each target is in; 0 without any."""
    known = {code: i for i, code in enumerate(vocabulary.languages)}
    return tf.constant([known.get(code, 0) for code in pairs.target_languages], tf.int32)


def fitting(pairs: Pairs, vocabulary: Vocabulary) -> tuple[Pairs, int]:
    """The pairs neither side of which is too long or without a piece; and how many are left out."""
    sides = ((vocabulary.source, pairs.sources), (vocabulary.target, pairs.targets))
    lengths = [tokenizer.tokenize(tf.constant(side)).row_lengths() for tokenizer, side in sides]
    fits = np.all([(n.numpy() <= vocabulary.longest) & (n.numpy() > 0) for n in lengths], axis=0)
    return pairs.take(np.flatnonzero(fits)), int(np.sum(~fits))


def learned_from(pairs: Pairs, zero_shot: Sequence[str]) -> Pairs:
    """The pairs whose direction is not one of `zero_shot`, such as "es-fr"."""
    ways = zip(pairs.source_languages, pairs.target_languages, strict=True)
    return pairs.take([i for i, way in enumerate(ways) if "-".join(way) not in zero_shot])
