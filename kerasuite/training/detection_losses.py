"""Losses of detectors that answer for every anchor."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.anchors import IGNORED
from kerasuite.layers.boxes import decode, paired_iou

# Overlaps of boxes of the same anchor are the same for any anchor: this one is as good as its own.
_UNIT = (0.0, 0.0, 1.0, 1.0)


@keras.saving.register_keras_serializable(package="kerasuite")
class AnchorFocalLoss(keras.losses.Loss):
    """Focal loss of the classes of anchors.

    Nearly all anchors are background and easy. The cross-entropy of each is multiplied by
    `alpha_t (1 - p_t)^gamma`, where p_t is the probability of what is true, so that the many easy
    ones do not drown the few hard ones. Summed over classes and anchors, and divided by the
    picture's number of anchors that have a class, or 1.

    Args:
        alpha: the weight of what is there; 1 - alpha that of what is not. From 0 to 1.
        gamma: how much easy anchors are discounted, at least 0.
        name: name of the loss.

    Call arguments:
        y_true: whole numbers [batch, anchors]: a class, -1 for background, -2 for anchors that
            count for nothing.
        y_pred: logits [batch, anchors, classes].

    Returns:
        By default the mean over the batch.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Lin et al. 2017, "Focal loss for dense object detection", equation 5 and section 4.1.
    """

    def __init__(
        self, alpha: float = 0.25, gamma: float = 2.0, name: str = "focal_loss", **kwargs: Any
    ) -> None:
        if not 0 <= alpha <= 1:
            raise ValueError(f"`alpha` must be from 0 to 1. Received: alpha={alpha}")
        if not gamma >= 0:
            raise ValueError(f"`gamma` must be at least 0. Received: gamma={gamma}")
        super().__init__(name=name, **kwargs)
        self.alpha, self.gamma = alpha, gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each picture, [batch]."""
        labels = ops.cast(y_true, "int32")
        counted = ops.cast(labels != IGNORED, y_pred.dtype)
        truth = ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype)  # -1, -2: all zeros
        cross_entropy = ops.binary_crossentropy(truth, y_pred, from_logits=True)
        probability = ops.sigmoid(y_pred)
        missed = truth * (1 - probability) + (1 - truth) * probability
        weight = truth * self.alpha + (1 - truth) * (1 - self.alpha)
        each = ops.sum(weight * missed**self.gamma * cross_entropy, axis=-1)
        found = ops.sum(ops.cast(labels >= 0, y_pred.dtype), axis=-1)
        return ops.sum(each * counted, axis=-1) / ops.maximum(found, 1.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma}


@keras.saving.register_keras_serializable(package="kerasuite")
class AnchorBoxLoss(keras.losses.Loss):
    """Smooth L1 loss of the boxes of anchors: squares near 0, absolute values further out.

    Summed over the four numbers and over the anchors that have a class, and divided by the
    picture's number of these, or 1. The other anchors count for nothing.

    Args:
        beta: where the square ends, above 0.
        name: name of the loss.

    Call arguments:
        y_true: float [batch, anchors, 5]: the codes of `layers.boxes.encode`, and the label of the
            anchor (a class, or below 0).
        y_pred: float [batch, anchors, 4], codes.

    Returns:
        By default the mean over the batch.

    Raises:
        ValueError: if `beta` is not above 0.

    Reference:
        Girshick 2015, "Fast R-CNN", equations 2 and 3.
    """

    def __init__(self, beta: float = 1.0, name: str = "box_loss", **kwargs: Any) -> None:
        if not beta > 0:
            raise ValueError(f"`beta` must be above 0. Received: beta={beta}")
        super().__init__(name=name, **kwargs)
        self.beta = beta

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each picture, [batch]."""
        found = ops.cast(y_true[..., 4] >= 0, y_pred.dtype)
        error = ops.abs(y_true[..., :4] - y_pred)
        square = 0.5 * ops.square(error) / self.beta
        each = ops.sum(ops.where(error < self.beta, square, error - 0.5 * self.beta), axis=-1)
        return ops.sum(each * found, axis=-1) / ops.maximum(ops.sum(found, axis=-1), 1.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "beta": self.beta}


@keras.saving.register_keras_serializable(package="kerasuite")
class AnchorIoULoss(keras.losses.Loss):
    """1 minus the generalized IoU of the boxes of anchors.

    The mean over the anchors that have a class, 0 for a picture without. The other anchors count
    for nothing.

    Args:
        name: name of the loss.

    Call arguments:
        y_true: float [batch, anchors, 5]: the codes of `layers.boxes.encode`, and the label of the
            anchor (a class, or below 0).
        y_pred: float [batch, anchors, 4], codes.

    Returns:
        By default the mean over the batch.

    Reference:
        Rezatofighi et al. 2019, "Generalized intersection over union", algorithm 1.
    """

    def __init__(self, name: str = "iou_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each picture, [batch]."""
        found = ops.cast(y_true[..., 4] >= 0, y_pred.dtype)
        unit = ops.convert_to_tensor(_UNIT, y_pred.dtype)
        truth, answer = (decode(codes, unit) for codes in (y_true[..., :4], y_pred))
        each = 1 - paired_iou(answer, truth)[1]
        return ops.sum(each * found, axis=-1) / ops.maximum(ops.sum(found, axis=-1), 1.0)
