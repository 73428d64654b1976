"""Lets a decoder learn from its own words: scheduled sampling in two passes."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class ScheduledSampling(keras.Model):
    """A translator that reads some of its own ids in the place of the true ones while it learns.

    A first pass reads the true target; an id is drawn from each step's prediction. The second
    pass, which is learned from, reads each true id with the probability `share` and the drawn one
    otherwise. So all steps are still computed at once. Made as a functional model is, of inputs
    {"source", "target"} and logits.

    Reference:
        Bengio et al. 2015, "Scheduled sampling for sequence prediction with recurrent neural
        networks"; in two passes: Duckworth et al. 2019, "Parallel scheduled sampling".
    """

    @property
    def share(self) -> tf.Variable:
        """The probability of the true id, from 0 to 1: 1 at first."""
        if not hasattr(self, "_share"):
            # TensorFlow's own: it is no weight of the model, and not saved with it.
            self._share = tf.Variable(1.0, trainable=False)
        return self._share

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on mixed targets. TensorFlow only."""
        inputs, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        mixed = self._mixed(inputs)
        return super().train_step((mixed, labels, weights))

    def _mixed(self, inputs: dict[str, Any]) -> dict[str, Any]:
        target = inputs["target"]
        # The same numbers in a resumed run.
        seed = tf.stack([tf.cast(self.optimizer.iterations, tf.int32), 0])
        noise = tf.random.stateless_uniform(tf.shape(target), seed)
        logits = ops.cast(self(inputs, training=False), "float32")[:, :-1]
        shape = tf.shape(logits)
        drawn = tf.random.stateless_categorical(
            tf.reshape(logits, [-1, logits.shape[-1]]), 1, seed + 1, tf.int32
        )
        # What was predicted at a step is read at the next; the start stays.
        own = tf.concat([target[:, :1], tf.reshape(drawn, shape[:2])], axis=1)
        replaced = (noise >= self.share) & (target != 0)
        return {**inputs, "target": tf.where(replaced, own, target)}


class ShareOfTruth(keras.callbacks.Callback):
    """Lowers `share` of a `ScheduledSampling` model in equal parts, epoch by epoch.

    Args:
        last: the share of the last epoch, from 0 to 1; the first has 1.
        epochs: how many epochs there are.
    """

    def __init__(self, last: float, epochs: int) -> None:
        super().__init__()
        self.last, self.epochs = last, epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        done = epoch / max(1, self.epochs - 1)
        self.model.share.assign(1.0 - (1.0 - self.last) * done)
