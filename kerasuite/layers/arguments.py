"""What several layers check of their arguments, and the arithmetic of sliding windows."""

from collections.abc import Sequence


def pair(value: int | Sequence[int], name: str) -> tuple[int, int]:
    """Returns a positive integer or a pair of them as a pair.

    Raises:
        ValueError: if `value` is neither.
    """
    values = (value, value) if isinstance(value, int) else tuple(value)
    if len(values) != 2 or any(not isinstance(v, int) or v < 1 for v in values):
        raise ValueError(
            f"`{name}` must be a positive integer or a pair of them. Received: {name}={value}"
        )
    return values


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
