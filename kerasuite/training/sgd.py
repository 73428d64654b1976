"""Keras's gradient descent with momentum, in one operation a weight on TensorFlow."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class SGD(keras.optimizers.SGD):
    """Drop-in for `keras.optimizers.SGD`: same arguments, steps and state.

    Keras composes a step of five to eight passes over each weight. TensorFlow has one operation
    for it, of two passes. It is used with momentum, for float32 weights that are updated where
    they are (not under a distribution strategy); everything else is Keras's own.

    Args:
        **kwargs: those of `keras.optimizers.SGD`.

    Reference:
        Sutskever et al. 2013, "On the importance of initialization and momentum in deep
        learning", equations 1 to 4.
    """

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)
        self._slots = {}
        if self.momentum and keras.backend.backend() == "tensorflow":
            self._slots = {
                variable.value.ref(): slot
                for variable, slot in zip(variables, self.momentums, strict=True)
                if variable.dtype == "float32"
            }

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        slot = self._slots.get(variable.ref()) if self._slots else None
        if slot is None:
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf  # only here: the other backends do without TensorFlow

        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=slot.value.handle,
            lr=tf.cast(learning_rate, tf.float32),
            grad=tf.cast(tf.convert_to_tensor(gradient), tf.float32),
            momentum=self.momentum,
            use_nesterov=self.nesterov,
        )
