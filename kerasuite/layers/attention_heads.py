"""Scaled dot-product attention by several heads, of queries, keys and values that are given."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import check_fraction, positive_tuple

# Added to the score of what must not be looked at; finite, so that nothing at all gives no nan.
_NEVER = -1e9


@keras.saving.register_keras_serializable(package="kerasuite")
class AttentionHeads(keras.layers.Layer):
    """What queries find in values, by how well they match the keys.

    The layer has no weights: queries, keys and values are projected before it. So a decoder can
    keep the keys and values of earlier steps, and project each step once.

    Args:
        heads: into how many parts the features are divided, each with weights of its own.
        causal: whether queries are the last of the steps that the keys are of, and none looks at
            later ones.
        dropout: share of the weights dropped in training.

    Call arguments:
        query: float [batch, queries, units], units a multiple of `heads`.
        keys: float [batch, steps, units].
        values: float [batch, steps, units].
        allowed: bool [batch, steps], which steps may be looked at; left out, all.
        training: whether to drop weights.

    Returns:
        What was found, [batch, queries, units], and the weights [batch, heads, queries, steps].

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Vaswani et al. 2017, "Attention is all you need", sections 3.2.1 and 3.2.2.
    """

    def __init__(
        self, heads: int, causal: bool = False, dropout: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        (self.heads,) = positive_tuple(heads, 1, "heads")
        check_fraction(dropout, "dropout")
        self.causal, self.dropout = causal, dropout
        self.drop = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(
        self, query_shape: Any, keys_shape: Any, values_shape: Any, allowed_shape: Any = None
    ) -> None:
        if query_shape[-1] % self.heads:
            raise ValueError(
                f"The units must be a multiple of `heads`. Received: {query_shape[-1]} units, "
                f"heads={self.heads}"
            )

    def call(
        self, query: Any, keys: Any, values: Any, allowed: Any = None, training: bool = False
    ) -> tuple[Any, Any]:
        scale = (query.shape[-1] // self.heads) ** -0.5
        query, keys, values = (self._split(x) for x in (query * scale, keys, values))
        scores = ops.cast(ops.matmul(query, ops.transpose(keys, (0, 1, 3, 2))), "float32")
        if self.causal:
            queries, steps = ops.shape(query)[2], ops.shape(keys)[2]
            last = ops.arange(queries)[:, None] + (steps - queries)
            scores = ops.where(ops.arange(steps)[None] <= last, scores, _NEVER)
        if allowed is not None:
            scores = ops.where(allowed[:, None, None], scores, _NEVER)
        weights = ops.cast(ops.softmax(scores), self.compute_dtype)
        found = ops.matmul(self.drop(weights, training=training), values)
        found = ops.transpose(found, (0, 2, 1, 3))
        shape = ops.shape(found)
        return ops.reshape(found, (shape[0], shape[1], -1)), weights

    def compute_output_spec(
        self, query: Any, keys: Any, values: Any, allowed: Any = None, training: bool = False
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        weights = (query.shape[0], self.heads, query.shape[1], keys.shape[1])
        return (
            keras.KerasTensor(query.shape, self.compute_dtype),
            keras.KerasTensor(weights, self.compute_dtype),
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "causal": self.causal,
            "dropout": self.dropout,
        }

    def _split(self, x: Any) -> Any:
        """[batch, steps, units] to [batch, heads, steps, units of a head]."""
        shape = ops.shape(x)
        x = ops.reshape(x, (shape[0], shape[1], self.heads, x.shape[-1] // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))
