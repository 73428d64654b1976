"""Squared distances to fixed codes: the output layer of LeNet-5."""

import math
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

    The paper trains with `y[k] + log(exp(-j) + sum_i exp(-y[i]))` for the true class k, where the
    constant j is the penalty of a "rubbish" class. That is the cross-entropy of softmax(-y) plus
    `softplus(-j - log(sum_i exp(-y[i])))`, which does not depend on the class. The second part is
    added as a loss by this layer, so that Keras's cross-entropy makes the paper's criterion
    complete. Cross-entropy alone sees only differences of distances, in which `sum_j x[j] ** 2`
    cancels: nothing would hold the inputs near the codes, and they would saturate.

    Args:
        codes: one code a unit, numbers in a rectangle (units, features).
        rubbish_penalty: the paper's j, a number; None leaves the second part out.

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        The squared distances, a tensor (batch, units).

    Raises:
        ValueError: if `codes` is not a rectangle, the input has another number of features, or
            `rubbish_penalty` is not a finite number.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        equations 7 and 9.
    """

    def __init__(
        self,
        codes: Sequence[Sequence[float]] | np.ndarray,
        rubbish_penalty: float | None = None,
        **kwargs,
    ) -> None:
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
        if rubbish_penalty is not None and not math.isfinite(rubbish_penalty):
            raise ValueError(
                "`rubbish_penalty` must be a finite number or None. "
                f"Received: rubbish_penalty={rubbish_penalty}"
            )
        self.rubbish_penalty = rubbish_penalty
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
        distances = ops.sum(ops.square(differences), axis=-1)
        if self.rubbish_penalty is not None:
            nearness = ops.logsumexp(-distances, axis=-1)
            self.add_loss(ops.mean(ops.softplus(-self.rubbish_penalty - nearness)))
        return distances

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "codes": self._codes.tolist(),
            "rubbish_penalty": self.rubbish_penalty,
        }
