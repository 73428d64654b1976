"""Keras's Adam, in one operation a weight on TensorFlow."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class Adam(keras.optimizers.Adam):
    """Drop-in for `keras.optimizers.Adam`: same arguments, steps and state.

    Keras composes a step of ten passes over each weight, TensorFlow has one operation for it. It
    is used for float32 weights that are updated where they are (not under a distribution
    strategy), without `amsgrad`, and with gradients of the whole weight, not of some rows of an
    embedding; everything else is Keras's own.

    Args:
        **kwargs: those of `keras.optimizers.Adam`.

    Reference:
        Kingma & Ba 2015, "Adam: a method for stochastic optimization", the end of section 2.
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
        if slots is None or hasattr(gradient, "indices"):
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf  # only here: the other backends do without TensorFlow

        step = ops.cast(self.iterations + 1, "float32")
        momentum, velocity = slots
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=momentum.value.handle,
            v=velocity.value.handle,
            beta1_power=ops.power(self.beta_1, step),
            beta2_power=ops.power(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, tf.float32),
        )
