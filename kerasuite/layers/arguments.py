"""What several layers check of their arguments, and the arithmetic of sliding windows."""

from collections.abc import Sequence

import keras


def pair(value: int | Sequence[int], name: str) -> tuple[int, int]:
    """Returns a positive integer or a pair of them as a pair.

    Raises:
        ValueError: if `value` is neither.
    """
    return positive_tuple(value, 2, name)


def positive_tuple(value: int | Sequence[int], length: int, name: str) -> tuple[int, ...]:
    """Returns a positive integer, or `length` of them, as a tuple of that length.

    Raises:
        ValueError: if `value` is neither.
    """
    values = tuple(value) if isinstance(value, list | tuple) else (value,) * length
    if len(values) != length or any(not _is_positive(v) for v in values):
        expected = {1: "a positive integer", 2: "a positive integer or a pair of them"}[length]
        raise ValueError(f"`{name}` must be {expected}. Received: {name}={value}")
    return values


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def window_count(length: int | None, window: int, stride: int, padding: str) -> int | None:
    """Returns how many windows fit along one axis, None where its length is unknown.

    Raises:
        ValueError: if not one window fits.
    """
    if length is None:
        return None
    if padding == "same":
        return -(-length // stride)
    if length < window:
        raise ValueError(
            f"The input is smaller than the window: no output. "
            f"Received: input length={length}, window={window}"
        )
    return (length - window) // stride + 1


def check_padding(padding: str) -> str:
    """Returns `padding` if it is one that windows know.

    Raises:
        ValueError: if it is neither "valid" nor "same".
    """
    if padding not in ("valid", "same"):
        raise ValueError(f'`padding` must be "valid" or "same". Received: padding={padding!r}')
    return padding


def check_data_format(data_format: str | None) -> str:
    """Returns a data format, Keras's global one for None.

    Raises:
        ValueError: if it is neither "channels_last" nor "channels_first".
    """
    if data_format is None:
        return keras.config.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            '`data_format` must be "channels_last" or "channels_first". '
            f"Received: data_format={data_format!r}"
        )
    return data_format


def spatial_axes(data_format: str, rank: int = 2) -> tuple[int, ...]:
    """Returns the axes of height and width (or of the steps, for rank 1)."""
    first = 1 if data_format == "channels_last" else 2
    return tuple(range(first, first + rank))


def check_fraction(value: float, name: str) -> float:
    """Returns a number that is at least 0 and less than 1.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise ValueError(
            f"`{name}` must be a number of at least 0 and less than 1. Received: {name}={value}"
        )
    return float(value)
