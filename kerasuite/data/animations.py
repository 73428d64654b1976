"""How much an animated GIF or WebP file would take, told from its structure, not decoded."""

import tensorflow as tf

_IMAGE, _EXTENSION = 0x2C, 0x21
_HEADER = 13  # bytes, before the colours that all frames share


def moving_pixels(data: tf.Tensor) -> tf.Tensor:
    """The pixels of all frames together, each as large as it is decoded to.

    Args:
        data: scalar string, the bytes of a file, whole or not.

    Returns:
        int64 scalar; 0 for what is neither a GIF nor an animated WebP.
    """
    head = tf.io.decode_raw(data, tf.uint8, fixed_length=16)

    def begins(sign: bytes, at: int = 0) -> tf.Tensor:
        return tf.reduce_all(head[at : at + len(sign)] == tf.constant(list(sign), tf.uint8))

    return tf.cond(
        begins(b"GIF8"),
        lambda: gif_pixels(data),
        lambda: tf.cond(
            begins(b"RIFF") & begins(b"WEBPVP8X", at=8),
            lambda: webp_pixels(data),
            lambda: tf.constant(0, tf.int64),
        ),
    )


def webp_pixels(data: tf.Tensor) -> tf.Tensor:
    """The same for a WebP file with frames: each is decoded to the size of the canvas.

    Args:
        data: scalar string, the bytes of the file, whole or not.

    Returns:
        int64 scalar.

    Reference:
        Google, "WebP container specification", extended file format and ANMF chunks.
    """
    head = tf.cast(tf.io.decode_raw(data, tf.uint8, fixed_length=30), tf.int64)
    places = tf.constant([1, 2**8, 2**16], tf.int64)
    width, height = (1 + tf.reduce_sum(places * head[i : i + 3]) for i in (24, 27))
    # Each frame is a chunk of this name; it may stand elsewhere by chance, once in 4 GB.
    frames = tf.size(tf.strings.split(data, "ANMF"), tf.int64) - 1
    return frames * width * height


# A graph: step by step, a megabyte would take many seconds.
@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def gif_pixels(data: tf.Tensor) -> tf.Tensor:
    """The pixels of all frames together, each as large as the largest one: what decoding takes.

    A few kilobytes can hold one large frame and thousands of a single pixel, and each of these is
    decoded to the size of the large one. So the blocks of the file are walked through; what the
    frames show is not looked at.

    Args:
        data: scalar string, the bytes of a GIF file, whole or not.

    Returns:
        int64 scalar.

    Reference:
        CompuServe 1990, "Graphics Interchange Format, version 89a", sections 15 to 26.
    """
    size = tf.strings.length(data)
    # Zeros behind the end, so that a cut file ends within them.
    values = tf.cast(tf.io.decode_raw(tf.strings.join([data, "\0" * 16]), tf.uint8), tf.int32)

    def colours(flags: tf.Tensor) -> tf.Tensor:
        """Bytes of a table of colours."""
        count = tf.bitwise.left_shift(2, tf.bitwise.bitwise_and(flags, 7))
        return tf.where(flags >= 128, 3 * count, 0)

    def number(at: tf.Tensor) -> tf.Tensor:
        return values[at] + 256 * values[at + 1]

    def after_part(at: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Behind one part of a block's data; an empty part ends the block."""
        return at + values[at] + 1, values[at] > 0, *state[1:]

    def after_head(
        at: tf.Tensor, _: tf.Tensor, frames: tf.Tensor, width: tf.Tensor, height: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        """Behind the head of the block that begins here, or behind the end of the file."""
        image, extension = values[at] == _IMAGE, values[at] == _EXTENSION
        behind = tf.where(image, at + 11 + colours(values[at + 9]), at + 2)
        return (
            tf.where(image | extension, behind, size),
            image | extension,
            frames + tf.cast(image, tf.int64),
            tf.where(image, tf.maximum(width, number(at + 5)), width),
            tf.where(image, tf.maximum(height, number(at + 7)), height),
        )

    def step(at: tf.Tensor, inside: tf.Tensor, *rest: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return tf.cond(
            inside,
            lambda: after_part(at, inside, *rest),
            lambda: after_head(at, inside, *rest),
        )

    start = tf.where(size > _HEADER, _HEADER + colours(values[10]), size)
    none = (start, tf.constant(False), tf.constant(0, tf.int64), tf.constant(0), tf.constant(0))
    _, _, frames, width, height = tf.while_loop(
        lambda at, *_: at < size, step, none, parallel_iterations=1
    )
    return frames * tf.cast(width, tf.int64) * tf.cast(height, tf.int64)
