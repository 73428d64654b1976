"""Random changes to training pictures and their masks together: what moves one moves the other."""

from collections.abc import Callable

import keras
import tensorflow as tf

from kerasuite.data.mask_labels import IGNORED

Pair = tuple[tf.Tensor, tf.Tensor]


def paired_augmentation(
    flip: bool = False,
    shift: float = 0.0,
    rotate: float = 0.0,
    scale: float = 0.0,
    colour: float = 0.0,
    exchange: bool = False,
    seed: int = 0,
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Pair]:
    """Returns a function that changes a batch of pictures and masks at random.

    What it does follows from `seed` and the number of the step alone, so that a resumed run sees
    what an uninterrupted one sees.

    Args:
        flip: mirror half of the pictures left to right.
        shift: move by up to this share of height and width, from 0 to below 1.
        rotate: turn by up to so many degrees to either side, from 0 to 180.
        scale: shrink or enlarge by up to this share, from 0 to below 1.
        colour: change the strength of each channel and the brightness by up to this share, and the
            saturation by up to three times as much; from 0 to 1.
        exchange: exchange the colour channels of half of the pictures: where any colour may be
            ground, nothing is known by its colour alone.
        seed: the sequence of all changes.

    Returns:
        (step, pictures, masks) → (pictures, masks). `step` is an int64 scalar; pictures are
        numbers [batch, height, width, channels] and become float32; masks are uint8 [batch,
        height, width]. Pictures continue at their edges; masks are `IGNORED` there.

    Raises:
        ValueError: if an argument is out of its range.
    """
    limits = {"shift": (shift, 0.99), "rotate": (rotate, 180.0), "scale": (scale, 0.99)}
    for name, (value, most) in {**limits, "colour": (colour, 1.0)}.items():
        if not 0 <= value <= most:
            raise ValueError(f"{name} must be from 0 to {most:g}. Received: {name}={value}")
    moved = any(value for value, _ in limits.values())

    def changed(step: tf.Tensor, pictures: tf.Tensor, masks: tf.Tensor) -> Pair:
        count = tf.shape(pictures)[0]
        # Per picture four numbers to move it by, one to mirror it, and six for its colours.
        draws = tf.random.stateless_uniform(
            [11, count], tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)]), -1.0, 1.0
        )
        pictures = tf.cast(pictures, tf.float32)
        if moved:
            size = pictures.shape[1:3]
            matrix = moving_matrices(draws[:4], (shift, rotate, scale), size)
            pictures, masks = _moved(pictures, masks, matrix)
        if flip:
            mirrored = draws[4] > 0
            pictures = tf.where(mirrored[:, None, None, None], pictures[:, :, ::-1], pictures)
            masks = tf.where(mirrored[:, None, None], masks[:, :, ::-1], masks)
        if exchange:
            pictures = exchanged(pictures, draws[5])
        if colour:
            pictures = coloured(pictures, draws[6:], colour)
        return pictures, masks

    return changed


def exchanged(pictures: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
    """Turns the order of the channels by one or two places, each for a quarter of the pictures.

    Args:
        pictures: float32 [batch, height, width, 3].
        draw: float32 [batch], even from -1 to 1.
    """
    draw = draw[:, None, None, None]
    pictures = tf.where(draw > 0.5, tf.roll(pictures, 1, axis=-1), pictures)
    return tf.where(draw < -0.5, tf.roll(pictures, 2, axis=-1), pictures)


def coloured(pictures: tf.Tensor, draws: tf.Tensor, most: float) -> tf.Tensor:
    """Changes saturation, strength of each channel and brightness of pictures.

    Args:
        pictures: float32 [batch, height, width, 3], from 0 to 255.
        draws: float32 [5, batch], even from -1 to 1.
        most: the largest change, as `paired_augmentation` has it.
    """
    draws = draws[:, :, None, None, None]
    grey = tf.reduce_mean(pictures, axis=-1, keepdims=True)
    saturation = tf.maximum(1 + tf.minimum(3 * most * draws[0], most), 0.0)
    pictures = grey + saturation * (pictures - grey)
    strength = 1 + most * tf.concat([draws[1], draws[2], draws[3]], axis=-1)
    return tf.clip_by_value(pictures * strength + 128 * most * draws[4], 0.0, 255.0)


def _moved(pictures: tf.Tensor, masks: tf.Tensor, matrix: tf.Tensor) -> Pair:
    pictures = keras.ops.image.affine_transform(
        pictures, matrix, interpolation="bilinear", fill_mode="nearest"
    )
    # Shifted by one, so that the zeros which come in from outside are told from class 0.
    shifted = tf.cast(masks[..., None], tf.float32) + 1
    shifted = keras.ops.image.affine_transform(
        shifted, matrix, interpolation="nearest", fill_mode="constant", fill_value=0
    )
    masks = tf.where(shifted[..., 0] > 0, shifted[..., 0] - 1, float(IGNORED))
    return pictures, tf.cast(tf.round(masks), tf.uint8)


def moving_matrices(
    draws: tf.Tensor, most: tuple[float, float, float], size: tuple[int, int]
) -> tf.Tensor:
    """The coefficients that tell where each pixel comes from: turned and scaled about the middle.

    Args:
        draws: [4, batch], from -1 to 1.
        most: shares of a shift, degrees, and share of a change in scale.
        size: height and width.

    Returns:
        float32 [batch, 8], in the order of `keras.ops.image.affine_transform`.
    """
    shift, rotate, scale = most
    height, width = (float(n) for n in size)
    angle = draws[0] * rotate * (3.141592653589793 / 180)
    factor = 1 + scale * draws[1]
    cos, sin = factor * tf.cos(angle), factor * tf.sin(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    across = x - cos * x + sin * y + shift * width * draws[2]
    down = y - sin * x - cos * y + shift * height * draws[3]
    zero = tf.zeros_like(cos)
    return tf.stack([cos, -sin, across, sin, cos, down, zero, zero], axis=-1)
