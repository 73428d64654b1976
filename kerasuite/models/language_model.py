"""Recurrent language models: the next id from all before it."""

from typing import Any, Literal

import keras

from kerasuite.layers import GRU, LSTM

CELLS = {"lstm": LSTM, "gru": GRU}
_STATES = {"lstm": ("h", "c"), "gru": ("h",)}


def RecurrentLanguageModel(
    vocabulary_size: int,
    units: int = 512,
    layers: int = 2,
    cell: Literal["lstm", "gru"] = "lstm",
    embedding_size: int | None = None,
    tied: bool = False,
    dropout: float = 0.0,
    variational: bool = True,
    recurrent_dropout: float = 0.0,
    dtype: str | None = None,
    name: str | None = None,
) -> keras.Model:
    """Builds a stack of recurrent layers between an embedding and the logits of the next id.

    The state goes in and comes out, so that a text can be read in pieces.

    Args:
        vocabulary_size: how many ids there are.
        units: of each recurrent layer.
        layers: how many there are.
        cell: "lstm" or "gru".
        embedding_size: numbers per id; None for `units`.
        tied: whether the embedding's matrix also gives the logits; what the last layer says is
            brought to `embedding_size` before, if that differs from `units`.
        dropout: share of the numbers between layers that is set to zero in training.
        variational: whether `dropout` falls on the same numbers at every step of a sequence.
        recurrent_dropout: share of the state that is set to zero, the same at every step.
        dtype: policy of the layers; None for Keras's global one.
        name: of the model; None for cell, layers and units.

    Returns:
        A model from [ids int32 (batch, length), states (batch, units) of each layer from the
        first, h and then c for an LSTM] to [logits float32 (batch, length, vocabulary_size),
        states after the last id, in the same order].

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Karpathy 2015, The unreasonable effectiveness of recurrent neural networks; Press & Wolf
        2017, Using the output embedding to improve language models, section 3 (tied); Gal &
        Ghahramani 2016, A theoretically grounded application of dropout in recurrent neural
        networks, section 5 (variational).
    """
    _check(cell=cell, units=units, layers=layers, vocabulary_size=vocabulary_size)
    embedding_size = embedding_size or units
    drop = keras.layers.SpatialDropout1D if variational else keras.layers.Dropout
    embed = _embedding(vocabulary_size, embedding_size, tied, dtype)
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = embed(ids)
    states: list[Any] = []
    after: list[Any] = []
    for layer in range(1, layers + 1):
        own = [keras.Input((units,), name=f"{part}{layer}") for part in _STATES[cell]]
        x = drop(dropout, dtype=dtype, name=f"dropout{layer}")(x) if dropout else x
        x, *new = CELLS[cell](
            units,
            return_sequences=True,
            return_state=True,
            recurrent_dropout=recurrent_dropout,
            dtype=dtype,
            name=f"{cell}{layer}",
        )(x, initial_state=own)
        states += own
        after += new
    x = drop(dropout, dtype=dtype, name="dropout_out")(x) if dropout else x
    if tied and embedding_size != units:
        x = keras.layers.Dense(embedding_size, dtype=dtype, name="projection")(x)
    if tied:
        logits = embed(x, reverse=True)
    else:
        logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")(x)
    name = name or f"{cell}_{layers}x{units}"
    return keras.Model([ids, *states], [logits, *after], name=name)


def _check(cell: str, **sizes: int) -> None:
    if cell not in CELLS:
        raise ValueError(f"`cell` must be one of {', '.join(CELLS)}. Received: cell={cell!r}")
    for argument, value in sizes.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"`{argument}` must be at least 1. Received: {argument}={value}")


def _embedding(count: int, size: int, tied: bool, dtype: str | None) -> keras.layers.Layer:
    if tied:
        return keras.layers.ReversibleEmbedding(
            count, size, reverse_dtype="float32", dtype=dtype, name="embedding"
        )
    return keras.layers.Embedding(count, size, dtype=dtype, name="embedding")
