"""Transposed convolutions as one matrix product, whose results are then added where they overlap.

With k the kernel's size and s its stride, each number of a small map stands for k numbers of the
large one. TensorFlow's kernel for this is slow on a CPU where either side has very few maps, or
where the kernel is much larger than the maps. There, one product with the whole kernel gives all
those numbers, and adding up k / s shifted copies of them, in rows of s, gives the large map.

TensorFlow only.
"""

from collections.abc import Sequence
from typing import Any

from kerasuite.layers.patches import patches

FEW = 64  # numbers that a kernel makes of one place, up to which a product is the faster way
# Weights of the kernel for each place of the small map from which on products are faster.
_HEAVY = 10_000


def is_few(kernel_size: Sequence[int], maps: int) -> bool:
    """Whether a kernel makes so few numbers of a place that a product is the faster way."""
    return kernel_size[0] * kernel_size[1] * maps <= FEW


def is_heavy(kernel_size: Sequence[int], maps: int, small_shape: Sequence[int | None]) -> bool:
    """Whether a kernel is much larger than the small map, (batch, height, width, channels)."""
    _, height, width, channels = small_shape
    weights = kernel_size[0] * kernel_size[1] * maps * channels
    return None not in (height, width) and weights >= _HEAVY * height * width


def can_spread(
    kernel_size: Sequence[int],
    strides: Sequence[int],
    small: Sequence[int | None],
    large: Sequence[int | None],
    before: Sequence[int],
) -> bool:
    """Whether `spread` can make maps of one size from maps of another.

    Args:
        kernel_size: (rows, columns).
        strides: (down, right).
        small: (height, width) of what is spread; None if not known.
        large: (height, width) of the result.
        before: rows and columns that are cut off at the beginning.
    """
    sides = zip(kernel_size, strides, small, large, before, strict=True)
    return all(
        None not in (n, wanted) and k % s == 0 and first + wanted <= n * s + k - s
        for k, s, n, wanted, first in sides
    )


