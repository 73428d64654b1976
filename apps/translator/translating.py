"""Strings to translations: ids, the net's decoder step by step, and back to strings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.translator.vocabulary import Vocabulary
from kerasuite.models.seq2seq_step import decoding_step, encode
from kerasuite.report.translation_figures import Alignment
from kerasuite.text import END, PAD, START, UNKNOWN, Tokenizer, decoding, sequences

_TIMES, _MORE = 2, 8
"""A translation may have so many times the source's pieces, and so many more."""


class Translated(NamedTuple):
    """Translations, best first.

    Attributes:
        texts: strings [batch, n_best].
        log_probabilities: float32 [batch, n_best], of all pieces and the end.
        decoded: ids and attention behind them.
        sources: int32 [batch, steps], the source's ids.
        truncated: bool [batch], whether the text was longer than the net reads.
    """

    texts: tf.Tensor
    log_probabilities: tf.Tensor
    decoded: decoding.Decoded
    sources: tf.Tensor
    truncated: tf.Tensor


class Translator:
    """Translates with a net and its vocabulary, in the graph.

    Args:
        model: one of `models.seq2seq`, `models.gnmt` or `models.transformer`.
        vocabulary: the ids it was made for.
        beams: hypotheses kept; 1 for greedy.
        n_best: how many translations.
        length_penalty: see `decoding.beam_search`.
        coverage_penalty: likewise.

    Raises:
        InputError: if the net was made for another vocabulary.
    """

    def __init__(
        self,
        model: keras.Model,
        vocabulary: Vocabulary,
        beams: int = 1,
        n_best: int = 1,
        length_penalty: float = 0.0,
        coverage_penalty: float = 0.0,
    ) -> None:
        decoder = model.get_layer("decoder").get_layer("target_embedding")
        encoder = model.get_layer("encoder").get_layer("source_embedding")
        vocabulary.check_fits(encoder.input_dim, decoder.input_dim)
        self.model, self.vocabulary = model, vocabulary
        self.options = {
            "beams": beams,
            "n_best": n_best,
            "length_penalty": length_penalty,
            "coverage_penalty": coverage_penalty,
        }
        strings = tf.TensorSpec([None], tf.string)
        numbers = tf.TensorSpec([None], tf.int32)
        # Traced once for all that is asked, and for the export.
        self.translate = tf.function(self._translate, (strings, numbers), autograph=False)
        self.complete = tf.function(self._translate, (strings, numbers, strings), autograph=False)

    def _translate(
        self, strings: tf.Tensor, languages: tf.Tensor, begin: tf.Tensor | None = None
    ) -> Translated:
        """Translates strings.

        Args:
            strings: [batch], any bytes; an empty one has an empty translation.
            languages: int32 [batch], indices of the wanted languages.
            begin: strings [batch], what the translations must begin with; None for anything.
        """
        vocabulary = self.vocabulary
        pieces, truncated = vocabulary.cut(strings)
        empty = pieces.row_lengths() == 0
        ids = sequences.with_ends(pieces, start=False)
        if vocabulary.languages:
            first = tf.cast(languages, tf.int32)[:, None] + vocabulary.source.vocabulary_size
            ids = tf.concat([first, ids], axis=1)
        # At least one step, so that no text at all is no error.
        source = sequences.pad(ids, tf.reduce_max(tf.concat([[1], ids.row_lengths()], 0)))
        most = _TIMES * tf.cast(pieces.row_lengths(), tf.int32) + _MORE
        if begin is None:
            prefix = tf.where(empty, END, -1)[:, None]
        else:
            forced = vocabulary.target.tokenize(begin)[:, : vocabulary.longest]
            most += tf.cast(forced.row_lengths(), tf.int32)
            prefix = forced.to_tensor(-1)
        decoded = decoding.beam_search(
            decoding_step(self.model),
            tf.fill([tf.shape(source)[0]], START),
            encode(self.model, source),
            end=END,
            max_length=most,
            source_mask=source != PAD,
            prefix=prefix,
            forbidden=(PAD, UNKNOWN, START),
            **self.options,
        )
        shape = tf.shape(decoded.ids)
        flat = tf.reshape(decoded.ids, [shape[0] * shape[1], shape[2]])
        texts = tf.reshape(vocabulary.target.detokenize(flat), shape[:2])
        return Translated(texts, decoded.log_probabilities, decoded, source, truncated)

    def all(
        self, strings: Sequence[str], languages: np.ndarray | tf.Tensor, batch_size: int = 64
    ) -> tuple[list[list[str]], np.ndarray]:
        """Translates a list of strings, short ones together.

        Returns:
            Per string its translations, best first; and float32 [strings, n_best], their
            log-probabilities.
        """
        order = np.argsort([len(s) for s in strings], kind="stable")
        texts: list[list[str]] = [[] for _ in strings]
        logs = np.zeros((len(strings), self.options["n_best"]), "float32")
        languages = np.asarray(languages)
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            given = tf.constant([strings[i] for i in rows])
            found = self.translate(given, tf.constant(languages[rows]))
            logs[rows] = found.log_probabilities.numpy()
            for row, each in zip(rows, found.texts.numpy(), strict=True):
                texts[row] = [text.decode("utf-8", "replace") for text in each]
        return texts, logs

    def aligned(self, strings: Sequence[str], languages: Any) -> list[Alignment]:
        """The best translation of each string with what it attended to; none without attention."""
        found = self.translate(tf.constant(list(strings)), tf.constant(languages, tf.int32))
        attention = found.decoded.extras.get("attention")
        if attention is None:
            return []
        alignments = []
        for i, source in enumerate(found.sources.numpy()):
            length = int(found.decoded.lengths[i, 0])
            pieces = [int(x) for x in source if x != PAD]
            written = found.decoded.ids[i, 0, :length].numpy().tolist()
            alignments.append(
                Alignment(
                    self._names(pieces, self.vocabulary.source),
                    self._names(written, self.vocabulary.target),
                    attention[i, 0, :length, : len(pieces)].numpy(),
                )
            )
        return alignments

    def _names(self, ids: Sequence[int], tokenizer: Tokenizer) -> list[str]:
        """The ids of one sentence as strings, for pictures."""
        size = tokenizer.vocabulary_size
        known = tf.constant([min(i, size - 1) for i in ids], tf.int32)
        names = [n.decode("utf-8", "replace") for n in tokenizer.detokenize(known[:, None]).numpy()]
        special = {END: "end", **{size + i: c for i, c in enumerate(self.vocabulary.languages)}}
        return [special.get(i, name) for i, name in zip(ids, names, strict=True)]


def translator_of(model: keras.Model, vocabulary: Vocabulary, config: Any) -> Translator:
    """The translator with the search that the options name."""
    return Translator(
        model,
        vocabulary,
        config.beams,
        config.n_best,
        config.length_penalty,
        config.coverage_penalty,
    )
