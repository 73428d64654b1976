"""Truncated backpropagation through time: the state of one batch begins the next."""

from typing import Any

import keras
import tensorflow as tf

from kerasuite.text.ids import PAD


@keras.saving.register_keras_serializable("kerasuite")
class TruncatedBPTT(keras.Model):
    """A functional model [ids, *states] → [logits, *states] that reads texts piece by piece.

    A batch is ({"ids": int32 [rows, steps], "first": bool []}, int32 [rows, steps] next ids). Its
    rows go on where those of the batch before ended, unless `first` says that texts begin. The
    gradient ends at the batch's beginning. Next ids that are PAD do not count.

    The state is no weight: it is neither saved nor does it outlast a batch with `first`.

    Figures: `loss`, the mean cross-entropy in nats, and `perplexity`, e to the power of it.

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
        """Returns the state before any text, zeros [rows, units] for each part of it."""
        return [tf.zeros([rows, state.shape[-1]]) for state in self.inputs[1:]]

    def train_step(self, data: Any) -> dict[str, Any]:
        inputs, targets = data
        carried = self._state(inputs, training=True)
        with tf.GradientTape() as tape:
            logits, *after = self([inputs["ids"], *carried[1]], training=True)
            losses, counts = _losses(targets, logits)
            loss = tf.reduce_sum(losses) / tf.reduce_sum(counts)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, [w.value for w in weights]), weights)
        return self._note(carried[0], after, losses, counts)

    def test_step(self, data: Any) -> dict[str, Any]:
        inputs, targets = data
        carried = self._state(inputs, training=False)
        logits, *after = self([inputs["ids"], *carried[1]], training=False)
        return self._note(carried[0], after, *_losses(targets, logits))

    def _state(
        self, inputs: dict[str, tf.Tensor], training: bool
    ) -> tuple[list[tf.Variable], list[tf.Tensor]]:
        """The variables that carry the state, and the state this batch begins with."""
        rows = inputs["ids"].shape[0]
        if rows is None:
            raise ValueError("the number of rows of a batch must be known. Received: None")
        if (training, rows) not in self._carried:
            with tf.init_scope():  # this is traced: variables are made outside
                self._carried[training, rows] = [
                    tf.Variable(zeros, trainable=False) for zeros in self.initial_state(rows)
                ]
        variables = self._carried[training, rows]
        return variables, [tf.where(inputs["first"], 0.0, v) for v in variables]

    def _note(
        self,
        carried: list[tf.Variable],
        after: list[tf.Tensor],
        losses: tf.Tensor,
        counts: tf.Tensor,
    ) -> dict[str, Any]:
        for variable, value in zip(carried, after, strict=True):
            variable.assign(tf.cast(value, variable.dtype))
        # Flat: of rows, Keras would take the means first, and count each row alike.
        self._loss_mean.update_state(tf.reshape(losses, [-1]), tf.reshape(counts, [-1]))
        loss = self._loss_mean.result()
        return {"loss": loss, "perplexity": keras.ops.exp(loss)}


def _losses(targets: tf.Tensor, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The cross-entropy of each id, float32 [rows, steps], 0 for PAD, and 1 where it counts."""
    counts = tf.cast(targets != PAD, tf.float32)
    logits = tf.cast(logits, tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return losses * counts, counts
