"""The SavedModel's functions: who → what to watch, and who and what → a rating."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.recommender.nets import ITEM_TOWER, RATING_NET, USER_TOWER, column
from kerasuite.data.splits import Info
from kerasuite.export.signature import Check, Signature


class Catalogue:
    """What retrieval needs beside the towers, of the training part.

    Args:
        info: of the data.
        seen: bool [users + 1, items + 1], what each user has rated.
    """

    def __init__(self, info: Info, seen: np.ndarray) -> None:
        self.users, self.items = column(info, "user"), column(info, "item")
        self.titles = column(info, "title")
        self.states = np.array(column(info, "state"), "float32")
        self.least, self.most = column(info, "rating")
        self.seen = seen
        counts = seen[1:].sum(axis=0)
        # For users who are not known: all of them together.
        self.popularity = (np.log1p(counts) / np.log1p(len(self.users) + 1)).astype("float32")


def retrieval_scores(
    model: keras.Model, users: np.ndarray, catalogue: Catalogue, new: bool
) -> np.ndarray:
    """The score of each item for each user, float32 [n, items + 1]; -inf for those left out.

    Args:
        model: what `nets.build_net` returned.
        users: int32 [n], 0 for unknown ones, who get the popularity of the items.
        catalogue: of the training part.
        new: whether what a user has rated is left out.
    """
    vectors = item_vectors(model, catalogue)
    mine = keras.ops.convert_to_numpy(model.get_layer(USER_TOWER)(users))
    scores = np.where(users[:, None] > 0, mine @ vectors.T, catalogue.popularity)
    scores[:, 0] = -np.inf
    if new:
        scores[catalogue.seen[users]] = -np.inf
    return scores


def item_vectors(model: keras.Model, catalogue: Catalogue) -> np.ndarray:
    """The vector of each item, float32 [items + 1, factors]."""
    numbers = np.arange(len(catalogue.items) + 1, dtype="int32")
    return keras.ops.convert_to_numpy(model.get_layer(ITEM_TOWER)(numbers))


def recommender_signatures(
    model: keras.Model, catalogue: Catalogue, top_k: int
) -> dict[str, Signature]:
    """Returns the functions that the model is served by."""
    vectors = tf.constant(item_vectors(model, catalogue))
    popularity = tf.constant(catalogue.popularity)
    # One bit per user and item, not four bytes: only what was rated is listed.
    seen = tf.RaggedTensor.from_row_lengths(
        np.nonzero(catalogue.seen)[1].astype("int32"), catalogue.seen.sum(axis=1)
    )
    names = tf.constant(["", *catalogue.items])
    titles = tf.constant(["", *catalogue.titles])
    states = tf.constant(catalogue.states)
    look_up = {
        "user": keras.layers.StringLookup(vocabulary=list(catalogue.users)),
        "item": keras.layers.StringLookup(vocabulary=list(catalogue.items)),
    }
    top_k = min(top_k, len(catalogue.items))

    def find(user: tf.Tensor, new: bool) -> dict[str, tf.Tensor]:
        number = tf.cast(look_up["user"](user), tf.int32)
        mine = model.get_layer(USER_TOWER)(number)
        scores = tf.matmul(mine, vectors, transpose_b=True)
        scores = tf.where(number[:, None] > 0, scores, popularity[None])
        left_out = tf.one_hot(0, tf.shape(vectors)[0], on_value=True, off_value=False)[None]
        if new:
            rated = tf.gather(seen, number)
            places = tf.stack([tf.cast(rated.value_rowids(), tf.int32), rated.values], axis=-1)
            counts = tf.scatter_nd(places, tf.ones_like(rated.values), tf.shape(scores))
            left_out = left_out | (counts > 0)
        found, places = tf.math.top_k(tf.where(left_out, -np.inf, scores), k=top_k)
        # Who has rated all but a few items gets those, and empty places.
        there = tf.math.is_finite(found)
        places = tf.where(there, places, 0)
        return {
            "items": tf.gather(names, places),
            "titles": tf.gather(titles, places),
            "scores": tf.where(there, found, 0.0),
        }

    def rate(user: tf.Tensor, item: tf.Tensor) -> dict[str, tf.Tensor]:
        number = tf.cast(look_up["user"](user), tf.int32)
        given = {"user": number, "item": tf.cast(look_up["item"](item), tf.int32)}
        given["state"] = tf.gather(states, number)
        answer = model.get_layer(RATING_NET)(given, training=False)[:, 0]
        return {"rating": tf.clip_by_value(answer, catalogue.least, catalogue.most)}

    user, item = (tf.TensorSpec([None], tf.string, name) for name in ("user", "item"))
    tables = tuple(look_up.values())
    return {
        "serving_default": Signature(
            lambda user: find(user, new=True),
            (user,),
            {"user": "text"},
            f"ids of users → for each the {top_k} best items that were not rated yet; popular "
            "ones for unknown users",
            resources=tables,
        ),
        "with_seen": Signature(
            lambda user: find(user, new=False),
            (user,),
            {"user": "text"},
            "the same, with what was rated",
            resources=tables,
        ),
        "rating": Signature(
            rate,
            (user, item),
            {"user": "column", "item": "column"},
            "ids of users and items → the rating to be expected; what is unknown counts as "
            "without bias",
            resources=tables,
        ),
    }


def recommender_checks(
    model: keras.Model, catalogue: Catalogue, top_k: int, predicted: dict[str, np.ndarray]
) -> dict[str, Check]:
    """Returns ids and the Keras model's own answers to them.

    Args:
        predicted: "user" and "item" int32 [n] of the test split, and the "rating" of each.
    """
    users = np.arange(min(8, len(catalogue.users) + 1), dtype="int32")
    ids = np.array([b"nobody", *(u.encode() for u in catalogue.users)], object)
    item_ids = np.array([b"nothing", *(i.encode() for i in catalogue.items)], object)
    checks = {}
    for name, new in (("serving_default", True), ("with_seen", False)):
        scores = retrieval_scores(model, users, catalogue, new)
        best = -np.sort(-scores, axis=1)[:, : min(top_k, len(catalogue.items))]
        answers = {"scores": np.where(np.isfinite(best), best, 0).astype("float32")}
        checks[name] = Check({"user": ids[users]}, answers)
    given = {"user": ids[predicted["user"]], "item": item_ids[predicted["item"]]}
    checks["rating"] = Check(given, {"rating": predicted["rating"].astype("float32")})
    return checks
