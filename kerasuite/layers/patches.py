"""The patches of maps that a convolution's kernel sees. TensorFlow only."""

from typing import Any


def patches(x: Any, output_shape: Any, size: Any, strides: tuple[int, int]) -> Any:
    """What a kernel sees at each place of the output of a convolution without padding.

    Args:
        x: maps (batch, height, width, channels).
        output_shape: of the output, (batch, height, width, maps).
        size: (rows, columns) of the kernel.
        strides: (down, right).

    Returns:
        (places, rows * columns * channels), places of all examples.
    """
    import tensorflow as tf  # only here: the other backends do without TensorFlow

    (rows, columns), (down, right) = size, strides
    if (rows, columns, down, right) == (1, 1, 1, 1):
        return tf.reshape(x, [-1, x.shape[-1]])
    pictures, height, width, _ = tf.unstack(tf.shape(x))
    across = down * tf.range(output_shape[1])[:, None] * width + right * tf.range(output_shape[2])
    within = tf.range(rows)[:, None] * width + tf.range(columns)
    first = tf.range(pictures) * height * width
    # Gathering copies whole rows of channels; slices are copied number by number.
    places = tf.reshape(first[:, None] + tf.reshape(across, [1, -1]), [-1, 1])
    seen = tf.gather(tf.reshape(x, [-1, x.shape[-1]]), places + tf.reshape(within, [1, -1]))
    return tf.reshape(seen, [-1, rows * columns * x.shape[-1]])
