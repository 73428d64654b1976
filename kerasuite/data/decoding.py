"""Picture bytes to arrays, as TensorFlow operations: the same in training and in SavedModels."""

import numpy as np
import tensorflow as tf

from kerasuite.data.animations import moving_pixels

_BYTES = [bytes([i]) for i in range(256)]
_MOST_PIXELS = 2**26
_MOST_MOVING_PIXELS = 2**27


def decode_picture(data: tf.Tensor, size: tuple[int, int], channels: int) -> tf.Tensor:
    """Decodes one picture: PNG, JPEG, GIF, BMP or WebP, of any colour type.

    Transparent pictures are laid on white; of an animation, the first frame is taken; 16-bit
    pictures become 8-bit. A picture of another size is resized, without keeping its proportions.

    Args:
        data: scalar string, the bytes of the file.
        size: height and width of the result.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [height, width, channels].

    Raises:
        tf.errors.InvalidArgumentError: when run on bytes that are not a whole picture.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 or 3. Received: channels={channels}")
    return tf.ensure_shape(fit_pictures(_decoded(data), size, channels), [*size, channels])


def decode_original(data: tf.Tensor) -> tf.Tensor:
    """Decodes one picture as `decode_picture` does, in colour and at its own size.

    Args:
        data: scalar string, the bytes of the file.

    Returns:
        uint8 [height, width, 3].
    """
    picture = _decoded(data)
    colour = fit_pictures(picture, tf.shape(picture)[:2], 3)
    return tf.ensure_shape(colour, [None, None, 3])


def decode_pictures(data: tf.Tensor, size: tuple[int, int], channels: int) -> tf.Tensor:
    """Decodes a batch of pictures, each as `decode_picture` does.

    Args:
        data: [batch] string.
        size: height and width of the result.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [batch, height, width, channels].
    """
    data = tf.convert_to_tensor(data)  # a list would be taken for a structure of many inputs
    return tf.map_fn(
        lambda one: decode_picture(one, size, channels),
        data,
        fn_output_signature=tf.TensorSpec([*size, channels], tf.uint8),
    )


def decode_with_sizes(
    data: tf.Tensor, size: tuple[int, int], channels: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes a batch of pictures as `decode_pictures` does, and tells their own sizes.

    Args:
        data: [batch] string.
        size: height and width of the result.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [batch, height, width, channels]; and int32 [batch, 2], each picture's own height
        and width.
    """

    def decoded(one: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        picture = _decoded(one)
        fitted = tf.ensure_shape(fit_pictures(picture, size, channels), [*size, channels])
        return fitted, tf.shape(picture)[:2]

    return tf.map_fn(
        decoded,
        tf.convert_to_tensor(data),
        fn_output_signature=(
            tf.TensorSpec([*size, channels], tf.uint8),
            tf.TensorSpec([2], tf.int32),
        ),
    )


def fit_pictures(pictures: tf.Tensor, size: tuple[int, int], channels: int) -> tf.Tensor:
    """Brings decoded pictures to a size and a number of channels, as `decode_picture` does.

    Args:
        pictures: uint8 [h, w, c] or [batch, h, w, c] with c from 1 to 4: grey, grey and alpha,
            colour, or colour and alpha.
        size: height and width of the result.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [height, width, channels] or [batch, height, width, channels].
    """
    pictures = tf.convert_to_tensor(pictures)
    depth = tf.shape(pictures)[-1]
    pictures = tf.cond(depth % 2 == 0, lambda: _on_white(pictures), lambda: pictures)
    # Grey ones have one channel while they are resized, whatever they become.
    pictures = _grey(pictures) if channels == 1 else pictures
    # At its own size a picture passes through unchanged: the kernel's weights are then 0 and 1.
    resized = tf.image.resize(pictures, size, method="bilinear", antialias=True)
    resized = tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8)
    return tf.broadcast_to(resized, tf.concat([tf.shape(resized)[:-1], [channels]], axis=0))


