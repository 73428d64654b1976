"""Features into sentences: beam search in the graph, and back to strings."""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from scipy.special import log_softmax

from kerasuite.models.seq2seq_step import decoding_step, encode
from kerasuite.text import END, PAD, START, UNKNOWN, Tokenizer, decoding


class Written(NamedTuple):
    """Captions, best first.

    Attributes:
        texts: strings [batch, n_best].
        log_probabilities: float32 [batch, n_best], of all words and the end.
        decoded: ids and attention behind them.
    """

    texts: tf.Tensor
    log_probabilities: tf.Tensor
    decoded: decoding.Decoded


class Writer:
    """Writes captions with a net and its words, in the graph.

    Args:
        net: a `models.captioner.CaptionNet`.
        tokenizer: the words that it was made for.
        longest: words of a caption at most.
        languages: how many it can write in, if they are told apart; the ids that say so follow
            the words'.
        beams, n_best, length_penalty: see `decoding.beam_search`.
    """

    def __init__(
        self,
        net: keras.Model,
        tokenizer: Tokenizer,
        longest: int,
        languages: int = 0,
        beams: int = 1,
        n_best: int = 1,
        length_penalty: float = 0.0,
    ) -> None:
        self.net, self.tokenizer, self.longest = net, tokenizer, longest
        self.languages = languages
        self.options = {"beams": beams, "n_best": n_best, "length_penalty": length_penalty}
        features = tf.TensorSpec([None, *net.input["features"].shape[1:]], tf.float32)
        starts = tf.TensorSpec([None], tf.int32)
        # Traced once for all that is asked, and for the export.
        self._write = tf.function(self._search, (features, starts), autograph=False)

    def write(self, features: tf.Tensor, languages: tf.Tensor | int = 0) -> Written:
        """Captions of features [batch, ...], in the languages of these numbers [batch]."""
        languages = tf.broadcast_to(tf.cast(languages, tf.int32), tf.shape(features)[:1])
        return self._write(features, self.starts(languages))

    def starts(self, languages: Any) -> Any:
        """The id that a caption in each of these languages begins with; whole numbers."""
        return languages + (self.tokenizer.vocabulary_size if self.languages else START)

    def _search(self, features: tf.Tensor, starts: tf.Tensor) -> Written:
        marks = range(self.tokenizer.vocabulary_size, self.net.output["logits"].shape[-1])
        decoded = decoding.beam_search(
            decoding_step(self.net),
            starts,
            encode(self.net, features),
            end=END,
            max_length=self.longest + 1,
            forbidden=(PAD, UNKNOWN, START, *marks),
            stop_early=False,
            **self.options,
        )
        shape = tf.shape(decoded.ids)
        flat = tf.reshape(decoded.ids, [shape[0] * shape[1], shape[2]])
        texts = tf.reshape(self.tokenizer.detokenize(flat), shape[:2])
        return Written(texts, decoded.log_probabilities, decoded)

    def words(self, ids: tf.Tensor) -> tf.Tensor:
        """Each id of [batch, steps] as a string; the end is "(end)", and what follows it ""."""
        shape = tf.shape(ids)
        texts = tf.reshape(self.tokenizer.detokenize(tf.reshape(ids, [-1, 1])), shape)
        return tf.where(ids == END, "(end)", texts)

    def all(
        self, features: np.ndarray, languages: np.ndarray | int = 0, batch_size: int = 64
    ) -> list[str]:
        """The best caption of each picture, in the languages of these numbers."""
        found: list[str] = []
        languages = np.broadcast_to(np.asarray(languages, "int32"), len(features))
        for start in range(0, len(features), batch_size):
            piece = tf.constant(features[start : start + batch_size], tf.float32)
            numbers = tf.constant(languages[start : start + batch_size])
            texts = self.write(piece, numbers).texts[:, 0].numpy()
            found += [text.decode("utf-8", "replace") for text in texts]
        return found


def log_probabilities(
    writer: Writer, features: np.ndarray, written: np.ndarray, languages: np.ndarray | int = 0
) -> np.ndarray:
    """The log-probability of captions that were written, word by word, without any search.

    Args:
        writer: whose net is asked.
        features: of n pictures.
        written: ids [n, steps], the end included. (A text may be split otherwise than it was
            written: no space is left between two quotation marks.)
        languages: numbers of the captions' languages.

    Returns:
        float64 [n].
    """
    starts = writer.starts(np.broadcast_to(languages, len(written)))
    found = []
    for feature, row, first in zip(features, written, starts, strict=True):
        ids = np.array([[first, *row[row != PAD]]], "int32")
        given = {"features": feature[None].astype("float32"), "ids": ids[:, :-1]}
        logits = np.asarray(writer.net.predict_on_batch(given)["logits"], "float64")[0]
        logs = log_softmax(logits, axis=-1)
        found.append(logs[np.arange(len(logs)), ids[0, 1:]].sum())
    return np.array(found)
