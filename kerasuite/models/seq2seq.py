"""Encoder-decoders of LSTM or GRU layers: Sutskever's, Bahdanau's and Luong's.

Every model here takes {"source", "target"}, int32 ids padded with 0 behind, and gives the logits of
the next target id at each step: `target` begins with the start id. Its layers "encoder" and
"decoder" are models themselves, which `seq2seq_step` runs one step at a time:

- encoder: source → {"memory", "keys", "memory_mask", "state_0", …}, what the decoder needs of it;
- decoder: the same with "ids" → {"logits", "attention", "state_0", …}.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from kerasuite.layers import AttentionRNN, MemoryAttention
from kerasuite.layers.arguments import check_fraction
from kerasuite.models.seq2seq_parts import (
    CELLS,
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


def EncoderDecoder(
    source_vocabulary: int,
    target_vocabulary: int,
    units: int = 256,
    depth: int = 2,
    cell: str = "lstm",
    attention: str = "general",
    attend: str = "current",
    feeding: bool = False,
    bidirectional: bool = True,
    reverse_source: bool = False,
    dropout: float = 0.2,
    tie_output: bool = True,
    name: str = "encoder_decoder",
) -> keras.Model:
    """Builds a translator whose encoder and decoder have `depth` recurrent layers each.

    The decoder begins with the states that the encoder ended with. Without `feeding`, attention
    changes nothing in the recurrent layers: all steps of a known target are computed at once.

    Args:
        source_vocabulary: how many source ids there are.
        target_vocabulary: how many target ids there are.
        units: of each layer and of the embeddings; the two directions of the bottom layer have
            half of them each.
        depth: layers of the encoder, and of the decoder.
        cell: "lstm" or "gru".
        attention: "none"; Luong's "dot", "general" or "concat"; "additive" is Bahdanau's, which is
            computed as "concat" is.
        attend: whether the query is the top layer's "current" output (Luong) or the "previous" one
            (Bahdanau).
        feeding: whether what was attended to goes into the bottom layer: the context at once with
            "previous", the attentional vector at the next step with "current".
        bidirectional: whether the encoder's bottom layer reads in both directions.
        reverse_source: whether the source is read from its end (Sutskever).
        dropout: share of each layer's inputs dropped in training.
        tie_output: whether the output's weights are the target's embeddings.
        name: of the model.

    Returns:
        A `keras.Model`, see above.

    Raises:
        ValueError: if an argument is out of range, or arguments do not go together.

    Reference:
        Sutskever et al. 2014, "Sequence to sequence learning with neural networks"; Bahdanau et al.
        2015; Luong et al. 2015.
    """
    check_sizes(
        source_vocabulary=source_vocabulary,
        target_vocabulary=target_vocabulary,
        units=units,
        depth=depth,
    )
    check_word("cell", cell, tuple(CELLS))
    check_word("attention", attention, ("none", *SCORES))
    check_word("attend", attend, ("current", "previous"))
    check_fraction(dropout, "dropout")
    if feeding and attention == "none":
        raise ValueError("`feeding` needs attention. Received: feeding=True, attention=none")
    if bidirectional and units % 2:
        raise ValueError(
            f"`units` must be even for a bidirectional encoder. Received: units={units}"
        )
    encoder = _encoder(
        source_vocabulary, units, depth, cell, attention, bidirectional, reverse_source, dropout,
        fed_later=feeding and attend == "current",
    )  # fmt: skip
    decoder = _decoder(
        encoder, target_vocabulary, units, depth, cell, attention, attend, feeding, dropout,
        tie_output,
    )  # fmt: skip
    return assembled(encoder, decoder, name)


def _encoder(
    vocabulary: int, units: int, depth: int, cell: str, attention: str, bidirectional: bool,
    reverse: bool, dropout: float, fed_later: bool,
) -> keras.Model:  # fmt: skip
    source, mask, x = encoder_inputs(vocabulary, units, dropout, reverse)
    states: list[Any] = []
    for i in range(depth):
        if i:
            x = layers.Dropout(dropout)(x)
        if i == 0 and bidirectional:
            half = units // 2
            forward, *after = recurrent(cell, half, x, mask, name="forward_0")
            backward, *before = recurrent(cell, half, x, mask, backward=True, name="backward_0")
            x = layers.Concatenate(name="both_directions")([forward, backward])
            states += [layers.Concatenate()(pair) for pair in zip(after, before, strict=True)]
        else:
            x, *after = recurrent(cell, units, x, mask, name=f"encoder_{i}")
            states += after
    if fed_later:  # nothing was attended to before the first step
        states.append(ops.zeros_like(states[0]))
    outputs = {f"state_{i}": state for i, state in enumerate(states)}
    if attention != "none":
        x = without_padding(x, mask)
        outputs |= {"memory": x, "keys": keys_of(x, attention, units), "memory_mask": mask}
    return keras.Model(source, outputs, name="encoder")


def _decoder(
    encoder: keras.Model, vocabulary: int, units: int, depth: int, cell: str, attention: str,
    attend: str, feeding: bool, dropout: float, tie: bool,
) -> keras.Model:  # fmt: skip
    given = readable(encoder.output)
    ids, x, embed = target_inputs(vocabulary, units, dropout, tie)
    states = [given[f"state_{i}"] for i in range(len(encoder.output) - 3 * (attention != "none"))]
    outputs: dict[str, Any] = {}
    if feeding:
        x, weights, after = _fed(x, given, states, units, depth, cell, attention, attend, dropout)
        outputs["attention"] = weights
    else:
        per_layer = len(states) // depth
        first, after = states[per_layer * (depth - 1)], []
        for i in range(depth):
            if i:
                x = layers.Dropout(dropout)(x)
            begin = states[per_layer * i : per_layer * (i + 1)]
            x, *new = recurrent(cell, units, x, state=begin, name=f"decoder_{i}")
            after += new
        if attention != "none":
            query = shifted(x, first) if attend == "previous" else x
            context, outputs["attention"] = MemoryAttention(SCORES[attention], name="attention")(
                query, given["keys"], given["memory"], given["memory_mask"]
            )
            x = layers.Concatenate()([x, context])
    if attention != "none" and not (feeding and attend == "current"):
        x = layers.Dense(units, "tanh", name="attentional_vector")(x)
    x = layers.Dropout(dropout)(x)
    outputs |= {"logits": embed(x, reverse=True)}
    outputs |= {f"state_{i}": state for i, state in enumerate(after)}
    return keras.Model({"ids": ids, **given}, outputs, name="decoder")


def _fed(
    x: Any, given: Mapping[str, Any], states: list[Any], units: int, depth: int, cell: str,
    attention: str, attend: str, dropout: float,
) -> tuple[Any, Any, list[Any]]:  # fmt: skip
    rnn = AttentionRNN(units, depth, cell, SCORES[attention], attend, dropout, name="attention_rnn")
    memory = (given["keys"], given["memory"], given["memory_mask"])
    return rnn(x, *memory, initial_state=states)