def fit_array(images: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """uint8 [n, h, w, c] brought to a size and a number of channels as decoded pictures are."""
    shape = (*size, channels)
    if images.shape[1:] == shape:
        return images
    pieces = [images[i : i + 1024] for i in range(0, len(images), 1024)]
    return np.concatenate([fit_pictures(piece, tuple(size), channels) for piece in pieces])


def _decoded(data: tf.Tensor) -> tf.Tensor:
    """The bytes of one file to uint8 [height, width, 1 to 4]."""
    picture = tf.io.decode_image(_safe_webp(data), channels=0, expand_animations=False)
    return tf.ensure_shape(picture, [None, None, None])


def decode_frames(data: tf.Tensor) -> tf.Tensor:
    """Decodes all frames of a GIF or WebP file; any other picture is a single frame.

    Args:
        data: scalar string, the bytes of the file.

    Returns:
        uint8 [frames, height, width, 1 to 4].

    Raises:
        tf.errors.InvalidArgumentError: when run on bytes that are no whole picture, or on an
            animation whose frames together are too large.
    """
    # Cut to nothing, it cannot be read.
    data = tf.where(moving_pixels(data) > _MOST_MOVING_PIXELS, "", data)
    pictures = tf.io.decode_image(_safe_webp(data), channels=0, expand_animations=True)
    whole = tf.cond(tf.rank(pictures) == 3, lambda: pictures[None], lambda: pictures)
    return tf.ensure_shape(whole, [None, None, None, None])


def _on_white(pictures: tf.Tensor) -> tf.Tensor:
    """[..., 2 or 4] with alpha last to [..., 1 or 3], uint8."""
    values = tf.cast(pictures, tf.float32)
    colour, alpha = values[..., :-1], values[..., -1:] / 255.0
    return tf.cast(tf.round(colour * alpha + 255.0 * (1.0 - alpha)), tf.uint8)


def _grey(pictures: tf.Tensor) -> tf.Tensor:
    """[..., 1 or 3] to [..., 1], uint8."""
    unknown = [None] * (pictures.shape.rank - 1)
    grey = tf.cond(
        tf.equal(tf.shape(pictures)[-1], 3),
        lambda: tf.image.rgb_to_grayscale(tf.ensure_shape(pictures, [*unknown, 3])),
        lambda: pictures,
    )
    return tf.ensure_shape(grey, [*unknown, 1])


def _safe_webp(data: tf.Tensor) -> tf.Tensor:
    """Changes the header of animated WebP data where `decode_image` needs it; others pass as is.

    In TensorFlow 2.21, an opaque animation is written as four channels into memory for three: the
    process dies, or the picture is another. Marked as transparent, it gets the memory it needs.
    And the canvas may be of any size, so that a file of 4 kB takes all memory there is: beyond
    `_MOST_PIXELS` the data are cut, which makes them unreadable.
    """
    head = tf.io.decode_raw(tf.strings.substr(data, 0, 30), tf.uint8, fixed_length=30)
    magic = tf.concat([head[0:4], head[8:16]], axis=0)
    extended = tf.reduce_all(magic == tf.constant(list(b"RIFFWEBPVP8X"), tf.uint8))
    animated = extended & (head[20] & 0x02 > 0)
    places = tf.constant([1, 2**8, 2**16], tf.int64)
    width = 1 + tf.reduce_sum(places * tf.cast(head[24:27], tf.int64))
    height = 1 + tf.reduce_sum(places * tf.cast(head[27:30], tf.int64))

    def marked() -> tf.Tensor:
        flags = tf.gather(tf.constant(_BYTES), tf.cast(head[20] | 0x10, tf.int32))
        rest = tf.where(width * height > _MOST_PIXELS, 0, -1)
        before, after = tf.strings.substr(data, 0, 20), tf.strings.substr(data, 21, rest)
        return tf.strings.join([before, flags, after])

    return tf.cond(animated, marked, lambda: data)
