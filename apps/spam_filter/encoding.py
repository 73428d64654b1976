"""From raw messages to the ids of their words, the same in training and in the SavedModel."""

import numpy as np
import tensorflow as tf

from kerasuite.data.messages import Messages
from kerasuite.data.rows import Rows
from kerasuite.text import PAD, Tokenizer
from kerasuite.text.mail import Headers, plain_mail

_BATCH = 64


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


def plain_texts(messages: Messages, headers: Headers) -> np.ndarray:
    """What `plain_mail` makes of messages: UTF-8 bytes, object [n]."""
    read = tf.data.Dataset.from_tensor_slices(messages.raw).batch(_BATCH)
    read = read.map(lambda raw: plain_mail(raw, headers), num_parallel_calls=tf.data.AUTOTUNE)
    return np.concatenate(list(read.as_numpy_iterator()))


def word_ids(texts: tf.Tensor, tokenizer: Tokenizer, length: int) -> tf.Tensor:
    """int32 [batch, length], the ids of the first words of texts [batch], filled up with PAD."""
    return tokenizer.tokenize(texts).to_tensor(PAD, shape=(None, length))
