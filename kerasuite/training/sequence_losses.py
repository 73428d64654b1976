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


@keras.saving.register_keras_serializable(package="kerasuite")
class DoublyStochastic(keras.losses.Loss):
    """Asks attention to look at each place about once over a sentence.

    The weights of each step add up to 1 over the places; this adds up, over the places, the squared
    difference from 1 of their sums over the steps.

    Args:
        weight: of the loss, at least 0.
        name: name of the loss.

    Call arguments:
        y_true: [batch, steps], 0 for steps that are padding.
        y_pred: attention weights [batch, steps, places].

    Raises:
        ValueError: if `weight` is negative.

    Reference:
        Xu et al. 2015, "Show, attend and tell", equation 14.
    """

    def __init__(self, weight: float = 1.0, name: str = "doubly_stochastic", **kwargs: Any) -> None:
        if not weight >= 0:
            raise ValueError(f"`weight` must be at least 0. Received: weight={weight}")
        super().__init__(name=name, **kwargs)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sentence."""
        counted = ops.cast(ops.not_equal(y_true, 0), y_pred.dtype)[..., None]
        sums = ops.sum(counted * y_pred, axis=1)
        return self.weight * ops.sum(ops.square(1.0 - sums), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "weight": self.weight}
