"""Attention of queries to a memory whose keys were made beforehand."""

from typing import Any

import keras
from keras import ops

SCORES = ("dot", "additive")


@keras.saving.register_keras_serializable(package="kerasuite")
class MemoryAttention(keras.layers.Layer):
    """Weighs the steps of a memory by how well their keys fit each query.

    The keys do not change while a sentence is written, so they come from outside and are made
    once. Luong's "dot" is the score "dot" with the memory as its own keys, his "general" the same
    with keys made by a `Dense` layer; his "concat" and Bahdanau's net are "additive" with such
    keys, since a product with two vectors side by side is a sum of two products.

    Args:
        score: "dot" for query · key, or "additive" for v · tanh(W query + key).

    Call arguments:
        query: float [batch, steps, query units].
        keys: float [batch, source steps, key units]; for "dot" as many units as the query's.
        memory: float [batch, source steps, units].
        memory_mask: bool [batch, source steps], false for padding.

    Returns:
        The contexts [batch, steps, units], and the weights [batch, steps, source steps], which
        add up to 1 over the source and are 0 for padding.

    Raises:
        ValueError: if the score is another word.

    Reference:
        Bahdanau et al. 2015, "Neural machine translation by jointly learning to align and
        translate", appendix A.1.2; Luong et al. 2015, "Effective approaches to attention-based
        neural machine translation", section 3.1.
    """

    def __init__(self, score: str = "dot", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if score not in SCORES:
            raise ValueError(f"`score` must be one of {', '.join(SCORES)}. Received: score={score}")
        self.score = score

    def build(
        self,
        query_shape: tuple[int | None, ...],
        keys_shape: tuple[int | None, ...],
        memory_shape: tuple[int | None, ...],
        memory_mask_shape: tuple[int | None, ...],
    ) -> None:
        if self.score == "additive":
            units = keys_shape[-1]
            self.kernel = self.add_weight(shape=(query_shape[-1], units), name="kernel")
            self.vector = self.add_weight(shape=(units,), initializer="normal", name="vector")

    def call(self, query: Any, keys: Any, memory: Any, memory_mask: Any) -> tuple[Any, Any]:
        if self.score == "dot":
            scores = ops.matmul(query, ops.swapaxes(keys, 1, 2))
        else:
            hidden = ops.tanh(ops.matmul(query, self.kernel)[:, :, None] + keys[:, None])
            scores = ops.sum(hidden * self.vector, axis=-1)
        # In float32: a softmax over many steps in 16 bits would not add up to 1.
        scores = ops.where(memory_mask[:, None], ops.cast(scores, "float32"), -1e9)
        weights = ops.softmax(scores, axis=-1)
        return ops.matmul(ops.cast(weights, memory.dtype), memory), weights

    def compute_output_spec(
        self, query: Any, keys: Any, memory: Any, memory_mask: Any
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        steps = query.shape[:2]
        return (
            keras.KerasTensor((*steps, memory.shape[-1]), dtype=self.compute_dtype),
            keras.KerasTensor((*steps, memory.shape[1]), dtype="float32"),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "score": self.score}
