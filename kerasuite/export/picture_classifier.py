"""What every classifier of pictures offers: raw files or arrays in, ranked classes out."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.pictures import decode_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.export.frozen import frozen
from kerasuite.export.ranking import ranked, ranked_arrays
from kerasuite.export.signature import Check, Signature

CHECKED_PICTURES = 64


def picture_signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """What a classifier is served by: see `signatures_of`. The SavedModel holds its weights as they
    are now, as constants.

    Args:
        model: float32 (batch, height, width, channels) from 0 to 255 → probabilities
            (batch, classes), or a dict of them by the names of `info.tasks`.
        info: of its data: shape, and the class names or the tasks.
    """

    net = frozen(model)

    def answer(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = net(pictures)
        if not info.tasks:
            return ranked(scores, info.class_names)
        answers: dict[str, tf.Tensor] = {}
        for task, names in info.tasks:
            answers |= ranked(scores[task], names, f"{task}_")
        return answers

    every = " of every task" if info.tasks else ""
    return signatures_of(answer, info, f"classes and their scores{every}, the likeliest first")


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
    scores = model.predict(pictures, verbose=0)
    if splits.info.tasks:
        answers: dict[str, np.ndarray] = {}
        for task, names in splits.info.tasks:
            answers |= ranked_arrays(scores[task], names, f"{task}_")
    else:
        answers = ranked_arrays(scores, splits.info.class_names)
    raw = np.array(splits.test.raw(which), dtype=object)
    return {
        "serving_default": Check({"image_bytes": raw}, answers),
        "tensor": Check({"pictures": pictures}, answers),
    }
