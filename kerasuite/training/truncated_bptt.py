"""Truncated backpropagation through time: the state of one batch begins the next."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasuite")
class TruncatedBPTT(keras.Model):
    """A functional model [sequence, *states] → [outputs, *states] that reads piece by piece.

    A batch is ({"sequence": [rows, steps, ...], "first": bool []}, targets [rows, steps, ...],
    float32 weights [rows, steps]). Its rows go on where those of the batch before ended, unless
    `first` says that they begin. The gradient ends at the batch's beginning. Targets of weight 0
    do not count.

    The state is no weight: it is neither saved nor does it outlast a batch with `first`.

    Compile it with a Keras loss of `reduction="sum"`. Figures: `loss`, its mean over what counts;
    of a cross-entropy also `perplexity`, e to the power of it.

    Args:
        inputs, outputs, name: as of a functional `keras.Model`.

    Reference:
        Williams & Peng 1990, An efficient gradient-based algorithm for on-line training of
        recurrent network trajectories.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self._loss_mean = keras.metrics.Mean("loss")
        self._carried: dict[tuple[bool, int], list[tf.Variable]] = {}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._loss_mean]

    def initial_state(self, rows: int | tf.Tensor) -> list[tf.Tensor]:
        """Returns the state before anything was read, zeros [rows, ...] for each part of it."""
        return [tf.zeros([rows, *state.shape[1:]], state.dtype) for state in self.inputs[1:]]

    def make_ready(self, spec: Any) -> None:
        """Makes the variables of the state for batches of this kind, see `training.fitting`."""
        for training in (True, False):
            self._state_variables(spec[0]["sequence"].shape[0], training)

    def train_step(self, data: Any) -> dict[str, Any]:
        inputs, targets, weights = data
        carried, before = self._state(inputs, training=True)
        with tf.GradientTape() as tape:
            outputs, *after = self([inputs["sequence"], *before], training=True)
            loss = self._mean_loss(targets, outputs, weights)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, [v.value for v in variables]), variables)
        return self._note(carried, after, loss, weights)

    def test_step(self, data: Any) -> dict[str, Any]:
        inputs, targets, weights = data
        carried, before = self._state(inputs, training=False)
        outputs, *after = self([inputs["sequence"], *before], training=False)
        loss = self._mean_loss(targets, outputs, weights)
        return self._note(carried, after, loss, weights)

    def _mean_loss(self, targets: tf.Tensor, outputs: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        total = self.loss(targets, outputs, sample_weight=weights)
        return tf.math.divide_no_nan(total, tf.reduce_sum(weights))

    def _state(
        self, inputs: dict[str, tf.Tensor], training: bool
    ) -> tuple[list[tf.Variable], list[tf.Tensor]]:
        """The variables that carry the state, and the state this batch begins with."""
        variables = self._state_variables(inputs["sequence"].shape[0], training)
        return variables, [tf.where(inputs["first"], tf.zeros_like(v), v) for v in variables]

    def _state_variables(self, rows: int | None, training: bool) -> list[tf.Variable]:
        if rows is None:
            raise ValueError("the number of rows of a batch must be known. Received: None")
        if (training, rows) not in self._carried:
            with tf.init_scope():  # where this is traced, variables are made outside
                self._carried[training, rows] = [
                    tf.Variable(zeros, trainable=False) for zeros in self.initial_state(rows)
                ]
        return self._carried[training, rows]

    def _note(
        self,
        carried: list[tf.Variable],
        after: list[tf.Tensor],
        loss: tf.Tensor,
        weights: tf.Tensor,
    ) -> dict[str, Any]:
        for variable, value in zip(carried, after, strict=True):
            variable.assign(tf.cast(value, variable.dtype))
        self._loss_mean.update_state(loss, sample_weight=tf.reduce_sum(weights))
        found = {"loss": self._loss_mean.result()}
        if isinstance(self.loss, keras.losses.SparseCategoricalCrossentropy):
            found["perplexity"] = keras.ops.exp(found["loss"])
        return found
