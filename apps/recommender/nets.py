"""A net for ratings and two towers for retrieval, learned side by side in one model."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from kerasuite.apps.recommender.config import RecommenderConfig
from kerasuite.data.rating_states import STATE_SIZE
from kerasuite.data.splits import Info

RATING_NET, USER_TOWER, ITEM_TOWER = "rating_net", "user_tower", "item_tower"


def build_net(config: RecommenderConfig, info: Info, frequencies: np.ndarray) -> keras.Model:
    """Builds the model.

    Args:
        config: the options.
        info: of the data.
        frequencies: float [items + 1], the share of each item among the training ratings.

    Returns:
        A functional model: "user" and "item" int32 [batch], "state" [batch, STATE_SIZE] to
        "rating" [batch, 1], and "affinity" [batch, batch]: of each user to each item of the batch,
        less the logarithm of the item's frequency, for popular items are in more batches (Yi 2019,
        section 4).
    """
    inputs = _inputs()
    tags = tag_matrix(column(info, "tags"))
    users, items = len(column(info, "user")) + 1, len(column(info, "item")) + 1
    rating = rating_net(config, users, items, tags, info.mean[0])
    user_tower = _tower(config, users, "user", None)
    item_tower = _tower(config, items, "item", tags)
    likeness = ops.matmul(user_tower(inputs["user"]), ops.transpose(item_tower(inputs["item"])))
    log_frequency = np.log(np.maximum(frequencies, 1e-9))[:, None]
    common = _table(log_frequency, "log_frequency")(inputs["item"])
    affinity = likeness / config.temperature - ops.transpose(common)
    outputs = {"rating": rating(inputs), "affinity": affinity}
    return keras.Model(inputs, outputs, name=config.model)


def rating_net(
    config: RecommenderConfig, users: int, items: int, tags: np.ndarray, mean: float
) -> keras.Model:
    """Builds what foretells ratings: biases, and what the model adds (He 2017, section 3).

    Of an unknown user or item, number 0, only the biases of the other and the mean are left.
    """
    inputs = _inputs()
    user, item, state = inputs["user"], inputs["item"], inputs["state"]
    penalty = keras.regularizers.L2(config.penalty)
    bias = {"activity_regularizer": keras.regularizers.L2(config.penalty / 2)}
    bias["embeddings_initializer"] = "zeros"
    tagged = _table(tags, "tags")(item)
    known_user = ops.cast(ops.expand_dims(user > 0, -1), "float32")
    known_item = ops.cast(ops.expand_dims(item > 0, -1), "float32")
    drift = layers.Dense(16, "relu", name="drift_hidden")(state)
    terms = [
        known_user * layers.Embedding(users, 1, name="user_bias", **bias)(user),
        known_user * layers.Dense(1, kernel_initializer="zeros", name="drift")(drift),
        known_item * layers.Embedding(items, 1, name="item_bias", **bias)(item),
        layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="tag_bias")(tagged),
    ]
    both = known_user * known_item
    if config.model in ("gmf", "neumf"):
        p, q = _vectors(config, users, items, user, item, tagged, "gmf", penalty)
        # With the output's weights fixed to one, GMF is matrix factorisation (He 2017, 3.2).
        terms.append(both * ops.sum(p * q, axis=-1, keepdims=True))
    if config.model in ("mlp", "neumf"):
        p, q = _vectors(config, users, items, user, item, tagged, "mlp", penalty)
        x = layers.Concatenate(name="mlp_input")([p, q])
        for i, units in enumerate(config.hidden_units, 1):
            x = layers.Dense(units, "relu", name=f"hidden{i}")(x)
            x = layers.Dropout(config.dropout, name=f"dropout{i}")(x)
        terms.append(both * layers.Dense(1, kernel_initializer="zeros", name="mlp_output")(x))
    total = layers.Add(name="all_terms")(terms)
    answer = layers.Rescaling(1.0, mean, dtype="float32", name="rating")(total)
    return keras.Model(inputs, answer, name=RATING_NET)


def tag_matrix(tags: tuple[str, ...]) -> np.ndarray:
    """The tags of the items, float32 [items + 1, tags], 1 where an item has one; row 0 is zero."""
    known = sorted({tag for text in tags for tag in text.split("|") if tag})
    place = {tag: i for i, tag in enumerate(known)}
    matrix = np.zeros((len(tags) + 1, max(1, len(known))), "float32")
    for row, text in enumerate(tags, 1):
        matrix[row, [place[tag] for tag in text.split("|") if tag]] = 1
    return matrix


def column(info: Info, name: str) -> tuple[Any, ...]:
    """What is known of the values of a column."""
    return next(values for n, _, values in info.columns if n == name)


def _inputs() -> dict[str, keras.KerasTensor]:
    return {
        "user": keras.Input((), dtype="int32", name="user"),
        "item": keras.Input((), dtype="int32", name="item"),
        "state": keras.Input((STATE_SIZE,), name="state"),
    }


def _vectors(
    config: RecommenderConfig, users: int, items: int, user: Any, item: Any, tagged: Any,
    part: str, penalty: keras.regularizers.Regularizer,
) -> tuple[Any, Any]:  # fmt: skip
    """The vectors of users and items; an item's is the sum of its own and of its tags'."""
    options = {"embeddings_initializer": keras.initializers.RandomNormal(stddev=0.1)}
    options["activity_regularizer"] = penalty
    p = layers.Embedding(users, config.factors, name=f"{part}_user", **options)(user)
    q = layers.Embedding(items, config.factors, name=f"{part}_item", **options)(item)
    of_tags = layers.Dense(
        config.factors, use_bias=False, activity_regularizer=penalty, name=f"{part}_tags"
    )(tagged)
    return p, q + of_tags


def _tower(
    config: RecommenderConfig, count: int, name: str, tags: np.ndarray | None
) -> keras.Model:
    number = keras.Input((), dtype="int32", name=name)
    vector = layers.Embedding(count, config.factors, name=f"{name}_vector")(number)
    if tags is not None:
        tagged = _table(tags, "tower_tags")(number)
        vector += layers.Dense(config.factors, use_bias=False, name="tags_vector")(tagged)
    vector = layers.UnitNormalization(name=f"{name}_unit")(vector)
    return keras.Model(number, vector, name=USER_TOWER if name == "user" else ITEM_TOWER)


def _table(values: np.ndarray, name: str) -> layers.Embedding:
    """Looks up rows that do not learn."""
    layer = layers.Embedding(*values.shape, trainable=False, name=name)
    layer.build()
    layer.set_weights([values])
    return layer
