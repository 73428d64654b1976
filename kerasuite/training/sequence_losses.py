"""Losses of sequences that are padded."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class PaddedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of the ids of sequences, with the truth smoothed, without padding.

    The mean over all ids of the batch that are not 0: a long sequence counts for more than a short
    one.

    Args:
        label_smoothing: the share of the truth that is spread evenly over all ids, from 0 to
            below 1.
        name: name of the loss.

    Call arguments:
        y_true: whole numbers [batch, steps], padded with 0.
        y_pred: logits [batch, steps, vocabulary].

    Returns:
        A scalar. (It belongs to the batch: there is no loss per sequence.)

    Raises:
        ValueError: if `label_smoothing` is out of its range.

    Reference:
        Szegedy et al. 2016, "Rethinking the Inception architecture", section 7 (smoothing).
    """

    def __init__(
        self, label_smoothing: float = 0.0, name: str = "padded_cross_entropy", **kwargs: Any
    ) -> None:
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                "`label_smoothing` must be from 0 to below 1. "
                f"Received: label_smoothing={label_smoothing}"
            )
        super().__init__(name=name, **kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of the batch."""
        labels, logits = ops.cast(y_true, "int32"), ops.cast(y_pred, "float32")
        each = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        if self.label_smoothing:
            # What the mean over all ids of -log p differs by: no second softmax.
            right = ops.squeeze(ops.take_along_axis(logits, labels[..., None], axis=-1), -1)
            each = each + self.label_smoothing * (right - ops.mean(logits, axis=-1))
        counted = ops.cast(labels != 0, "float32")
        return ops.sum(each * counted) / ops.maximum(ops.sum(counted), 1.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
