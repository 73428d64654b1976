"""Classes ranked by their scores, as operations of a SavedModel and as the answers to check it."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


def ranked(scores: tf.Tensor, class_names: Sequence[str], prefix: str = "") -> dict[str, tf.Tensor]:
    """Ranks the classes of each example, the likeliest first.

    Args:
        scores: [batch, classes] of any float type.
        class_names: the names of the classes, in the order of the columns.
        prefix: of the outputs' names.

    Returns:
        `<prefix>classes` string and `<prefix>scores` float32, both [batch, classes].
    """
    scores, order = tf.math.top_k(tf.cast(scores, tf.float32), k=len(class_names))
    return {
        f"{prefix}classes": tf.gather(tf.constant(class_names), order),
        f"{prefix}scores": scores,
    }


def ranked_arrays(
    scores: np.ndarray, class_names: Sequence[str], prefix: str = ""
) -> dict[str, np.ndarray]:
    """The same, computed apart from TensorFlow: what `ranked` must answer."""
    scores = scores.astype("float32")
    order = np.argsort(-scores, axis=-1, kind="stable")
    names = np.array(class_names, dtype=object)[order].astype("U")
    return {
        f"{prefix}classes": np.char.encode(names, "utf-8"),
        f"{prefix}scores": np.take_along_axis(scores, order, -1),
    }
