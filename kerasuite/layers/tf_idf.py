"""Bags of words, weighted by how rare each word is."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class TfIdf(keras.layers.Layer):
    """Counts words and weights them: 1 + ln(count) times how rare the word is, at length 1.

    The rarity of word w among n documents, of which d hold it, is 1 + ln((1 + n) / (1 + d)). It is
    a weight that no gradient reaches: `adapt` sets it.

    Args:
        vocabulary_size: how many ids there are.
        special: ids below this are no words and not counted.

    Call arguments:
        inputs: int tensor (batch, length) of ids from 0 to `vocabulary_size` - 1.

    Returns:
        Float tensor (batch, vocabulary_size), of Euclidean length 1 where there is any word.

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Salton, Buckley 1988, "Term-weighting approaches in automatic text retrieval"; the weights
        are those of scikit-learn's TfidfTransformer(sublinear_tf=True).
    """

    def __init__(self, vocabulary_size: int, special: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        (self.vocabulary_size,) = positive_tuple(vocabulary_size, 1, "vocabulary_size")
        if not 0 <= special < vocabulary_size:
            raise ValueError(
                f"`special` must be at least 0 and below `vocabulary_size`={vocabulary_size}. "
                f"Received: special={special}"
            )
        self.special = special

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.rarity = self.add_weight(
            shape=(self.vocabulary_size,), initializer="ones", trainable=False, name="rarity"
        )

    def adapt(self, ids: np.ndarray) -> None:
        """Sets the rarity of each word.

        Args:
            ids: int array (documents, length).
        """
        present = np.zeros(self.vocabulary_size)
        for row in ids:
            present[np.unique(row)] += 1
        rarity = 1 + np.log((1 + len(ids)) / (1 + present))
        self.rarity.assign(rarity.astype("float32"))

    def call(self, inputs: Any) -> Any:
        counts = ops.bincount(ops.cast(inputs, "int32"), minlength=self.vocabulary_size)
        counts = ops.cast(ops.reshape(counts, (-1, self.vocabulary_size)), self.compute_dtype)
        counted = ops.logical_and(counts > 0, ops.arange(self.vocabulary_size) >= self.special)
        words = ops.where(counted, 1 + ops.log(ops.maximum(counts, 1)), 0)
        weighted = words * ops.cast(self.rarity, self.compute_dtype)
        length = ops.sqrt(ops.sum(ops.square(weighted), axis=-1, keepdims=True))
        return weighted / ops.maximum(length, 1e-6)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], self.vocabulary_size)

    def get_config(self) -> dict[str, Any]:
        config = {"vocabulary_size": self.vocabulary_size, "special": self.special}
        return {**super().get_config(), **config}
