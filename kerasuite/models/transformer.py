"""The Transformer, of Keras's own layers: the yardstick for the recurrent translators."""

from typing import Any

import keras
from keras import layers, ops

from kerasuite.layers import SinusoidalPositions
from kerasuite.layers.arguments import check_fraction
from kerasuite.models.seq2seq_parts import (
    assembled,
    check_sizes,
    encoder_inputs,
    readable,
    target_embedding,
)


def Transformer(
    source_vocabulary: int,
    target_vocabulary: int,
    units: int = 512,
    depth: int = 6,
    heads: int = 8,
    feed_forward: int = 2048,
    dropout: float = 0.1,
    tie_output: bool = True,
    name: str = "transformer",
) -> keras.Model:
    """Builds an encoder-decoder of self-attention, normalised before each part.

    Args:
        source_vocabulary: how many source ids there are.
        target_vocabulary: how many target ids there are.
        units: of each step.
        depth: blocks of the encoder, and of the decoder.
        heads: of each attention; `units` must be a multiple of it.
        feed_forward: units between the two dense layers of each block.
        dropout: share of each part's outputs, and of attention weights, dropped in training.
        tie_output: whether the output's weights are the target's embeddings.
        name: of the model.

    Returns:
        A `keras.Model`; see `models.seq2seq` for its inputs and outputs. The decoder carries no
        states: it reads all ids so far each time.

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Vaswani et al. 2017, "Attention is all you need"; the place of the normalisation is that of
        Xiong et al. 2020, "On layer normalization in the Transformer architecture".
    """
    check_sizes(
        source_vocabulary=source_vocabulary, target_vocabulary=target_vocabulary, units=units,
        depth=depth, heads=heads, feed_forward=feed_forward,
    )  # fmt: skip
    check_fraction(dropout, "dropout")
    if units % heads or units % 2:
        raise ValueError(
            "`units` must be even and a multiple of `heads`. "
            f"Received: units={units}, heads={heads}"
        )
    sizes = (units, heads, feed_forward, dropout)
    source, mask, x = encoder_inputs(source_vocabulary, units, dropout)
    x = SinusoidalPositions()(x * units**0.5)
    for i in range(depth):
        x, _ = _attended(x, None, mask, sizes, f"encoder_{i}_self")
        x = _fed_forward(x, sizes, f"encoder_{i}_feed_forward")
    memory = layers.LayerNormalization(epsilon=1e-6)(x)
    encoder = keras.Model(source, {"memory": memory, "memory_mask": mask}, name="encoder")

    ids = keras.Input((None,), dtype="int32", name="ids")
    given = readable(encoder.output)
    embed = target_embedding(target_vocabulary, units, tie_output)
    x = SinusoidalPositions()(layers.Dropout(dropout)(embed(ids)) * units**0.5)
    for i in range(depth):
        x, _ = _attended(x, None, None, sizes, f"decoder_{i}_self")
        x, weights = _attended(
            x, given["memory"], given["memory_mask"], sizes, f"decoder_{i}_source"
        )
        x = _fed_forward(x, sizes, f"decoder_{i}_feed_forward")
    logits = embed(layers.LayerNormalization(epsilon=1e-6)(x), reverse=True)
    outputs = {"logits": logits, "attention": ops.mean(weights, axis=1)}
    decoder = keras.Model({"ids": ids, **given}, outputs, name="decoder")
    return assembled(encoder, decoder, name)


def _attended(x: Any, memory: Any, mask: Any, sizes: tuple[Any, ...], name: str) -> tuple[Any, Any]:
    """x and what it attended to: itself, or a memory; and the weights [batch, heads, to, from].

    The decoder's attention to itself, which has no mask, looks only backwards.
    """
    units, heads, _, dropout = sizes
    attention = layers.MultiHeadAttention(heads, units // heads, dropout=dropout, name=name)
    y = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm")(x)
    y, weights = attention(
        y,
        y if memory is None else memory,
        attention_mask=None if mask is None else ops.expand_dims(mask, 1),
        use_causal_mask=mask is None,
        return_attention_scores=True,
    )
    return x + layers.Dropout(dropout)(y), weights


def _fed_forward(x: Any, sizes: tuple[Any, ...], name: str) -> Any:
    units, _, hidden, dropout = sizes
    y = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm")(x)
    y = layers.Dense(hidden, "relu", name=f"{name}_in")(y)
    y = layers.Dense(units, name=f"{name}_out")(layers.Dropout(dropout)(y))
    return x + layers.Dropout(dropout)(y)
