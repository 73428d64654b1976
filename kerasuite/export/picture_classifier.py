"""What every classifier of pictures offers: raw files or arrays in, ranked classes out."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.pictures import decode_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.export.signature import Check, Signature

CHECKED_PICTURES = 64


def picture_signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """What a classifier is served by: see `signatures_of`.

    Args:
        model: float32 (batch, height, width, channels) from 0 to 255 → probabilities
            (batch, classes).
        info: of its data: shape and class names.
    """
    names = tf.constant(info.class_names)

    def ranked(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = tf.cast(model(pictures, training=False), tf.float32)
        scores, order = tf.math.top_k(scores, k=len(info.class_names))
        return {"classes": tf.gather(names, order), "scores": scores}

    return signatures_of(ranked, info, "classes and their scores, the likeliest first")


def signatures_of(
    answer: Callable[[tf.Tensor], dict[str, tf.Tensor]], info: Info, about: str
) -> dict[str, Signature]:
    """The signatures `serving_default`, of picture files, and `tensor`, of decoded pictures.

    Args:
        answer: float32 (batch, height, width, channels) from 0 to 255 → outputs by name.
        info: of the data: the shape of a picture.
        about: what the outputs are, in a few words.
    """
    height, width, channels = info.shape

    def from_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures = decode_pictures(image_bytes, (height, width), channels)
        return answer(tf.cast(pictures, tf.float32))

    return {
        "serving_default": Signature(
            from_bytes,
            (tf.TensorSpec([None], tf.string, "image_bytes"),),
            {"image_bytes": "picture"},
            f"picture files of any size (PNG, JPEG, GIF, BMP, WebP) → {about}",
        ),
        "tensor": Signature(
            answer,
            (tf.TensorSpec([None, height, width, channels], tf.float32, "pictures"),),
            {"pictures": "array"},
            f"decoded pictures, values from 0 to 255 → {about}",
        ),
    }


def picture_checks(model: keras.Model, splits: Splits) -> dict[str, Check]:
    """Test pictures for `picture_signatures`, with the Keras model's own answers.

    Args:
        model: as there.
        splits: its data; `test` is a `kerasuite.data.pictures.Pictures`.
    """
    which = np.arange(min(CHECKED_PICTURES, len(splits.test)))
    pictures = splits.test.array(which).astype("float32")
    scores = model.predict(pictures, verbose=0).astype("float32")
    order = np.argsort(-scores, axis=-1, kind="stable")
    answers = {
        "classes": np.array(splits.info.class_names, dtype=object)[order].astype("U"),
        "scores": np.take_along_axis(scores, order, -1),
    }
    answers["classes"] = np.char.encode(answers["classes"], "utf-8")
    raw = np.array(splits.test.raw(which), dtype=object)
    return {
        "serving_default": Check({"image_bytes": raw}, answers),
        "tensor": Check({"pictures": pictures}, answers),
    }
