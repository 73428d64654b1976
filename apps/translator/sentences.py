"""Sentence pairs as ids, in batches of similar length."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasuite.apps.translator.vocabulary import Vocabulary
from kerasuite.data.pairs import Pairs
from kerasuite.text import sequences
from kerasuite.text.buckets import Buckets, choose_widths

# Many widths, as no step is traced for a width of its own: a fifth less padding than of 5.
_WIDTHS, _MULTIPLE = 16, 2


class Sentences:
    """Pairs of one split with their ids.

    Args:
        pairs: those that are short enough, see `fitting`.
        vocabulary: of both sides.
        segmentations: ways to split each sentence, drawn at random, of which each epoch takes the
            next; 1 for the best one alone.
        seed: of what is drawn.
    """

    def __init__(
        self, pairs: Pairs, vocabulary: Vocabulary, segmentations: int = 1, seed: int = 0
    ) -> None:
        self.pairs = pairs
        self.vocabulary = vocabulary
        self.segmentations = segmentations
        self._seed = seed

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
        return self._padded(self._buckets(batch_size).ordered())

    @functools.cached_property
    def _ids(self) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Sources and targets, of one segmentation after the other."""
        sources, targets = tf.constant(self.pairs.sources), tf.constant(self.pairs.targets)
        languages, vocabulary = language_indices(self.pairs, self.vocabulary), self.vocabulary
        if self.segmentations == 1:
            return vocabulary.sources(sources, languages), vocabulary.targets(targets)
        seeds = np.random.default_rng(self._seed).integers(2**31, size=(self.segmentations, 2))
        drawn = [
            (vocabulary.sources(sources, languages, int(a)), vocabulary.targets(targets, int(b)))
            for a, b in seeds
        ]
        return tuple(tf.concat(side, axis=0) for side in zip(*drawn, strict=True))

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        sources, targets = self._ids
        return np.maximum(sources.row_lengths(), targets.row_lengths() - 1)

    def _buckets(self, batch_size: int) -> Buckets:
        widths = choose_widths(self._lengths, _WIDTHS, _MULTIPLE)
        return Buckets(self._lengths, batch_size, widths, self.segmentations)

    def _padded(self, chosen: tf.data.Dataset) -> tf.data.Dataset:
        sources, targets = self._ids

        def batch(rows: tf.Tensor, width: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            source = sequences.pad(tf.gather(sources, rows), width)
            target = sequences.pad(tf.gather(targets, rows), width + 1)
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
