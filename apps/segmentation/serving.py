"""The SavedModel's functions: picture files in, masks of the pictures' own sizes out."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.decoding import decode_original, decode_with_sizes
from kerasuite.data.splits import Info, Splits
from kerasuite.export.frozen import frozen
from kerasuite.export.signature import Check, Signature
from kerasuite.report.segmentation_figures import class_colours

CHECKED_PICTURES = 32
_TINT = 0.55


def mask_signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """Returns the functions that a segmentation model is served by, its weights as constants.

    Args:
        model: pictures [batch, height, width, 3] → probabilities [batch, height, width, classes].
        info: of the data it was trained on.
    """
    height, width, channels = info.shape
    names = tf.constant(info.class_names)
    net = frozen(model)

    def labelled(pictures: tf.Tensor) -> tf.Tensor:
        return tf.argmax(net(pictures), axis=-1, output_type=tf.int32)

    def from_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, sizes = decode_with_sizes(image_bytes, (height, width), channels)
        labels = labelled(tf.cast(pictures, tf.float32))
        batch = tf.shape(labels)[0]
        return {
            "mask_bytes": _png_masks(labels, sizes),
            "classes": tf.broadcast_to(names, [batch, len(info.class_names)]),
            "areas": _areas(labels, len(info.class_names)),
        }

    def overlay(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, _ = decode_with_sizes(image_bytes, (height, width), channels)
        labels = labelled(tf.cast(pictures, tf.float32))
        colours = tf.constant(class_colours(info.class_names), tf.float32)
        drawn = tf.map_fn(
            lambda pair: _tinted(*pair, colours),
            (image_bytes, labels),
            fn_output_signature="string",
        )
        return {"overlay_bytes": drawn}

    def from_pictures(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = tf.cast(net(pictures), tf.float32)
        return {"probabilities": scores, "labels": tf.argmax(scores, -1, output_type=tf.int32)}

    files = "picture files of any size (PNG, JPEG, GIF, BMP, WebP)"
    image_bytes = (tf.TensorSpec([None], tf.string, "image_bytes"),)
    return {
        "serving_default": Signature(
            from_bytes,
            image_bytes,
            {"image_bytes": "picture"},
            f"{files} → PNG masks of the same sizes that hold the number of each pixel's class, "
            "and the share of the picture that each class covers",
        ),
        "overlay": Signature(
            overlay,
            image_bytes,
            {"image_bytes": "picture"},
            f"{files} → PNG pictures of the same sizes with each class in a colour",
        ),
        "tensor": Signature(
            from_pictures,
            (tf.TensorSpec([None, height, width, channels], tf.float32, "pictures"),),
            {"pictures": "array"},
            "decoded pictures, values from 0 to 255 → probabilities of the classes, and the "
            "likeliest, per pixel",
        ),
    }


def mask_checks(model: keras.Model, splits: Splits, exact: bool) -> dict[str, Check]:
    """Returns held-out pictures and the Keras model's own answers to them.

    Where two classes are all but equally likely, two runs of the same arithmetic may decide
    otherwise; so pictures are taken whose every pixel is decided by the widest margin.

    Args:
        model: the trained model.
        splits: its data.
        exact: whether whole masks are compared, or only probabilities: 16-bit layers round too
            much for the former.
    """
    first = np.arange(min(4 * CHECKED_PICTURES, len(splits.test)))
    scores = model.predict(splits.test.array(first).astype("float32"), verbose=0)
    ranked = np.sort(scores, axis=-1)
    margins = (ranked[..., -1] - ranked[..., -2]).min(axis=(1, 2))
    which = np.sort(np.argsort(-margins, kind="stable")[:CHECKED_PICTURES])
    pictures, scores = splits.test.array(which).astype("float32"), scores[which].astype("float32")
    checks = {"tensor": Check({"pictures": pictures}, {"probabilities": scores})}
    raw = np.array(splits.test.raw(which), dtype=object)
    labels, classes = scores.argmax(-1), scores.shape[-1]
    names = np.char.encode(np.array(splits.info.class_names), "utf-8")
    answers = {"classes": np.broadcast_to(names, (len(which), classes))}
    if exact:
        encoded = [tf.io.encode_png(m[..., None].astype("uint8")).numpy() for m in labels]
        answers["mask_bytes"] = np.array(encoded, dtype=object)
        answers["areas"] = (labels[..., None] == np.arange(classes)).mean((1, 2))
    return {
        "serving_default": Check({"image_bytes": raw}, answers),
        "overlay": Check({"image_bytes": raw}, {}),
        **checks,
    }


def _areas(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """float32 [batch, classes], the share of the pixels that each class has."""
    return tf.reduce_mean(tf.one_hot(labels, classes), axis=[1, 2])


def _png_masks(labels: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
    """[batch] strings: grey PNG files of the given sizes, a number of a class per pixel."""

    def encoded(pair: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        return tf.io.encode_png(tf.cast(_resized(*pair), tf.uint8))

    return tf.map_fn(encoded, (labels, sizes), fn_output_signature=tf.string)


def _resized(labels: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """int32 [h, w] to int32 [height, width, 1]: each pixel takes the nearest one's class."""
    return tf.image.resize(labels[..., None], size, method="nearest")


def _tinted(data: tf.Tensor, labels: tf.Tensor, colours: tf.Tensor) -> tf.Tensor:
    """The PNG file of a picture whose classes are tinted; a colour of NaN tints nothing."""
    picture = tf.cast(decode_original(data), tf.float32)
    tint = tf.gather(colours, _resized(labels, tf.shape(picture)[:2])[..., 0])
    blended = (1 - _TINT) * picture + _TINT * tint
    drawn = tf.where(tf.math.is_nan(tint), picture, blended)
    return tf.io.encode_png(tf.cast(tf.round(drawn), tf.uint8))
