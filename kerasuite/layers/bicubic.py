"""Enlargement by bicubic interpolation, for pictures of any size."""

import math
from typing import Any

import keras
from keras import ops

_A = -0.5
_TAPS = 2  # on either side


@keras.saving.register_keras_serializable(package="kerasuite")
class Bicubic(keras.layers.Layer):
    """Makes pictures larger by Keys's cubic kernel with a = -0.5.

    The edges go on for ever beyond the picture. (`UpSampling2D` must know the size of pictures for
    this.)

    Args:
        factor: of the height and of the width, at least 1.

    Call arguments:
        inputs: float tensor (batch, height, width, channels).

    Returns:
        A tensor (batch, height factor, width factor, channels).

    Raises:
        ValueError: if `factor` is no positive integer.

    Reference:
        Keys 1981, "Cubic convolution interpolation for digital image processing".
    """

    def __init__(self, factor: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(factor, int) or isinstance(factor, bool) or factor < 1:
            raise ValueError(f"`factor` must be a positive integer. Received: factor={factor}")
        self.factor = factor
        self.input_spec = keras.InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Any) -> Any:
        _, height, width, channels = ops.shape(inputs)
        rows = ops.stack(self._phases(inputs, 1), axis=2)
        rows = ops.reshape(rows, (-1, height * self.factor, width, channels))
        columns = ops.stack(self._phases(rows, 2), axis=3)
        return ops.reshape(columns, (-1, height * self.factor, width * self.factor, channels))

    def _phases(self, x: Any, axis: int) -> list[Any]:
        """The values between a place and the next one along an axis, for all places at once."""

        def part(first: int | None, last: int | None) -> tuple[slice, ...]:
            return (*(slice(None),) * axis, slice(first, last))

        edges = [x[part(None, 1)]] * _TAPS, [x[part(-1, None)]] * _TAPS
        padded = ops.concatenate([*edges[0], x, *edges[1]], axis)
        found = []
        for phase in range(self.factor):
            place = (phase + 0.5) / self.factor - 0.5
            first = math.floor(place) - 1
            found.append(
                sum(
                    _kernel(place - tap) * padded[part(_TAPS + tap, (tap - _TAPS) or None)]
                    for tap in range(first, first + 4)
                )
            )
        return found

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, *sides, channels = input_shape
        return (batch, *(None if n is None else n * self.factor for n in sides), channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def _kernel(distance: float) -> float:
    d = abs(distance)
    if d <= 1:
        return (_A + 2) * d**3 - (_A + 3) * d**2 + 1
    return _A * d**3 - 5 * _A * d**2 + 8 * _A * d - 4 * _A if d < 2 else 0.0
