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
    phases = {(): inputs}
    for axis, stride in zip(axes, strides, strict=True):
        phases = {
            (*key, i): part
            for key, x in phases.items()
            for i, part in enumerate(_every(x, axis, stride))
        }
    starts, lengths = [0] * len(inputs.shape), list(ops.shape(inputs))
    for axis, k, s in zip(axes, size, strides, strict=True):
        lengths[axis] = (lengths[axis] - k) // s + 1
    taps = []
    for place in product(*map(range, size)):
        for axis, offset, s in zip(axes, place, strides, strict=True):
            starts[axis] = offset // s
        phase = phases[tuple(offset % s for offset, s in zip(place, strides, strict=True))]
        taps.append(ops.slice(phase, starts, lengths))
    return taps


def _every(x: Any, axis: int, stride: int) -> list[Any]:
    """Returns what `x[i::stride]` is along an axis for each i, padded to equal lengths.

    Not by such slices: on TensorFlow their gradient is ten times as slow as that of slices
    without steps.
    """
    if stride == 1:
        return [x]
    shape = list(ops.shape(x))
    length = -(-shape[axis] // stride)
    widths = [(0, 0)] * len(shape)
    widths[axis] = (0, length * stride - shape[axis])
    x = ops.reshape(ops.pad(x, widths), [*shape[:axis], length, stride, *shape[axis + 1 :]])
    return ops.unstack(x, stride, axis + 1)
