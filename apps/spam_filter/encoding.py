"""From raw messages to the ids of their words, the same in training and in the SavedModel."""

import numpy as np
import tensorflow as tf

from kerasuite.data.messages import Messages
from kerasuite.data.rows import Rows
from kerasuite.text import PAD, Tokenizer
from kerasuite.text.buckets import Buckets, choose_widths
from kerasuite.text.mail import Headers, plain_mail

_BATCH = 64
_WIDTHS = 8


class EncodedMessages(Rows):
    """Messages as ids of words, with what they were made from.

    Args:
        messages: the raw messages and their classes.
        texts: string [n], what `plain_mail` made of them.
        tokenizer: of words.
        length: how many words are read.
    """

    def __init__(
        self, messages: Messages, texts: np.ndarray, tokenizer: Tokenizer, length: int
    ) -> None:
        ids = [
            word_ids(tf.constant(texts[i : i + _BATCH]), tokenizer, length).numpy()
            for i in range(0, len(texts), _BATCH)
        ]
        super().__init__(np.concatenate(ids), messages.labels, "int32")
        self.raw, self.texts = messages.raw, texts


class MessagesByLength(EncodedMessages):
    """The same in batches of messages of similar length, which end where the longest of them does.

    For nets that do not read what fills up short messages: of SpamAssassin's, half have less than a
    third of the words that are read of a long one.
    """

    def steps_per_epoch(self, batch_size: int) -> int:
        return self._buckets(batch_size).steps_per_epoch()

    def batches(self, batch_size: int) -> tf.data.Dataset:
        return self._cut(self._buckets(batch_size).ordered())

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        return self._cut(self._buckets(batch_size).shuffled(seed, first_epoch))

    def _buckets(self, batch_size: int) -> Buckets:
        lengths = (self.values != PAD).sum(axis=1)
        return Buckets(lengths, batch_size, choose_widths(lengths, _WIDTHS))

    def _cut(self, chosen: tf.data.Dataset) -> tf.data.Dataset:
        values, labels = tf.constant(self.values), tf.constant(self.labels)
        return chosen.map(
            lambda rows, width: (tf.gather(values, rows)[:, :width], tf.gather(labels, rows))
        )


def plain_texts(messages: Messages, headers: Headers) -> np.ndarray:
    """What `plain_mail` makes of messages: UTF-8 bytes, object [n]."""
    read = tf.data.Dataset.from_tensor_slices(messages.raw).batch(_BATCH)
    read = read.map(lambda raw: plain_mail(raw, headers), num_parallel_calls=tf.data.AUTOTUNE)
    return np.concatenate(list(read.as_numpy_iterator()))


def word_ids(texts: tf.Tensor, tokenizer: Tokenizer, length: int) -> tf.Tensor:
    """int32 [batch, length], the ids of the first words of texts [batch], filled up with PAD."""
    return tokenizer.tokenize(texts).to_tensor(PAD, shape=(None, length))
