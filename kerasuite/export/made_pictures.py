"""Pictures that a net made, from -1 to 1, as PNG files; and those of them that are safely equal."""

import numpy as np
import tensorflow as tf


def png_files(pictures: tf.Tensor) -> tf.Tensor:
    """Encodes pictures.

    Args:
        pictures: float32 [batch, height, width, channels] from -1 to 1.

    Returns:
        [batch] strings, the bytes of PNG files.
    """
    colours = tf.clip_by_value(tf.round((pictures + 1) * 127.5), 0.0, 255.0)
    return tf.map_fn(tf.io.encode_png, tf.cast(colours, tf.uint8), fn_output_signature=tf.string)


def png_files_of_shares(values: tf.Tensor) -> tf.Tensor:
    """The same for pictures whose values go from 0 to 1."""
    return png_files(2.0 * values - 1.0)


def sized_png_files(pictures: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
    """Brings pictures to sizes of their own, smoothly, and encodes them.

    Args:
        pictures: float32 [batch, height, width, channels] from -1 to 1.
        sizes: int32 [batch, 2], the height and width of each file.

    Returns:
        [batch] strings, the bytes of PNG files.
    """

    def one(made: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        picture, size = made
        # At its own size it passes through unchanged.
        resized = tf.image.resize(picture, size, method="bilinear", antialias=True)
        return png_files(resized[None])[0]

    return tf.map_fn(one, (pictures, sizes), fn_output_signature=tf.string)


def off_the_middle(pictures: np.ndarray, count: int) -> np.ndarray:
    """The pictures whose every colour keeps off the middle between two whole numbers the furthest.

    In the middle, two runs of the same arithmetic may round otherwise, and files would differ.

    Args:
        pictures: float [n, height, width, channels] from -1 to 1.
        count: how many are wanted.

    Returns:
        Their sorted indices.
    """
    colours = np.clip((pictures + 1) * 127.5, 0, 255)
    room = np.abs(colours - np.floor(colours) - 0.5).min(axis=(1, 2, 3))
    return np.sort(np.argsort(-room, kind="stable")[:count])


def encoded(pictures: np.ndarray) -> np.ndarray:
    """What `png_files` gives for pictures of a Keras model, as an object array of bytes."""
    colours = np.round(np.clip((pictures + 1) * 127.5, 0, 255)).astype("uint8")
    return np.array([tf.io.encode_png(c).numpy() for c in colours], dtype=object)


def seeded_noise(seeds: tf.Tensor, latent: int) -> tf.Tensor:
    """Standard normal noise of whole numbers [batch], float32 [batch, latent]: the same on every
    machine."""

    def one(seed: tf.Tensor) -> tf.Tensor:
        key = tf.stack([tf.cast(seed, tf.int64), tf.constant(0, tf.int64)])
        return tf.random.stateless_normal([latent], key, alg="philox")

    return tf.map_fn(one, seeds, fn_output_signature=tf.TensorSpec([latent], tf.float32))
