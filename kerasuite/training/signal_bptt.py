"""Truncated backpropagation through time over signals: `truncated_bptt` with a squared error."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="kerasuite")
class SignalBPTT(keras.Model):
    """A functional model with its states as inputs and outputs, trained on parallel streams.

    A batch is a piece of each stream. Its states are those that the piece before left, and the
    gradient ends where the piece begins. The loss is the mean squared error, over the samples
    that count.

    A training batch is (inputs, targets, weights, first), where weights (streams, time, 1) are 0
    for targets that do not count, and `first`, bool (), says that the streams begin, so that
    states are zero. A validation batch is (inputs, targets, weights) and begins with zero states.

    Args:
        inputs: [the sequence (batch, time, features), then each state (batch, …)].
        outputs: [predictions (batch, time, features), then each state after the last step].
        name: of the model.

    Reference:
        Williams & Peng 1990, "An efficient gradient-based algorithm for on-line training of
        recurrent network trajectories".
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self._loss_mean = keras.metrics.Mean("loss")
        self._carried: list[tf.Variable] = []

    def start_streams(self, streams: int) -> None:
        """Makes room for the states of so many streams; call it before `fit`."""
        self._carried = [tf.Variable(s, trainable=False) for s in self.zero_states(streams)]
        self.train_function = None  # of other streams, perhaps

    def zero_states(self, batch: int | tf.Tensor) -> list[tf.Tensor]:
        """Returns the states to begin with, for so many sequences."""
        return [tf.zeros([batch, *s.shape[1:]], s.dtype) for s in self.inputs[1:]]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._loss_mean]

    def train_step(self, data: Any) -> dict[str, Any]:
        inputs, targets, weights, first = data
        states = [tf.where(first, tf.zeros_like(s), s) for s in self._carried]
        with tf.GradientTape() as tape:
            predictions, *states = self([inputs, *states], training=True)
            loss, count = _squared_error(targets, predictions, weights)
            scaled = self.optimizer.scale_loss(loss)
        weights_to_train = self.trainable_weights
        gradients = tape.gradient(scaled, [w.value for w in weights_to_train])
        self.optimizer.apply(gradients, weights_to_train)
        for carried, state in zip(self._carried, states, strict=True):
            carried.assign(state)
        self._loss_mean.update_state(loss, sample_weight=count)
        return {"loss": self._loss_mean.result()}

    def test_step(self, data: Any) -> dict[str, Any]:
        inputs, targets, weights = data
        predictions, *_ = self([inputs, *self.zero_states(tf.shape(inputs)[0])], training=False)
        loss, count = _squared_error(targets, predictions, weights)
        self._loss_mean.update_state(loss, sample_weight=count)
        return {"loss": self._loss_mean.result()}


def _squared_error(
    targets: tf.Tensor, predictions: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the mean over what counts, and how much that is."""
    squares = tf.square(targets - tf.cast(predictions, targets.dtype)) * weights
    count = tf.reduce_sum(weights)
    return tf.math.divide_no_nan(tf.reduce_sum(squares), count), count
