"""What every classifier of clips offers: moving pictures or arrays in, ranked classes out."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.clips import decode_clips
from kerasuite.data.splits import Info, Splits
from kerasuite.export.ranking import ranked, ranked_arrays
from kerasuite.export.signature import Check, Signature

CHECKED_CLIPS = 32


def clip_signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """The signatures `serving_default`, of GIF and WebP files, and `tensor`, of decoded clips.

    Args:
        model: float32 (batch, frames, height, width, channels) from 0 to 255 → probabilities
            (batch, classes).
        info: of its data: shape and class names.
    """
    frames, height, width, channels = info.shape

    def from_clips(clips: tf.Tensor) -> dict[str, tf.Tensor]:
        return ranked(model(clips, training=False), info.class_names)

    def from_bytes(clip_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        clips = decode_clips(clip_bytes, frames, (height, width), channels)
        return from_clips(tf.cast(clips, tf.float32))

    answer = "→ classes and their scores, the likeliest first"
    return {
        "serving_default": Signature(
            from_bytes,
            (tf.TensorSpec([None], tf.string, "clip_bytes"),),
            {"clip_bytes": "clip"},
            f"moving pictures of any length and size (GIF, WebP; a still one is at rest) {answer}",
        ),
        "tensor": Signature(
            from_clips,
            (tf.TensorSpec([None, *info.shape], tf.float32, "clips"),),
            {"clips": "array"},
            f"decoded clips, values from 0 to 255 {answer}",
        ),
    }


def clip_checks(model: keras.Model, splits: Splits) -> dict[str, Check]:
    """Test clips for `clip_signatures`, with the Keras model's own answers.

    Args:
        model: as there.
        splits: its data; `test` is a `kerasuite.data.clips.Clips`.
    """
    frames, height, width, channels = splits.info.shape
    which = np.arange(min(CHECKED_CLIPS, len(splits.test)))
    raw = np.array(splits.test.raw(which), dtype=object)
    # Colours lose a little in a GIF file, so the model sees what came out of the files.
    decoded = decode_clips(raw.tolist(), frames, (height, width), channels).numpy()
    clips = splits.test.array(which).astype("float32")
    names = splits.info.class_names
    return {
        "serving_default": Check(
            {"clip_bytes": raw},
            ranked_arrays(model.predict(decoded.astype("float32"), verbose=0), names),
        ),
        "tensor": Check({"clips": clips}, ranked_arrays(model.predict(clips, verbose=0), names)),
    }
