"""What the fast LSTM and GRU share: everything but the recurrent steps themselves.

In the loops, time is the first axis: (time, batch, features). A slice along the first axis is
no copy.
"""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.devices import only_tensorflow_on_cpu

# tf.split, sigmoid, tanh and their gradients have kernels for these.
_DTYPES = ("bfloat16", "float16", "float32", "float64")


def is_covered(layer: keras.layers.RNN, sequences: Any) -> bool:
    """Whether the fast path computes what `layer` is configured to compute."""
    return (
        only_tensorflow_on_cpu()
        and layer.activation is keras.activations.tanh
        and layer.recurrent_activation is keras.activations.sigmoid
        and not layer.recurrent_dropout
        and not layer.unroll
        and layer.use_cudnn is not True
        and layer.cell.implementation == 2
        and keras.backend.standardize_dtype(sequences.dtype) in _DTYPES
    )


def project(layer: keras.layers.RNN, sequences: Any, bias: Any, training: bool) -> Any:
    """Projects the inputs of all steps in one product.

    Args:
        layer: whose kernel and dropout to use.
        sequences: inputs, (batch, time, features).
        bias: (gates * units,), or None.
        training: whether to apply the layer's dropout.

    Returns:
        The inputs' share of the gates before their activation, (time, batch, gates * units), in
        the order in which the layer takes its steps.
    """
    import tensorflow as tf

    if training and layer.dropout:
        # Keras draws one mask for all steps.
        sequences *= ops.expand_dims(layer.cell.get_dropout_mask(sequences[:, 0]), 1)
    inputs = _in_order_of_steps(layer, sequences)
    kernel = tensor_of(layer.cell.kernel)
    steps, batch = tf.unstack(tf.shape(inputs)[:2])
    gates = tf.matmul(tf.reshape(inputs, [-1, kernel.shape[0]]), kernel)
    if bias is not None:
        gates = tf.nn.bias_add(gates, bias)
    return tf.reshape(gates, [steps, batch, kernel.shape[1]])


def tensor_of(variable: Any) -> Any:
    """Returns the value of a Keras variable in the dtype that its layer computes in.

    An own gradient must not see a variable of TensorFlow, as which Keras would pass it.
    """
    import tensorflow as tf

    return tf.convert_to_tensor(ops.convert_to_tensor(variable))


def steps_to_take(layer: keras.layers.RNN, mask: Any) -> Any:
    """Returns a mask of Keras's form, (batch, time), as (time, batch, 1), or None."""
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    if mask is None:
        return None
    return _in_order_of_steps(layer, ops.cast(mask, "bool")[..., None])


def results(layer: keras.layers.RNN, outputs: Any, mask: Any) -> tuple[Any, Any]:
    """Returns what `RNN.inner_loop` must: the last output and all outputs.

    Args:
        layer: whose rules for masked steps apply.
        outputs: states h after each step, (time, batch, units).
        mask: of `steps_to_take`.
    """
    import tensorflow as tf

    if mask is not None:
        shown = mask
        if not layer.zero_output_for_mask:
            # Until the first step that is taken, Keras gives zeros and not the initial state.
            shown = tf.cumsum(tf.cast(mask, "int32")) > 0
        outputs = tf.where(shown, outputs, tf.zeros_like(outputs))
    return outputs[-1], tf.transpose(outputs, [1, 0, 2])


def list_of(tensors: int, like: Any) -> Any:
    """Returns an empty list that holds a tensor of the shape of `like` for each index.

    Reading and writing do not copy, and the lists outlive the loop.
    """
    import tensorflow as tf

    return tf.TensorArray(
        like.dtype, tensors, element_shape=[None, like.shape[1]], clear_after_read=False
    )


def _in_order_of_steps(layer: keras.layers.RNN, tensor: Any) -> Any:
    import tensorflow as tf

    tensor = tf.transpose(tensor, [1, 0, 2])
    return tf.reverse(tensor, [0]) if layer.go_backwards else tensor
