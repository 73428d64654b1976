"""What the encoder-decoders share: inputs, recurrent layers, keys, and putting the two together."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasuite.layers import GRU, LSTM

CELLS = {"lstm": LSTM, "gru": GRU}
SCORES = {"dot": "dot", "general": "dot", "concat": "additive", "additive": "additive"}
"""The score of `MemoryAttention` for each kind of attention."""


def check_sizes(**sizes: int) -> None:
    """Raises ValueError for a size that is no positive integer."""
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value}")


def check_word(name: str, value: str, known: tuple[str, ...]) -> None:
    """Raises ValueError for a word that is not known."""
    if value not in known:
        raise ValueError(f"`{name}` must be one of {', '.join(known)}. Received: {name}={value}")


def _initializer(units: int) -> keras.initializers.Initializer:
    # Variance 1 / units: where the output shares them, logits are about 1 at first.
    return keras.initializers.RandomNormal(stddev=units**-0.5)


def _read(embed: layers.Layer, ids: Any, dropout: float) -> Any:
    """Embeddings with numbers of about 1, some dropped.

    As small as they are stored, each recurrent layer would make less of them at first: the third
    one's outputs would be thousandths, and the net slow to find out what to attend to.
    """
    return layers.Dropout(dropout)(embed(ids)) * embed.output_dim**0.5


def target_inputs(
    vocabulary: int, units: int, dropout: float, tie: bool
) -> tuple[Any, Any, layers.ReversibleEmbedding]:
    """The target ids, their embeddings, and the layer that with `reverse=True` gives logits."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    embed = layers.ReversibleEmbedding(
        vocabulary, units, tie_weights=tie, embeddings_initializer=_initializer(units),
        name="target_embedding",
    )  # fmt: skip
    return ids, _read(embed, ids, dropout), embed


def encoder_inputs(
    vocabulary: int, units: int, dropout: float, reverse: bool = False
) -> tuple[Any, Any, Any]:
    """The source ids, bool [batch, steps] which of them are no padding, and their embeddings.

    With `reverse`, both the mask and the embeddings are of the source read from its end.
    """
    source = keras.Input((None,), dtype="int32", name="source")
    ids = ops.flip(source, axis=1) if reverse else source
    embed = layers.Embedding(
        vocabulary, units, embeddings_initializer=_initializer(units), name="source_embedding"
    )
    return source, ops.not_equal(ids, 0), _read(embed, ids, dropout)


def recurrent(
    cell: str,
    units: int,
    x: Any,
    mask: Any = None,
    state: Sequence[Any] | None = None,
    backward: bool = False,
    name: str | None = None,
) -> list[Any]:
    """The outputs of a recurrent layer at every step, and its states at the end."""
    layer = CELLS[cell](
        units, return_sequences=True, return_state=True, go_backwards=backward, name=name
    )
    outputs, *after = layer(x, initial_state=state, mask=mask)
    return [ops.flip(outputs, axis=1) if backward else outputs, *after]


def without_padding(x: Any, mask: Any) -> Any:
    """x [batch, steps, units] with zeros for padding, and without Keras's own mask."""
    return x * ops.cast(ops.expand_dims(mask, -1), x.dtype)


def keys_of(memory: Any, attention: str, units: int) -> Any:
    """What queries of `units` are compared with: the memory itself for "dot"."""
    if attention == "dot":
        return memory
    return layers.Dense(units, use_bias=False, name="keys")(memory)


def shifted(x: Any, first: Any) -> Any:
    """[batch, steps, units], each step's value moved to the next, with `first` in front."""
    return ops.concatenate([ops.expand_dims(first, 1), x[:, :-1]], axis=1)


def readable(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs for a decoder, of the names and forms of an encoder's outputs."""
    return {name: keras.Input(x.shape[1:], dtype=x.dtype, name=name) for name, x in outputs.items()}


def assembled(encoder: keras.Model, decoder: keras.Model, name: str) -> keras.Model:
    """The model that is trained: {"source", "target"} → logits [batch, steps, vocabulary]."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    logits = decoder({"ids": target, **encoder(source)})["logits"]
    return keras.Model({"source": source, "target": target}, logits, name=name)
