"""Large pictures in tiles: what comes out is the same as of the whole picture at once."""

import keras
import tensorflow as tf

MOST_PIXELS = 2**22


def enlarge(
    net: keras.Model, picture: tf.Tensor, scale: int, margin: int, core: int = 128
) -> tf.Tensor:
    """Applies a net that enlarges pictures to one of any size, tile by tile.

    Each tile is given with as much around it as the net sees from its places, and what comes out of
    that margin is thrown away. At the picture's own edges nothing is added, so that the net does
    there what it does to the whole picture.

    Args:
        net: (batch, height, width, channels) → (batch, height scale, width scale, …).
        picture: float32 [height, width, channels], any sides of at least 1.
        scale: of the net.
        margin: how far the net sees, in pixels of `picture`.
        core: side of the tiles without their margin.

    Returns:
        float32 [height scale, width scale, channels of the net].

    Raises:
        tf.errors.InvalidArgumentError: when run on a picture of more than 2²² pixels.
    """
    size = tf.shape(picture)[:2]
    pixels = tf.reduce_prod(tf.cast(size, tf.int64))
    few = tf.debugging.Assert(
        pixels <= MOST_PIXELS,
        [f"pictures may have at most {MOST_PIXELS} pixels. Received:", size],
    )
    with tf.control_dependencies([few] if few is not None else []):
        size = tf.identity(size)
    cores = tf.minimum(core, size)
    windows = tf.minimum(cores + 2 * margin, size)
    downs, rights = (_starts(size[axis], cores[axis]) for axis in (0, 1))

    def tile(start: tf.Tensor) -> tf.Tensor:
        first = tf.clip_by_value(start - margin, 0, size - windows)
        seen = tf.slice(picture, tf.concat([first, [0]], 0), tf.concat([windows, [-1]], 0))
        made = tf.cast(net(seen[None], training=False)[0], tf.float32)
        inside = tf.concat([scale * (start - first), [0]], 0)
        return tf.slice(made, inside, tf.concat([scale * cores, [-1]], 0))

    grid = tf.stack(tf.meshgrid(downs, rights, indexing="ij"), axis=-1)
    channels = net.output_shape[-1]
    tiles = tf.map_fn(
        tile,
        tf.reshape(grid, [-1, 2]),
        parallel_iterations=1,
        fn_output_signature=tf.TensorSpec([None, None, channels], tf.float32),
    )
    high, wide = (scale * cores[axis] for axis in (0, 1))
    rows, columns = tf.shape(downs)[0], tf.shape(rights)[0]
    tiles = tf.transpose(tf.reshape(tiles, [rows, columns, high, wide, channels]), [0, 2, 1, 3, 4])
    sheet = tf.reshape(tiles, [rows * high, columns * wide, channels])
    sheet = tf.gather(sheet, _places(size[0], cores[0], downs, scale), axis=0)
    return tf.gather(sheet, _places(size[1], cores[1], rights, scale), axis=1)


def _starts(side: tf.Tensor, core: tf.Tensor) -> tf.Tensor:
    """Where tiles begin along one side. The last ends with it, and may overlap the one before."""
    count = (side + core - 1) // core
    return tf.minimum(tf.range(count) * core, side - core)


def _places(side: tf.Tensor, core: tf.Tensor, starts: tf.Tensor, scale: int) -> tf.Tensor:
    """Which row of the tiles, one below the other, each row of the large picture is."""
    rows = tf.range(scale * side)
    tile = rows // (scale * core)
    return tile * scale * core + rows - scale * tf.gather(starts, tile)
