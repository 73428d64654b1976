"""The SavedModel's functions: picture files in, boxes in the pictures' own pixels out."""

import numpy as np
import tensorflow as tf

from kerasuite.data.decoding import decode_original, decode_with_sizes
from kerasuite.data.splits import Info, Splits
from kerasuite.export.detector import Detections, Detector
from kerasuite.export.signature import Check, Signature
from kerasuite.report.detection_figures import box_colours

CHECKED_PICTURES = 16
# Of an overlay's longer side, per pixel of a line's width.
_LINE = 200
_PERTURBED = 1e-3


def box_signatures(detector: Detector, info: Info, least: float) -> dict[str, Signature]:
    """Returns the functions that a detector is served by.

    Args:
        detector: of pictures of `info.shape`.
        info: of the data it was trained on.
        least: the lowest score of a box that is drawn.
    """
    height, width, channels = info.shape
    names = tf.constant([*info.class_names, ""])  # the last where nothing is left

    def from_pictures(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answer(detector.detect(pictures), names)

    def from_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, sizes = decode_with_sizes(image_bytes, (height, width), channels)
        answer = from_pictures(tf.cast(pictures, tf.float32))
        return {**answer, "boxes": answer["boxes"] * _factors(sizes, (height, width))[:, None]}

    def overlay(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, _ = decode_with_sizes(image_bytes, (height, width), channels)
        found = detector.detect(tf.cast(pictures, tf.float32))
        colours = tf.constant(box_colours(info.class_names), tf.float32)
        shares = found.boxes / tf.constant([width, height, width, height], tf.float32)
        drawn = tf.map_fn(
            lambda one: _drawn(*one, least),
            (image_bytes, shares, tf.gather(colours, found.labels), found.scores),
            fn_output_signature=tf.string,
        )
        return {"overlay_bytes": drawn}

    def raw(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities, boxes = detector.raw(pictures)
        shares = boxes / tf.constant([width, height, width, height], tf.float32)
        return {"anchor_scores": probabilities, "anchor_boxes": shares}

    files = "picture files of any size (PNG, JPEG, GIF, BMP, WebP)"
    image_bytes = (tf.TensorSpec([None], tf.string, "image_bytes"),)
    pictures = (tf.TensorSpec([None, height, width, channels], tf.float32, "pictures"),)
    answer = (
        f"at most {detector.most} boxes each (left, top, right, bottom in pixels) with class and "
        "score, the surest first; `count` says how many, the rest is empty"
    )
    return {
        "serving_default": Signature(
            from_bytes, image_bytes, {"image_bytes": "picture"}, f"{files} → {answer}"
        ),
        "overlay": Signature(
            overlay,
            image_bytes,
            {"image_bytes": "picture"},
            f"{files} → PNG pictures of the same sizes with the boxes of a score of "
            f"{least:g} or more, each class in a colour",
        ),
        "tensor": Signature(
            from_pictures,
            pictures,
            {"pictures": "array"},
            f"decoded pictures, values from 0 to 255 → {answer}",
        ),
        "raw": Signature(
            raw,
            pictures,
            {"pictures": "array"},
            "decoded pictures, values from 0 to 255 → the probability of each class at each "
            "anchor (of those that are looked at again, if any are), and its box as shares of "
            "width and height, before suppression",
        ),
    }


def box_checks(detector: Detector, splits: Splits, exact: bool) -> dict[str, Check]:
    """Returns held-out pictures and the Keras model's own answers to them.

    Where two boxes are all but equally sure, or overlap by all but the limit, two runs of the same
    arithmetic may decide otherwise; so pictures are taken whose detections stay the same when the
    net's answers are changed a little.

    Args:
        detector: the trained one.
        splits: its data.
        exact: whether detections are compared, or only what is found at each anchor: 16-bit layers
            round too much for the former.
    """
    first = np.arange(min(4 * CHECKED_PICTURES, len(splits.test)))
    pictures = splits.test.array(first).astype("float32")
    answers = detector.predicted(pictures)
    stable = _stable(detector, answers)[:CHECKED_PICTURES] if exact else []
    which = first[stable] if len(stable) else first[:1]
    pictures, answers = pictures[which], {k: v[which] for k, v in answers.items()}
    probabilities, boxes = detector.decoded(answers)
    height, width = pictures.shape[1:3]
    at_anchors = {
        "anchor_scores": probabilities.numpy(),
        "anchor_boxes": boxes.numpy() / np.array([width, height] * 2, "float32"),
    }
    expected = {}
    if len(stable):
        names = tf.constant([*splits.info.class_names, ""])
        found = _answer(detector.suppressed(probabilities, boxes), names)
        expected = {name: values.numpy() for name, values in found.items()}
    raw = np.array(splits.test.raw(which), dtype=object)
    return {
        "serving_default": Check({"image_bytes": raw}, expected),
        "overlay": Check({"image_bytes": raw}, {}),
        "tensor": Check({"pictures": pictures}, expected),
        "raw": Check({"pictures": pictures}, at_anchors),
    }


def _stable(detector: Detector, answers: dict[str, np.ndarray]) -> np.ndarray:
    """The pictures whose detections no small change of the answers turns into others."""
    rng = np.random.default_rng(0)
    first, stable = None, np.ones(len(answers["classes"]), bool)
    for _ in range(4):
        changed = {
            k: v + (first is not None) * rng.uniform(-_PERTURBED, _PERTURBED, v.shape)
            for k, v in answers.items()
            if k != "regions"
        }
        if "regions" in answers:
            changed["regions"] = answers["regions"]
        found = detector.suppressed(*detector.decoded(changed))
        labels, boxes = found.labels.numpy(), found.boxes.numpy()
        first = first or (labels, boxes)
        same = (labels == first[0]).all(-1) & (np.abs(boxes - first[1]).max((1, 2)) < 1)
        stable &= same
    return np.flatnonzero(stable)


def _answer(found: Detections, names: tf.Tensor) -> dict[str, tf.Tensor]:
    # Static shapes: a client knows what it gets.
    places = tf.range(found.scores.shape[1])[None]
    labels = tf.where(places < found.count[:, None], found.labels, names.shape[0] - 1)
    return {
        "boxes": found.boxes,
        "scores": found.scores,
        "classes": tf.gather(names, labels),
        "count": found.count,
    }


def _factors(sizes: tf.Tensor, seen: tuple[int, int]) -> tf.Tensor:
    """float32 [batch, 4]: from pixels of the net's pictures to those of the originals."""
    down, across = tf.unstack(tf.cast(sizes, tf.float32) / tf.constant(seen, tf.float32), axis=-1)
    return tf.stack([across, down, across, down], axis=-1)


def _drawn(
    data: tf.Tensor, shares: tf.Tensor, colours: tf.Tensor, scores: tf.Tensor, least: float
) -> tf.Tensor:
    """The PNG file of a picture with its boxes of the `least` score or more."""
    picture = tf.cast(decode_original(data), tf.float32)
    size = tf.cast(tf.shape(picture)[:2], tf.float32)
    kept = scores >= least
    left, top, right, bottom = tf.unstack(tf.boolean_mask(shares, kept), axis=-1)
    colours = tf.boolean_mask(colours, kept)
    pixel = 1 / tf.stack([size[0], size[1], -size[0], -size[1]])
    corners = tf.stack([top, left, bottom, right], axis=-1)
    # The operation's lines are a pixel wide: wider ones are several, each within the last.
    lines = tf.range(1 + tf.cast(tf.reduce_max(size) / _LINE, tf.int32))
    nested = corners + tf.cast(lines, tf.float32)[:, None, None] * pixel
    colours = tf.tile(colours, [tf.size(lines), 1])
    drawn = tf.image.draw_bounding_boxes(picture[None], tf.reshape(nested, [1, -1, 4]), colours)[0]
    return tf.io.encode_png(tf.cast(tf.round(drawn), tf.uint8))
