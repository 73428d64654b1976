"""Keras's Adam, in one operation a weight on TensorFlow."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class Adam(keras.optimizers.Adam):
    """Drop-in for `keras.optimizers.Adam`: same arguments, same state, the same steps but for one.

    Keras composes a step of about ten passes over each weight. TensorFlow has one operation for it.
    It is used for float32 weights that are updated where they are (not under a distribution
    strategy), and not with `amsgrad`; everything else is Keras's own.

    The gradient of an embedding is a list of rows, in which a word that occurs several times in a
    batch has several. Keras squares each of them by itself; here they are added up first, as the
    paper's gradient is.

    Args:
        **kwargs: those of `keras.optimizers.Adam`.

    Reference:
        Kingma & Ba 2015, "Adam: a method for stochastic optimization", end of section 2.
    """

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)
        self._slots = {}
        if not self.amsgrad and keras.backend.backend() == "tensorflow":
            self._slots = {
                variable.value.ref(): slots
                for variable, *slots in zip(
                    variables, self._momentums, self._velocities, strict=True
                )
                if variable.dtype == "float32"
            }

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        slots = self._slots.get(variable.ref()) if self._slots else None
        if slots is None:
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf  # only here: the other backends do without TensorFlow

        mean, square = slots
        number = tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=mean.value.handle,
            v=square.value.handle,
            beta1_power=tf.pow(self.beta_1, number),
            beta2_power=tf.pow(self.beta_2, number),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(tf.convert_to_tensor(gradient), tf.float32),
        )
