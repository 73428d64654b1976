"""Sentences about pictures: four decoders on the features of any net of pictures."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
from keras import layers, ops

from kerasuite.layers import LSTM, AttentionRNN, BatchNormalization, MemoryAttention
from kerasuite.layers.arguments import check_fraction
from kerasuite.models.seq2seq_parts import check_sizes, check_word, readable

KINDS = ("show_and_tell", "neuraltalk", "soft_attention", "current_attention")
ATTENTIVE = ("soft_attention", "current_attention")


class _Sizes(NamedTuple):
    vocabulary: int
    units: int
    embedding: int
    dropout: float


def CaptionNet(
    kind: str = "soft_attention",
    vocabulary: int = 10_000,
    feature_shape: Sequence[int] = (7, 7, 1280),
    units: int = 512,
    embedding: int = 256,
    dropout: float = 0.5,
    name: str | None = None,
) -> keras.Model:
    """Builds a net that writes about a picture's features.

    - "show_and_tell": the picture is the LSTM's first input, before the first word.
    - "neuraltalk": the picture is the LSTM's first state.
    - "soft_attention": at each step the previous state says which places of the grid the next word
      is about; what is there goes into the LSTM, times a gate.
    - "current_attention": the same, but the state after the word says it, and what is there goes
      to the output alone.

    Args:
        kind: one of `KINDS`.
        vocabulary: how many ids there are.
        feature_shape: (height, width, channels) of the grid of features.
        units: of the LSTM.
        embedding: size of the words' vectors.
        dropout: share of the features, the words' vectors and the last vectors that is dropped in
            training; of what is attended to, half as much.
        name: of the model; None for `kind`.

    Returns:
        A functional `keras.Model`, {"features" [batch, *feature_shape], "ids" int32 [batch,
        steps]} → {"logits" [batch, steps, vocabulary]}, and for the last two kinds "attention"
        [batch, steps, height * width]. Its layers "encoder" and "decoder" are what
        `models.seq2seq_step` runs step by step.

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Vinyals et al. 2015, "Show and tell", equations 10 to 12; Karpathy & Fei-Fei 2015, "Deep
        visual-semantic alignments", section 3.2; Xu et al. 2015, "Show, attend and tell", sections
        3.1.2 and 4.2; Lu et al. 2017, "Knowing when to look", section 2.2.
    """
    check_word("kind", kind, KINDS)
    check_sizes(vocabulary=vocabulary, units=units, embedding=embedding)
    check_fraction(dropout, "dropout")
    sizes = _Sizes(vocabulary, units, embedding, dropout)
    grid = keras.Input(tuple(feature_shape), name="features")
    encoder = keras.Model(grid, _first_state(kind, grid, sizes), name="encoder")
    ids = keras.Input((None,), dtype="int32", name="ids")
    state = readable(encoder.output)
    decoder = keras.Model({"ids": ids, **state}, _DECODERS[kind](ids, state, sizes), name="decoder")
    features = keras.Input(tuple(feature_shape), name="features")
    known = keras.Input((None,), dtype="int32", name="ids")
    outputs = decoder({"ids": known, **encoder(features)})
    wanted = {key: outputs[key] for key in ("logits", "attention") if key in outputs}
    return keras.Model({"features": features, "ids": known}, wanted, name=name or kind)


def _first_state(kind: str, grid: Any, sizes: _Sizes) -> dict[str, Any]:
    """What is known before the first word, from the features [batch, height, width, channels]."""
    if kind in ATTENTIVE:
        x = _standardized(grid)
        # A channel is dropped at all places: the others would tell what one place does not.
        x = layers.SpatialDropout2D(sizes.dropout, name="drop_features")(x)
        pooled = layers.GlobalAveragePooling2D(name="pool")(x)
        places = layers.Reshape((-1, grid.shape[-1]), name="places")(x)
        memory = layers.Dense(sizes.units, "relu", name="memory")(places)
        # It is read at every step, and tells a picture by heart sooner than one vector does.
        memory = layers.SpatialDropout1D(sizes.dropout / 2, name="drop_memory")(memory)
        return {
            "state_0": layers.Dense(sizes.units, "tanh", name="first_output")(pooled),
            "state_1": layers.Dense(sizes.units, "tanh", name="first_carry")(pooled),
            "memory": memory,
            "keys": layers.Dense(sizes.units, use_bias=False, name="keys")(memory),
        }
    # What all pictures have in common is far larger than what tells them apart: left in, it is
    # nearly all that one vector says, and the LSTM learns to ignore it.
    pooled = layers.GlobalAveragePooling2D(name="pool")(grid)
    pooled = _standardized(pooled)
    pooled = layers.Dropout(sizes.dropout, name="drop_features")(pooled)
    if kind == "neuraltalk":
        first = layers.Dense(sizes.units, "tanh", name="first_output")(pooled)
        return {"state_0": first, "state_1": ops.zeros_like(first)}
    image = layers.Dense(sizes.embedding, name="image")(pooled)
    nothing = ops.repeat(ops.zeros_like(image[:, :1]), sizes.units, axis=1)
    seen = ops.zeros_like(image[:, :1])
    return {"state_0": nothing, "state_1": nothing, "image": image, "seen": seen}


def _standardized(x: Any) -> Any:
    # What is dense afterwards scales and shifts itself.
    return BatchNormalization(momentum=0.9, center=False, scale=False, name="standardize")(x)


def _embedded(ids: Any, sizes: _Sizes) -> Any:
    vectors = layers.Embedding(sizes.vocabulary, sizes.embedding, name="target_embedding")(ids)
    return layers.Dropout(sizes.dropout, name="drop_words")(vectors)


def _logits(x: Any, sizes: _Sizes) -> Any:
    x = layers.Dropout(sizes.dropout, name="drop_output")(x)
    return layers.Dense(sizes.vocabulary, dtype="float32", name="logits")(x)


def _lstm(sizes: _Sizes) -> LSTM:
    return LSTM(sizes.units, return_sequences=True, return_state=True, name="lstm")


def _show_and_tell(ids: Any, state: dict[str, Any], sizes: _Sizes) -> dict[str, Any]:
    lstm = _lstm(sizes)
    before = [state["state_0"], state["state_1"]]
    _, *shown = lstm(ops.expand_dims(state["image"], 1), initial_state=before)
    # Of one that has seen the picture, the first step is thrown away.
    first = [ops.where(state["seen"] > 0, a, b) for a, b in zip(before, shown, strict=True)]
    x, output, carry = lstm(_embedded(ids, sizes), initial_state=first)
    seen = ops.ones_like(state["seen"])
    return {"logits": _logits(x, sizes), "state_0": output, "state_1": carry, "seen": seen}


def _neuraltalk(ids: Any, state: dict[str, Any], sizes: _Sizes) -> dict[str, Any]:
    before = [state["state_0"], state["state_1"]]
    x, output, carry = _lstm(sizes)(_embedded(ids, sizes), initial_state=before)
    return {"logits": _logits(x, sizes), "state_0": output, "state_1": carry}


def _soft_attention(ids: Any, state: dict[str, Any], sizes: _Sizes) -> dict[str, Any]:
    words = _embedded(ids, sizes)
    rnn = AttentionRNN(sizes.units, attend="previous", gated=True, name="attention_rnn")
    before = [state["state_0"], state["state_1"]]
    x, weights, after = rnn(words, state["keys"], state["memory"], _all_places(state), before)
    # Equation 7: the last word, the state and the context each have their say.
    said = words + layers.Dense(sizes.embedding, name="say")(x)
    return {
        "logits": _logits(said, sizes),
        "attention": weights,
        "state_0": after[0],
        "state_1": after[1],
    }


def _current_attention(ids: Any, state: dict[str, Any], sizes: _Sizes) -> dict[str, Any]:
    words = _embedded(ids, sizes)
    before = [state["state_0"], state["state_1"]]
    x, output, carry = _lstm(sizes)(words, initial_state=before)
    attend = MemoryAttention("additive", name="attention")
    context, weights = attend(x, state["keys"], state["memory"], _all_places(state))
    context = context * layers.Dense(1, "sigmoid", name="gate")(x)
    said = layers.Dense(sizes.embedding, name="say")(ops.concatenate([x, context], axis=-1))
    return {
        "logits": _logits(words + said, sizes),
        "attention": weights,
        "state_0": output,
        "state_1": carry,
    }


def _all_places(state: dict[str, Any]) -> Any:
    return ops.ones_like(state["memory"][..., 0], dtype="bool")


_DECODERS: dict[str, Callable[[Any, dict[str, Any], _Sizes], dict[str, Any]]] = {
    "show_and_tell": _show_and_tell,
    "neuraltalk": _neuraltalk,
    "soft_attention": _soft_attention,
    "current_attention": _current_attention,
}
