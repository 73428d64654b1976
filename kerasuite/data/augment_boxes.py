"""Random changes to training pictures and the boxes in them together."""

from collections.abc import Callable

import keras
import tensorflow as tf

from kerasuite.data.augment_pairs import coloured, exchanged, moving_matrices
from kerasuite.data.boxed import NO_BOX
from kerasuite.layers import boxes as box_ops

Batch = tuple[tf.Tensor, tf.Tensor, tf.Tensor]
# A thing of which less than this share of the box is left in the picture is no longer one to find.
_LEAST_SEEN = 0.3


def boxed_augmentation(
    flip: bool = False,
    shift: float = 0.0,
    scale: float = 0.0,
    colour: float = 0.0,
    exchange: bool = False,
    seed: int = 0,
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], Batch]:
    """Returns a function that changes a batch of pictures and boxes at random.

    What it does follows from `seed` and the number of the step alone, so that a resumed run sees
    what an uninterrupted one sees. Boxes are cut off at the picture's borders; one that has less
    than 30 % of its area left becomes no box.

    Args:
        flip: mirror half of the pictures left to right.
        shift: move by up to this share of height and width, from 0 to below 1.
        scale: shrink or enlarge by up to this share, from 0 to below 1.
        colour: change the strength of each channel and the brightness by up to this share, and the
            saturation by up to three times as much; from 0 to 1.
        exchange: exchange the colour channels of half of the pictures.
        seed: the sequence of all changes.

    Returns:
        (step, pictures, boxes, labels) → (pictures, boxes, labels). `step` is an int64 scalar;
        pictures are numbers [batch, height, width, 3] and become float32, continued at their
        edges; boxes are float32 [batch, things, 4] in pixels and labels int32 [batch, things].

    Raises:
        ValueError: if an argument is out of its range.
    """
    limits = {"shift": (shift, 0.99), "scale": (scale, 0.99), "colour": (colour, 1.0)}
    for name, (value, most) in limits.items():
        if not 0 <= value <= most:
            raise ValueError(f"{name} must be from 0 to {most:g}. Received: {name}={value}")

    def changed(step: tf.Tensor, pictures: tf.Tensor, boxes: tf.Tensor, labels: tf.Tensor) -> Batch:
        count = tf.shape(pictures)[0]
        # Per picture four numbers to move it by, one to mirror it, and six for its colours.
        draws = tf.random.stateless_uniform(
            [11, count], tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)]), -1.0, 1.0
        )
        pictures = tf.cast(pictures, tf.float32)
        if shift or scale:
            matrix = moving_matrices(draws[:4], (shift, 0.0, scale), pictures.shape[1:3])
            pictures = keras.ops.image.affine_transform(
                pictures, matrix, interpolation="bilinear", fill_mode="nearest"
            )
            boxes, labels = moved_boxes(boxes, labels, matrix, pictures.shape[1:3])
        if flip:
            mirrored = draws[4] > 0
            pictures = tf.where(mirrored[:, None, None, None], pictures[:, :, ::-1], pictures)
            boxes = tf.where(
                (mirrored[:, None] & (labels != NO_BOX))[..., None],
                mirrored_boxes(boxes, pictures.shape[2]),
                boxes,
            )
        if exchange:
            pictures = exchanged(pictures, draws[5])
        if colour:
            pictures = coloured(pictures, draws[6:], colour)
        return pictures, boxes, labels

    return changed


def mirrored_boxes(boxes: tf.Tensor, width: int) -> tf.Tensor:
    """Boxes [..., 4] of the mirror images of pictures that are `width` pixels wide."""
    left, top, right, bottom = tf.unstack(boxes, axis=-1)
    return tf.stack([width - right, top, width - left, bottom], axis=-1)


def moved_boxes(
    boxes: tf.Tensor, labels: tf.Tensor, matrix: tf.Tensor, size: tuple[int, int]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Boxes of moved and scaled pictures, cut off at their borders.

    Args:
        boxes: float32 [batch, things, 4].
        labels: int32 [batch, things].
        matrix: float32 [batch, 8], as `moving_matrices` makes them without turning: where each
            pixel of the new picture comes from.
        size: height and width of the pictures.

    Returns:
        The same shapes; what is hardly left in the picture has zeros and `NO_BOX`.
    """
    factor, across, down = matrix[:, 0], matrix[:, 2], matrix[:, 5]
    shift = tf.stack([across, down, across, down], axis=-1)[:, None]
    # The matrix is about the middles of pixels, boxes about their edges: half a pixel between.
    moved = (boxes - 0.5 - shift) / factor[:, None, None] + 0.5
    cut = box_ops.clip(moved, *size)
    seen = box_ops.areas(cut) >= _LEAST_SEEN * box_ops.areas(moved)
    stays = (labels != NO_BOX) & seen & (box_ops.areas(cut) > 0)
    return tf.where(stays[..., None], cut, 0.0), tf.where(stays, labels, NO_BOX)
