"""A net for serving, whose weights are constants of its graph."""

from typing import Any

import keras
import tensorflow as tf


def frozen(model: keras.Model) -> tf.types.experimental.PolymorphicFunction:
    """Returns a function that answers as the model does now, whatever becomes of its weights.

    What is constant is prepared once and not at every call: in 16 bits weights need not be
    rounded anew, and oneDNN keeps the filters of convolutions in the order of its kernels.

    Args:
        model: of one input. It is not called in training.

    Returns:
        A `tf.function` of one tensor. All graphs that call it share one copy of the weights.
    """
    weights = [
        [keras.ops.convert_to_numpy(v) for v in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    ]

    def answer(inputs: tf.Tensor) -> Any:
        answers, _ = model.stateless_call(*weights, inputs, training=False)
        return answers

    return tf.function(answer, autograph=False, reduce_retracing=True)
