"""Sliding windows: what padding they need, and their contents, tap by tap."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from keras import ops


def pad_windows(
    inputs: Any, size: Sequence[int], strides: Sequence[int], padding: str, axes: Sequence[int]
) -> Any:
    """Puts zeros around the input where `padding` is "same": the windows are then "valid" ones.

    The zeros are where TensorFlow's pooling and convolutions have them, the odd one after the
    input, whatever the backend.

    Args:
        inputs: a tensor.
        size: lengths of a window along `axes`.
        strides: steps between windows along `axes`.
        padding: "valid" or "same".
        axes: the axes along which the windows slide.
    """
    if padding == "valid":
        return inputs
    shape = ops.shape(inputs)
    widths = [(0, 0)] * len(shape)
    for axis, k, s in zip(axes, size, strides, strict=True):
        length = shape[axis]
        missing = -(-length // s) * s - s + k - length
        missing = max(missing, 0) if isinstance(missing, int) else ops.maximum(missing, 0)
        widths[axis] = (missing // 2, missing - missing // 2)
    return ops.pad(inputs, widths)


def window_taps(
    inputs: Any, size: Sequence[int], strides: Sequence[int], axes: Iterable[int]
) -> list[Any]:
    """Returns, for each place within a window, the inputs that all windows have there.

    Args:
        inputs: a tensor.
        size: lengths of a window along `axes`.
        strides: steps between windows along `axes`.
        axes: the axes along which the windows slide.

    Returns:
        One tensor for each place, the last axis fastest, with as many entries along `axes` as
        whole windows fit.
    """
    axes = tuple(axes)
    shape = ops.shape(inputs)
    index = [slice(None)] * len(shape)
    taps = []
    for place in product(*map(range, size)):
        for axis, first, k, s in zip(axes, place, size, strides, strict=True):
            last = first + (shape[axis] - k) // s * s
            index[axis] = slice(first, last + 1, s)
        taps.append(inputs[tuple(index)])
    return taps
