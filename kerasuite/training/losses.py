"""Losses that Keras lacks."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class SparseSquaredError(keras.losses.Loss):
    """Half the squared distance between the answers and the one-hot code of the class.

    The criterion of the early nets, for labels that are whole numbers.

    Call arguments:
        y_true: whole numbers (batch,) or (batch, 1).
        y_pred: float tensor (batch, classes).

    Reference:
        Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating
        errors", equation 3.
    """

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str = "sparse_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_pred = ops.convert_to_tensor(y_pred)
        labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        targets = ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype)
        return 0.5 * ops.sum(ops.square(targets - y_pred), axis=-1)
