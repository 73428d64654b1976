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


@keras.saving.register_keras_serializable(package="kerasuite")
class CrossEntropyAndDice(keras.losses.Loss):
    """Cross-entropy of each pixel, and one minus the mean Dice coefficient of the classes.

    Cross-entropy learns fast but weighs classes by their pixels; Dice weighs them alike. The Dice
    coefficient of a class, 2 |A ∩ B| / (|A| + |B|) with probabilities for B, is taken over all
    pixels of the batch, and the mean over the classes that occur in it.

    Args:
        dice: weight of the Dice part; the cross-entropy's is one.
        ignored: pixels of this class count for nothing.
        name: name of the loss.

    Call arguments:
        y_true: whole numbers `[batch, height, width]`, the class of each pixel.
        y_pred: probabilities `[batch, height, width, classes]`.

    Returns:
        A scalar. (The Dice part belongs to the batch: there is no loss per picture.)

    Raises:
        ValueError: if `dice` is negative.

    Reference:
        Milletari et al. 2016, "V-Net", section 3 (the Dice part, there with squares); Isensee et
        al. 2021, "nnU-Net" (the sum).
    """

    def __init__(
        self,
        dice: float = 1.0,
        ignored: int = 255,
        name: str = "cross_entropy_and_dice",
        **kwargs: Any,
    ) -> None:
        if dice < 0:
            raise ValueError(f"`dice` must not be negative. Received: dice={dice}")
        super().__init__(name=name, **kwargs)
        self.dice = dice
        self.ignored = ignored

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Computes the loss of a batch."""
        classes = y_pred.shape[-1]
        labels = ops.cast(y_true, "int32")
        counts = ops.cast(labels != self.ignored, y_pred.dtype)[..., None]
        truth = ops.one_hot(ops.where(labels == self.ignored, 0, labels), classes) * counts
        y_pred = ops.clip(y_pred, keras.config.epsilon(), 1.0)
        pixels = ops.maximum(ops.sum(counts), 1.0)
        cross_entropy = -ops.sum(truth * ops.log(y_pred)) / pixels
        if not self.dice:
            return cross_entropy
        over = tuple(range(len(y_pred.shape) - 1))
        shared = ops.sum(truth * y_pred, axis=over)
        both = ops.sum(truth + y_pred * counts, axis=over)
        there = ops.cast(ops.any(truth > 0, axis=over), y_pred.dtype)
        coefficients = 2 * shared / ops.maximum(both, keras.config.epsilon())
        mean = ops.sum(coefficients * there) / ops.maximum(ops.sum(there), 1.0)
        return cross_entropy + self.dice * (1 - mean)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "dice": self.dice, "ignored": self.ignored}
