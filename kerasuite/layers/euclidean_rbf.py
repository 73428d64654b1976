"""Squared distances to fixed codes: the output layer of LeNet-5."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class EuclideanRBF(keras.layers.Layer):
    """Euclidean radial basis functions: `y[i] = sum_j (x[j] - codes[i, j]) ** 2`.

    The output is a penalty: the smaller `y[i]`, the better the input fits code i. The codes are
    a weight that is never trained.

    Args:
        codes: one code a unit, numbers in a rectangle (units, features).

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        The squared distances, a tensor (batch, units).

    Raises:
        ValueError: if `codes` is not a rectangle, or the input has another number of features.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        equation 7.
    """

    def __init__(self, codes: Sequence[Sequence[float]] | np.ndarray, **kwargs) -> None:
        super().__init__(**kwargs)
        try:
            self._codes = np.asarray(codes, "float32")
        except ValueError as e:
            raise ValueError("The codes of `codes` must all have the same length.") from e
        if self._codes.ndim != 2 or not self._codes.size:
            raise ValueError(
                "`codes` must have the shape (units, features). "
                f"Received: codes of shape {self._codes.shape}"
            )
        self.units, features = self._codes.shape
        self.input_spec = keras.InputSpec(ndim=2, axes={-1: features})

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.codes = self.add_weight(
            shape=self._codes.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(self._codes, dtype=dtype),
            trainable=False,
            name="codes",
        )

    def call(self, inputs: Any) -> Any:
        # The differences themselves, not |x|^2 - 2xw + |w|^2, which cancels near a code.
        differences = ops.expand_dims(inputs, 1) - self.codes
        return ops.sum(ops.square(differences), axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "codes": self._codes.tolist()}
