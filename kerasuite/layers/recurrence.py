"""What the fast LSTM and GRU share: everything but the recurrent steps themselves.

In the loops, time is the first axis: (time, batch, features). A slice along the first axis is
no copy.
"""

import os
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from kerasuite.layers.devices import only_tensorflow_on_cpu

LEAST_TO_HALVE = 16
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


def dropped_out(layer: keras.layers.RNN, sequences: Any, training: bool) -> Any:
    """Applies the layer's dropout to its inputs, (batch, time, features), in training."""
    if not (training and layer.dropout):
        return sequences
    # Keras draws one mask for all steps.
    return sequences * ops.expand_dims(layer.cell.get_dropout_mask(sequences[:, 0]), 1)


def project(layer: keras.layers.RNN, sequences: Any, bias: Any) -> Any:
    """Projects the inputs of all steps in one product.

    Args:
        layer: whose kernel to use.
        sequences: inputs, (batch, time, features).
        bias: (gates * units,), or None.

    Returns:
        The inputs' share of the gates before their activation, (time, batch, gates * units), in
        the order in which the layer takes its steps.
    """
    import tensorflow as tf

    inputs = _in_order_of_steps(layer, sequences)
    kernel = tensor_of(layer.cell.kernel)
    steps, batch = tf.unstack(tf.shape(inputs)[:2])
    gates = tf.matmul(tf.reshape(inputs, [-1, kernel.shape[0]]), kernel)
    if bias is not None:
        gates = tf.nn.bias_add(gates, bias)
    gates = tf.reshape(gates, [steps, batch, kernel.shape[1]])
    gates.set_shape([*inputs.shape[:2], kernel.shape[1]])  # a loop's states keep their shape
    return gates


def single(tensors: Any) -> Any:
    """Returns the only tensor of a list, as which Keras may pass states and masks."""
    return tensors[0] if isinstance(tensors, (list, tuple)) else tensors


def in_streams(run: Callable, sequences: Any, states: list[Any], mask: Any, training: bool) -> Any:
    """Runs the steps of two halves of the batch side by side where there are threads for it.

    A step is a chain of operations, most of which are too small for two cores; the halves are
    independent chains.

    Args:
        run: of sequences (batch, time, features), states (batch, units), mask (batch, time) and
            whether to train; returns a nest of tensors, batch first.
        sequences: inputs.
        states: initial ones.
        mask: or None.
        training: whether to train.
    """
    import tensorflow as tf

    if not _is_worth_halving(sequences, training):
        return run(sequences, states, mask, training)
    batch = sequences.shape[0] or tf.shape(sequences)[0]
    sizes = [batch // 2, batch - batch // 2]

    def halves(tensor: Any) -> Any:
        return [None, None] if tensor is None else tf.split(tensor, sizes, num=2)

    parts = zip(
        halves(sequences), zip(*map(halves, states), strict=True), halves(mask), strict=True
    )
    done = [run(part, list(own), seen, training) for part, own, seen in parts]
    return tf.nest.map_structure(lambda *x: tf.concat(x, 0), *done)


def _is_worth_halving(sequences: Any, training: bool) -> bool:
    import tensorflow as tf

    threads = tf.config.threading.get_inter_op_parallelism_threads() or os.cpu_count() or 1
    batch = sequences.shape[0]
    # A batch of any size is a large one in training; a server may get single examples.
    return threads > 1 and (training if batch is None else batch >= LEAST_TO_HALVE)


def tensor_of(variable: Any) -> Any:
    """Returns the value of a Keras variable in the dtype that its layer computes in.

    An own gradient must not see a variable of TensorFlow, as which Keras would pass it.
    """
    import tensorflow as tf

    return tf.convert_to_tensor(ops.convert_to_tensor(variable))


def steps_to_take(layer: keras.layers.RNN, mask: Any) -> Any:
    """Returns a mask of Keras's form, (batch, time), as (time, batch, 1), or None."""
    if mask is None:
        return None
    return _in_order_of_steps(layer, ops.cast(mask, "bool")[..., None])


def results(layer: keras.layers.RNN, sequences: Any, outputs: Any, mask: Any) -> tuple[Any, Any]:
    """Returns what `RNN.inner_loop` must: the last output and all outputs.

    Args:
        layer: whose rules for masked steps apply.
        sequences: inputs, of whose shape some may be known.
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
    last, sequence = outputs[-1], tf.transpose(outputs, [1, 0, 2])
    last.set_shape([sequences.shape[0], layer.units])
    sequence.set_shape([*sequences.shape[:2], layer.units])
    return last, sequence


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
