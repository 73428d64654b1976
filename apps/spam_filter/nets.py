"""The nets: what a message's words become, and the classifier on top.

Each is two models in one, `features` and `classifier`, so that a decision can be traced back to
the words by the classifier's gradient: see `words.contributions`.
"""

import keras
from keras import ops

from kerasuite.apps.spam_filter.config import SpamFilterConfig
from kerasuite.layers import LSTM, TfIdf
from kerasuite.text.ids import PAD, SPECIAL

# Single words, pairs, and longer turns of phrase.
WIDTHS = (1, 2, 3, 5)


def net(config: SpamFilterConfig, vocabulary_size: int, classes: int) -> keras.Model:
    """Builds a net, uncompiled.

    Args:
        config: the options.
        vocabulary_size: how many ids there are.
        classes: how many classes.

    Returns:
        int32 (batch, length) ids of words, of any length for an LSTM → float (batch, classes),
        logits. The layer "features" gives what the layer "classifier" takes, together with the ids.
    """
    ids = keras.Input((_length(config),), dtype="int32", name="ids")
    if config.model == "bag":
        features = TfIdf(vocabulary_size, special=len(SPECIAL), name="features")(ids)
    else:
        features = keras.layers.Embedding(
            vocabulary_size,
            config.units,
            embeddings_initializer=keras.initializers.RandomUniform(seed=config.seed),
            name="features",
        )(ids)
    classifier = _classifier(config, features.shape[1:], classes)
    logits = classifier({"features": features, "ids": ids})
    return keras.Model(ids, logits, name=config.model)


def _length(config: SpamFilterConfig) -> int | None:
    """How many ids there are; the LSTM takes any number."""
    return None if config.model == "lstm" else config.length


def _classifier(config: SpamFilterConfig, shape: tuple[int, ...], classes: int) -> keras.Model:
    features = keras.Input(shape, name="features")
    ids = keras.Input((_length(config),), dtype="int32", name="ids")
    seed = config.seed
    if config.model == "bag":
        x = keras.layers.Dropout(config.dropout, seed=seed + 1)(features)
        x = keras.layers.Dense(
            config.units,
            "relu",
            kernel_initializer=keras.initializers.GlorotUniform(seed + 2),
            name="hidden",
        )(x)
    elif config.model == "cnn":
        x = keras.layers.SpatialDropout1D(config.dropout / 2, seed=seed + 1)(features)
        x = keras.layers.Concatenate()(
            [
                keras.layers.GlobalMaxPooling1D()(
                    keras.layers.Conv1D(
                        config.units,
                        width,
                        activation="relu",
                        kernel_initializer=keras.initializers.GlorotUniform(seed + width),
                        name=f"conv{width}",
                    )(x)
                )
                for width in WIDTHS
            ]
        )
    else:
        # Whole words are dropped: rare ones would tell each training message by heart.
        x = keras.layers.Dropout(config.dropout / 2, noise_shape=(None, None, 1), seed=seed + 1)(
            features
        )
        lstm = LSTM(
            config.units,
            return_sequences=True,
            kernel_initializer=keras.initializers.GlorotUniform(seed + 2),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 3),
        )
        # What fills up a short message is not read. There `Bidirectional` answers 0.
        read = ops.not_equal(ids, PAD)
        x = keras.layers.Bidirectional(lstm, name="lstm")(x, mask=read)
        # The words that matter may stand anywhere: each unit's strongest answer above 0 is kept,
        # and beside it what it says of all words in the mean.
        count = ops.maximum(ops.sum(ops.cast(read, x.dtype), axis=1, keepdims=True), 1)
        x = ops.concatenate([ops.relu(ops.max(x, axis=1)), ops.sum(x, axis=1) / count], axis=1)
    x = keras.layers.Dropout(config.dropout, seed=seed + 4)(x)
    logits = keras.layers.Dense(
        classes,
        kernel_initializer=keras.initializers.GlorotUniform(seed + 5),
        dtype="float32",
        name="logits",
    )(x)
    return keras.Model({"features": features, "ids": ids}, logits, name="classifier")
