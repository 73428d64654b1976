"""Whitening: patches without their own mean, in directions of equal variance."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class Whitening(keras.layers.Layer):
    """Takes away each row's own mean, and scales principal components to variance 1.

    The weights do not learn by gradients: `adapt` sets them, and nothing is of use before it.
    Directions of small variance, which hold mostly noise, are left out by `units` below the number
    of features.

    Args:
        units: positive integer, how many principal components are kept; below the number of
            features, of which one is lost with the mean.

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        A tensor (batch, units).

    Raises:
        ValueError: if `units` is no positive integer, or not below the number of features.

    Reference:
        Hyvärinen, Hurri, Hoyer 2009, "Natural image statistics", sections 5.2 and 5.3.
    """

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        (self.units,) = positive_tuple(units, 1, "units")
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = input_shape[-1]
        if self.units >= features:
            raise ValueError(
                f"`units` must be below the {features} features. Received: units={self.units}"
            )

        def weight(name: str, shape: tuple[int, ...], initializer: str) -> Any:
            return self.add_weight(shape=shape, initializer=initializer, trainable=False, name=name)

        self.mean = weight("mean", (features,), "zeros")
        self.kernel = weight("kernel", (features, self.units), "orthogonal")
        self.inverse_kernel = weight("inverse_kernel", (self.units, features), "zeros")

    def adapt(self, rows: np.ndarray) -> None:
        """Sets the weights by rows, float [n, features].

        Raises:
            ValueError: if the rows vary in fewer directions than `units`.
        """
        rows = np.asarray(rows, "float64")
        rows = rows - rows.mean(1, keepdims=True)
        if not self.built:
            self.build(rows.shape)
        mean = rows.mean(0)
        values, vectors = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
        values, vectors = values[::-1][: self.units], vectors[:, ::-1][:, : self.units]
        if values[-1] <= 1e-9 * values[0]:
            raise ValueError(
                f"`rows` must vary in at least {self.units} directions. Received: "
                f"{int((values > 1e-9 * values[0]).sum())} directions in {len(rows)} rows"
            )
        self.mean.assign(mean)
        self.kernel.assign(vectors / np.sqrt(values))
        self.inverse_kernel.assign((vectors * np.sqrt(values)).T)

    def call(self, inputs: Any) -> Any:
        own = ops.mean(inputs, axis=-1, keepdims=True)
        return ops.matmul(inputs - own - self.mean, self.kernel)

    def inverse(self, whitened: Any) -> Any:
        """Rows (batch, features) whose own mean is 0 out of whitened ones (batch, units)."""
        return ops.matmul(whitened, self.inverse_kernel) + self.mean

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
