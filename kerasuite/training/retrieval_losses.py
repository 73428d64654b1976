"""Losses of retrieval."""

from typing import Any

import keras
from keras import ops

_NEVER = -1e9


@keras.saving.register_keras_serializable(package="kerasuite")
class InBatchSoftmax(keras.losses.Loss):
    """Cross-entropy of each user's own item against the other items of the batch.

    Args:
        name: of the loss.

    Call arguments:
        y_true: integer tensor (batch,), the item of each row. The same item in another row is no
            wrong answer and is left out.
        y_pred: float tensor (batch, batch), the affinity of each row's user to each row's item.

    Returns:
        The loss of each row, (batch,), reduced to its mean.

    Reference:
        Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item
        recommendations", section 4.
    """

    def __init__(self, name: str = "in_batch_softmax", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        items = ops.reshape(y_true, (-1,))
        rows = ops.arange(ops.shape(y_pred)[0])
        own = ops.equal(rows[:, None], rows[None, :])
        same = ops.equal(items[:, None], items[None, :])
        scores = ops.where(ops.logical_and(same, ops.logical_not(own)), _NEVER, y_pred)
        return -ops.sum(ops.where(own, ops.log_softmax(scores, axis=-1), 0.0), axis=-1)
