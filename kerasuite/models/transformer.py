"""The Transformer: the yardstick for the recurrent translators."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasuite.layers import AttentionHeads, NoSteps, SinusoidalPositions
from kerasuite.layers.arguments import check_fraction
from kerasuite.models.seq2seq_parts import (
    assembled,
    check_sizes,
    encoder_inputs,
    readable,
    target_inputs,
)

_EPSILON = 1e-6


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
        A `keras.Model`; see `models.seq2seq` for its inputs and outputs. What the decoder carries
        from step to step are the keys and values of the steps so far, of each block; those of the
        memory are the encoder's outputs.

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
    x = SinusoidalPositions()(x)
    for i in range(depth):
        name = f"encoder_{i}_self"
        y = _normalised(x, name)
        x, _ = _attended(x, y, _keys_and_values(y, units, name), sizes, name, allowed=mask)
        x = _fed_forward(x, sizes, f"encoder_{i}_feed_forward")
    memory = layers.LayerNormalization(epsilon=_EPSILON)(x)
    told = {"memory_mask": mask}
    for i in range(depth):
        keys, values = _keys_and_values(memory, units, f"decoder_{i}_source")
        told |= {f"memory_keys_{i}": keys, f"memory_values_{i}": values}
        told |= {f"state_keys_{i}": NoSteps()(keys), f"state_values_{i}": NoSteps()(values)}
    encoder = keras.Model(source, told, name="encoder")

    ids, x, embed = target_inputs(target_vocabulary, units, dropout, tie_output)
    given = readable(encoder.output)
    x = SinusoidalPositions()(x, past=given["state_keys_0"])
    outputs = {}
    for i in range(depth):
        name = f"decoder_{i}_self"
        y = _normalised(x, name)
        past = given[f"state_keys_{i}"], given[f"state_values_{i}"]
        new = _keys_and_values(y, units, name)
        known = [layers.Concatenate(axis=1)(pair) for pair in zip(past, new, strict=True)]
        outputs |= {f"state_keys_{i}": known[0], f"state_values_{i}": known[1]}
        x, _ = _attended(x, y, known, sizes, name, causal=True)
        name = f"decoder_{i}_source"
        memory = given[f"memory_keys_{i}"], given[f"memory_values_{i}"]
        y = _normalised(x, name)
        x, weights = _attended(x, y, memory, sizes, name, allowed=given["memory_mask"])
        x = _fed_forward(x, sizes, f"decoder_{i}_feed_forward")
    outputs["logits"] = embed(layers.LayerNormalization(epsilon=_EPSILON)(x), reverse=True)
    outputs["attention"] = ops.mean(weights, axis=1)
    decoder = keras.Model({"ids": ids, **given}, outputs, name="decoder")
    return assembled(encoder, decoder, name)


def _normalised(x: Any, name: str) -> Any:
    return layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_norm")(x)


def _keys_and_values(x: Any, units: int, name: str) -> list[Any]:
    return [layers.Dense(units, name=f"{name}_{part}")(x) for part in ("keys", "values")]


def _attended(
    x: Any, y: Any, known: Sequence[Any], sizes: tuple[Any, ...], name: str,
    causal: bool = False, allowed: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """x and what y, the same normalised, finds in what is known; and [batch, heads, to, from]."""
    units, heads, _, dropout = sizes
    query = layers.Dense(units, name=f"{name}_query")(y)
    look = AttentionHeads(heads, causal, dropout, name=name)
    found, weights = look(query, *known) if allowed is None else look(query, *known, allowed)
    found = layers.Dense(units, name=f"{name}_output")(found)
    return x + layers.Dropout(dropout)(found), weights


def _fed_forward(x: Any, sizes: tuple[Any, ...], name: str) -> Any:
    units, _, hidden, dropout = sizes
    y = _normalised(x, name)
    y = layers.Dense(hidden, "relu", name=f"{name}_in")(y)
    y = layers.Dense(units, name=f"{name}_out")(layers.Dropout(dropout)(y))
    return x + layers.Dropout(dropout)(y)
