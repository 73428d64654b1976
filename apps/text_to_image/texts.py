"""Texts as the nets read them, and the pairs they learn from."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasuite import text
from kerasuite.data.batches import Examples
from kerasuite.data.captioned import Captioned
from kerasuite.text import Tokenizer, sequences
from kerasuite.text.ids import UNKNOWN

RULES = text.Rules(case="lower")


class Pairs(Examples):
    """Each caption of a split with its picture.

    Args:
        part: the split.
        tokenizer: of its words.
        longest: words that are kept of a caption.
    """

    def __init__(self, part: Captioned, tokenizer: Tokenizer, longest: int) -> None:
        self.numbers, self.captions = part.pairs()
        self.images = part.pictures.array(range(len(part)))
        self.ids = read(tokenizer, self.captions, longest).numpy()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def pictures(self) -> np.ndarray:
        """The picture of each caption, uint8 [captions, height, width, 3]."""
        return self.images[self.numbers]

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of pictures from -1 to 1, and int32 ids."""
        with tf.device("CPU"):
            images, numbers = tf.constant(self.images), tf.constant(self.numbers)
            ids = tf.constant(self.ids)

        def gather(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pictures = tf.gather(images, tf.gather(numbers, rows))
            return tf.cast(pictures, tf.float32) / 127.5 - 1.0, tf.gather(ids, rows)

        return index.map(gather, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def read(tokenizer: Tokenizer, texts: Sequence[str] | tf.Tensor, longest: int) -> tf.Tensor:
    """Texts as int32 ids [texts, longest], padded with 0; one without a word is an unknown word."""
    texts = texts if isinstance(texts, tf.Tensor) else tf.constant(list(texts))
    words, _ = sequences.truncate(tokenizer.tokenize(texts), longest)
    ids = tf.ensure_shape(sequences.pad(words, longest), [None, longest])
    first = tf.where(ids[:, :1] == 0, tf.constant(UNKNOWN, ids.dtype), ids[:, :1])
    return tf.concat([first, ids[:, 1:]], axis=1)
