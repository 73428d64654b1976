"""Google's neural machine translation system: deep residual LSTM layers with one attention."""

from typing import Any

import keras
from keras import layers

from kerasuite.layers import MemoryAttention
from kerasuite.layers.arguments import check_fraction
from kerasuite.models.seq2seq_parts import (
    SCORES,
    assembled,
    check_sizes,
    check_word,
    encoder_inputs,
    keys_of,
    readable,
    recurrent,
    shifted,
    target_inputs,
    without_padding,
)


def GNMT(
    source_vocabulary: int = 32_000,
    target_vocabulary: int = 32_000,
    units: int = 1024,
    depth: int = 8,
    attention: str = "additive",
    attend: str = "previous",
    dropout: float = 0.2,
    tie_output: bool = False,
    output_context: bool = False,
    first_residual: int = 3,
    name: str = "gnmt",
) -> keras.Model:
    """Builds GNMT: `depth` LSTM layers on either side, residual from the third from below on.

    The encoder's bottom layer reads in both directions, with `units` each (see `first_residual`).
    The decoder's bottom layer alone is asked what to attend to; the context goes into all layers
    above it, so each layer computes all steps of a known target at once. The decoder begins with
    the encoder's states: what it begins with is not said in the paper.

    Args:
        source_vocabulary: how many source ids there are.
        target_vocabulary: how many target ids there are.
        units: of each layer and of the embeddings.
        depth: layers of the encoder, and of the decoder, at least 2.
        attention: "additive", as in the paper, which is what "concat" is too, or Luong's "dot" or
            "general".
        attend: whether the query is the bottom layer's "previous" output, as in the paper, or the
            "current" one.
        dropout: share of each layer's inputs dropped in training.
        tie_output: whether the output's weights are the target's embeddings.
        output_context: whether the context goes to the output, too, by Luong's attentional vector.
            In the paper it reaches the output through recurrent layers alone.
        first_residual: which layer from below, counted from 1, is the first that is residual; at
            least 2. With 2, each direction of the encoder's bottom layer has half of the units, so
            that the second layer's inputs are as wide as its outputs, and the decoder's bottom
            layer begins with the states of both; else with those of the forward direction.
        name: of the model.

    Returns:
        A `keras.Model`; see `models.seq2seq` for its inputs and outputs.

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Wu et al. 2016, "Google's neural machine translation system: bridging the gap between human
        and machine translation", section 3.
    """
    check_sizes(
        source_vocabulary=source_vocabulary,
        target_vocabulary=target_vocabulary,
        units=units,
        depth=depth,
        first_residual=first_residual,
    )
    if depth < 2:
        raise ValueError(f"`depth` must be at least 2. Received: depth={depth}")
    if first_residual < 2:
        raise ValueError(
            f"`first_residual` must be at least 2. Received: first_residual={first_residual}"
        )
    check_word("attention", attention, tuple(SCORES))
    check_word("attend", attend, ("previous", "current"))
    check_fraction(dropout, "dropout")
    if first_residual == 2 and units % 2:
        raise ValueError(f"`units` must be even with first_residual=2. Received: units={units}")
    encoder = _encoder(source_vocabulary, units, depth, attention, dropout, first_residual)
    decoder = _decoder(
        encoder, target_vocabulary, units, depth, attention, attend, dropout, tie_output,
        output_context, first_residual,
    )  # fmt: skip
    return assembled(encoder, decoder, name)


def _encoder(
    vocabulary: int, units: int, depth: int, attention: str, dropout: float, first_residual: int
) -> keras.Model:
    source, mask, x = encoder_inputs(vocabulary, units, dropout)
    halved = first_residual == 2
    each = units // 2 if halved else units
    forward, *states = recurrent("lstm", each, x, mask, name="forward_0")
    backward, *before = recurrent("lstm", each, x, mask, backward=True, name="backward_0")
    if halved:
        states = [layers.Concatenate()(pair) for pair in zip(states, before, strict=True)]
    x = layers.Concatenate(name="both_directions")([forward, backward])
    for i in range(1, depth):
        below = x
        x, *after = recurrent("lstm", units, layers.Dropout(dropout)(x), mask, name=f"encoder_{i}")
        x = x + below if i + 1 >= first_residual else x
        states += after
    outputs = {f"state_{i}": state for i, state in enumerate(states)}
    x = without_padding(x, mask)
    outputs |= {"memory": x, "keys": keys_of(x, attention, units), "memory_mask": mask}
    return keras.Model(source, outputs, name="encoder")


def _decoder(
    encoder: keras.Model, vocabulary: int, units: int, depth: int, attention: str, attend: str,
    dropout: float, tie: bool, output_context: bool, first_residual: int,
) -> keras.Model:  # fmt: skip
    given = readable(encoder.output)
    ids, x, embed = target_inputs(vocabulary, units, dropout, tie)
    begin = [given["state_0"], given["state_1"]]
    x, *after = recurrent("lstm", units, x, state=begin, name="decoder_0")
    query = shifted(x, begin[0]) if attend == "previous" else x
    context, weights = MemoryAttention(SCORES[attention], name="attention")(
        query, given["keys"], given["memory"], given["memory_mask"]
    )
    for i in range(1, depth):
        below = x
        x = layers.Dropout(dropout)(layers.Concatenate()([x, context]))
        begin = [given[f"state_{2 * i}"], given[f"state_{2 * i + 1}"]]
        x, *new = recurrent("lstm", units, x, state=begin, name=f"decoder_{i}")
        x = x + below if i + 1 >= first_residual else x
        after += new
    if output_context:
        x = layers.Concatenate()([x, context])
        x = layers.Dense(units, "tanh", name="attentional_vector")(x)
    logits = embed(layers.Dropout(dropout)(x), reverse=True)
    outputs: dict[str, Any] = {f"state_{i}": state for i, state in enumerate(after)}
    return keras.Model(
        {"ids": ids, **given}, {"logits": logits, "attention": weights, **outputs}, name="decoder"
    )
