"""What a reconstruction costs, in nats a picture: the sum over its pixels, not the mean."""

from typing import Any

import keras
from keras import ops

from kerasuite.evaluation.likelihood import LOG_LIKELIHOODS


@keras.saving.register_keras_serializable(package="kerasuite")
class NegativeLogLikelihood(keras.losses.Loss):
    """Minus the logarithm of the likelihood of a picture, in nats.

    Args:
        likelihood: "bernoulli", with logits for parameters, or "gaussian", with means and
            logarithms of variances; see `evaluation.likelihood`.

    Call arguments:
        y_true: float tensor (batch, ..., channels), values from 0 to 1.
        y_pred: parameters (batch, ..., channels), twice as many channels for "gaussian".

    Raises:
        ValueError: if `likelihood` is another word.

    Reference:
        Kingma & Welling 2013, "Auto-encoding variational Bayes", appendix C.
    """

    def __init__(self, likelihood: str, name: str = "negative_log_likelihood", **kwargs) -> None:
        if likelihood not in LOG_LIKELIHOODS:
            raise ValueError(
                f"`likelihood` must be one of {', '.join(LOG_LIKELIHOODS)}. "
                f"Received: likelihood={likelihood!r}"
            )
        super().__init__(name=name, **kwargs)
        self.likelihood = likelihood

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return -LOG_LIKELIHOODS[self.likelihood](y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "likelihood": self.likelihood}


@keras.saving.register_keras_serializable(package="kerasuite")
class SummedSquaredError(keras.losses.Loss):
    """Half the squared distance: a normal likelihood of variance 1, but for its constant.

    Call arguments:
        y_true: float tensor (batch, ...).
        y_pred: of the same shape.
    """

    def __init__(self, name: str = "summed_squared_error", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        axes = tuple(range(1, len(y_pred.shape)))
        return 0.5 * ops.sum(ops.square(y_true - y_pred), axis=axes)