def spread(
    small: Any, kernel: Any, strides: tuple[int, int], size: tuple[int, int], padding: str
) -> Any:
    """The transposed convolution; its gradients are TensorFlow's, or products for heavy kernels.

    Args:
        small: float32 (batch, height, width, channels).
        kernel: (rows, columns, maps, channels), sides of multiples of the strides.
        strides: (down, right).
        size: (height, width) of the result.
        padding: "SAME" or "VALID", of the convolution that this one is the transposed of.

    Returns:
        float32 (batch, *size, maps).
    """
    import tensorflow as tf  # only here: the other backends do without TensorFlow

    rows, columns, maps, _ = kernel.shape
    heavy = is_heavy((rows, columns), maps, small.shape)
    before = first_places((rows, columns), strides, small.shape[1:3], size, padding)

    @tf.custom_gradient
    def spread_out(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            if heavy:
                return _gradients_by_product(x, w, dy, strides, before)
            dw = tf.raw_ops.Conv2DBackpropFilter(
                input=dy, filter_sizes=w.shape, out_backprop=x, strides=[1, *strides, 1],
                padding=padding,
            )  # fmt: skip
            return tf.nn.conv2d(dy, w, strides, padding), dw

        return overlapped(x, w, strides, size, before), gradient

    return spread_out(small, tf.convert_to_tensor(kernel))


def first_places(
    kernel_size: Sequence[int],
    strides: Sequence[int],
    small: Sequence[int],
    large: Sequence[int],
    padding: str,
) -> tuple[int, int]:
    """How many rows and columns TensorFlow pads a large map with, above and left of it."""
    sides = zip(kernel_size, strides, small, large, strict=True)
    missing = [max(0, (n - 1) * s + k - wanted) for k, s, n, wanted in sides]
    return tuple(n // 2 if padding == "SAME" else 0 for n in missing)


def gathered(
    large: Any,
    kernel_size: Sequence[int],
    strides: tuple[int, int],
    before: tuple[int, int],
    small: Sequence[int],
) -> Any:
    """The patches of large maps that belong to the places of small ones.

    Args:
        large: (batch, height, width, maps).
        kernel_size: (rows, columns).
        strides: (down, right).
        before: rows and columns of the first patch that lie outside.
        small: (height, width) of the small maps.

    Returns:
        (batch * height * width, rows * columns * maps).
    """
    import tensorflow as tf

    sides = zip(small, large.shape[1:3], kernel_size, strides, before, strict=True)
    padded = [[first, (n - 1) * s + k - first - has] for n, has, k, s, first in sides]
    places = [tf.shape(large)[0], *small, 1]
    return patches(tf.pad(large, [[0, 0], *padded, [0, 0]]), places, kernel_size, strides)


def overlapped(
    x: Any, w: Any, strides: tuple[int, int], size: tuple[int, int], before: tuple[int, int]
) -> Any:
    """One product with the whole kernel, added up where patches overlap.

    Args:
        x: float32 (batch, height, width, channels).
        w: (rows, columns, maps, channels).
        strides: (down, right).
        size: (height, width) of the result.
        before: rows and columns that are cut off at the beginning.

    Returns:
        float32 (batch, *size, maps).
    """
    if is_few(w.shape[:2], w.shape[2]):
        whole = _added_planes(x, w, strides)
    else:
        whole = _added_rows(x, w, strides)
    (top, left), (height, width) = before, size
    return whole[:, top : top + height, left : left + width]


def _added_rows(x: Any, w: Any, strides: tuple[int, int]) -> Any:
    """The whole large maps; all maps of a place stay side by side."""
    import tensorflow as tf

    (rows, columns, maps, channels), (down, right) = w.shape, strides
    height, width = x.shape[1:3]
    made = tf.matmul(tf.reshape(x, [-1, channels]), tf.reshape(w, [-1, channels]), transpose_b=True)
    tall, wide = rows // down, columns // right  # how many kernels overlap
    parts = tf.reshape(made, [-1, height, width, tall, down, columns * maps])
    parts = tf.transpose(parts, [3, 0, 1, 4, 2, 5])
    none = [0, 0]
    added = tf.add_n(
        [tf.pad(parts[i], [none, [i, tall - 1 - i], none, none, none]) for i in range(tall)]
    )
    height = (height + tall - 1) * down
    parts = tf.reshape(added, [-1, height, width, wide, right * maps])
    added = tf.add_n(
        [tf.pad(parts[:, :, :, i], [none, none, [i, wide - 1 - i], none]) for i in range(wide)]
    )
    return tf.reshape(added, [-1, height, (width + wide - 1) * right, maps])


def _added_planes(x: Any, w: Any, strides: tuple[int, int]) -> Any:
    """The same; each weight of the kernel makes a plane of its own, which few maps need."""
    import tensorflow as tf

    (rows, columns, maps, channels), (down, right) = w.shape, strides
    height, width = x.shape[1:3]
    made = tf.matmul(tf.reshape(w, [-1, channels]), tf.reshape(x, [-1, channels]), transpose_b=True)
    tall, wide = rows // down, columns // right
    none = [0, 0]
    parts = tf.reshape(made, [tall, down * columns * maps, -1, height, width])
    added = tf.add_n([tf.pad(parts[i], [none, none, [i, tall - 1 - i], none]) for i in range(tall)])
    height += tall - 1
    parts = tf.reshape(added, [down, wide, right * maps, -1, height, width])
    added = tf.add_n(
        [tf.pad(parts[:, i], [none, none, none, none, [i, wide - 1 - i]]) for i in range(wide)]
    )
    width += wide - 1
    planes = tf.reshape(added, [down, right, maps, -1, height, width])
    whole = tf.transpose(planes, [3, 4, 0, 5, 1, 2])
    return tf.reshape(whole, [-1, height * down, width * right, maps])


def _gradients_by_product(
    x: Any, w: Any, dy: Any, strides: tuple[int, int], before: tuple[int, int]
) -> tuple[Any, Any]:
    """Of the small maps and of the kernel, by the patches that the kernel made."""
    import tensorflow as tf

    channels = w.shape[3]
    seen = gathered(dy, w.shape[:2], strides, before, x.shape[1:3])
    dx = tf.matmul(seen, tf.reshape(w, [-1, channels]))
    dw = tf.matmul(seen, tf.reshape(x, [-1, channels]), transpose_a=True)
    return tf.reshape(dx, tf.shape(x)), tf.reshape(dw, w.shape)
