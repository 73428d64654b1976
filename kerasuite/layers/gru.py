"""Keras's GRU, with a loop and a gradient of its own on the CPU."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from kerasuite.layers import recurrence


@keras.saving.register_keras_serializable(package="kerasuite")
class GRU(keras.layers.GRU):
    """Drop-in for `keras.layers.GRU`: same arguments, weights and results.

    On TensorFlow without a GPU, the inputs of all steps are projected in one product, a step is
    one product and its gates, and in training the layer has its own gradient: the way back
    runs only the recurrent products, and the gradients of the weights are one product each
    after it. Where TensorFlow may run operations side by side (see
    `tf.config.threading.set_inter_op_parallelism_threads`), the two halves of a batch do. That
    covers the usual activations (tanh and sigmoid) and `reset_after=True`, without
    recurrent dropout and `unroll`. Everything else, and every other backend or device, is
    Keras's own.

    Args:
        **kwargs: those of `keras.layers.GRU`.

    Reference:
        Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for
        statistical machine translation", section 2.3; the reset gate after the product is
        cuDNN's.
    """

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        if not (self.reset_after and recurrence.is_covered(self, sequences)):
            return super().inner_loop(sequences, initial_state, mask, training)
        sequences = recurrence.dropped_out(self, sequences, training)
        states = [recurrence.single(initial_state)]
        mask = recurrence.single(mask)
        return recurrence.in_streams(self._run, sequences, states, mask, training)

    def _run(
        self, sequences: Any, states: list[Any], mask: Any, training: bool
    ) -> tuple[Any, Any, list[Any]]:
        bias, candidate_bias = self._biases()
        projected = recurrence.project(self, sequences, bias)
        recurrent_kernel = recurrence.tensor_of(self.cell.recurrent_kernel)
        mask = recurrence.steps_to_take(self, mask)
        run = _with_own_gradient if training else _without_history
        outputs = run(projected, *states, recurrent_kernel, candidate_bias, mask)
        last, sequence = recurrence.results(self, sequences, outputs, mask)
        return last, sequence, [outputs[-1]]

    def _biases(self) -> tuple[Any, Any]:
        """Returns the bias of the inputs and that which the reset gate multiplies.

        The recurrent bias of the other gates can as well be added to the inputs.
        """
        zeros = ops.zeros((self.units,), self.compute_dtype)
        if not self.use_bias:
            return None, zeros
        inputs, recurrent = ops.unstack(recurrence.tensor_of(self.cell.bias))
        gates, candidate = recurrent[: 2 * self.units], recurrent[2 * self.units :]
        return inputs + ops.concatenate([gates, zeros]), candidate


def _without_history(projected: Any, h: Any, kernel: Any, bias: Any, mask: Any) -> Any:
    states, _ = _forwards(projected, h, kernel, bias, mask, keep=False)
    return states[1:]


def _with_own_gradient(projected: Any, h: Any, kernel: Any, bias: Any, mask: Any) -> Any:
    import tensorflow as tf

    @tf.custom_gradient
    def run(projected: Any, h: Any, kernel: Any, bias: Any) -> tuple[Any, Callable]:
        states, history = _forwards(projected, h, kernel, bias, mask, keep=True)

        def gradient(d_outputs: Any) -> tuple:
            d_inputs, d_recurrent, d_h = _backwards(d_outputs, h, kernel, mask, history)
            d_flat = tf.reshape(d_recurrent, [-1, kernel.shape[1]])
            before = tf.reshape(states[:-1], [-1, kernel.shape[0]])
            d_kernel = tf.matmul(before, d_flat, transpose_a=True)
            d_bias = tf.reduce_sum(d_flat, 0)[-kernel.shape[0] :]
            return d_inputs, d_h, d_kernel, d_bias

        return states[1:], gradient

    return run(projected, h, kernel, bias)


def _forwards(
    projected: Any, h: Any, kernel: Any, bias: Any, mask: Any, keep: bool
) -> tuple[Any, tuple]:
    """Takes all steps.

    Args:
        projected: (time, batch, 3 * units).
        h: first state, (batch, units).
        kernel: the recurrent one, (units, 3 * units).
        bias: of the candidate's recurrent part, (units,).
        mask: whether to take a step, (time, batch, 1), or None.
        keep: whether the way back will be gone.

    Returns:
        All states, (time + 1, batch, units), the first one included; and, if kept, lists of
        what each step leaves for the way back: the gates z and r, the candidate, the recurrent
        part of the candidate before the reset gate, the state before.
    """
    import tensorflow as tf

    steps = tf.shape(projected)[0]
    states = recurrence.list_of(steps + 1, h).write(0, h)
    history = tuple(recurrence.list_of(steps, h) for _ in range(5 if keep else 0))

    def step(t: Any, h: Any, states: Any, history: tuple) -> tuple:
        x_z, x_r, x_candidate = tf.split(projected[t], 3, axis=1)
        h_z, h_r, recurrent = tf.split(tf.matmul(h, kernel), 3, axis=1)
        z, r = tf.sigmoid(x_z + h_z), tf.sigmoid(x_r + h_r)
        recurrent += bias
        candidate = tf.tanh(x_candidate + r * recurrent)
        left = (z, r, candidate, recurrent, h) if keep else ()
        history = tuple(kept.write(t, x) for kept, x in zip(history, left, strict=True))
        output = candidate + z * (h - candidate)
        if mask is not None:
            output = tf.where(mask[t], output, h)
        return t + 1, output, states.write(t + 1, output), history

    _, _, states, history = tf.while_loop(lambda t, *_: t < steps, step, (0, h, states, history))
    return states.stack(), history


def _backwards(
    d_outputs: Any, h: Any, kernel: Any, mask: Any, history: tuple
) -> tuple[Any, Any, Any]:
    """Goes the way back.

    Returns:
        The gradients of `projected`, of the recurrent products, and of the first state.
    """
    import tensorflow as tf

    steps = tf.shape(d_outputs)[0]
    to_state = tf.transpose(kernel)
    sigmoid_gradient, tanh_gradient = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad

    def step(t: Any, d_h: Any, d_inputs: Any, d_recurrent: Any) -> tuple:
        z, r, candidate, recurrent, before = (kept.read(t) for kept in history)
        d_h += d_outputs[t]
        if mask is not None:
            # The state of a step that was not taken is the one before it.
            skipped = tf.where(mask[t], tf.zeros_like(d_h), d_h)
            d_h = tf.where(mask[t], d_h, tf.zeros_like(d_h))
        kept_h = d_h * z
        d_z = sigmoid_gradient(y=z, dy=d_h * (before - candidate))
        d_candidate = tanh_gradient(y=candidate, dy=d_h - kept_h)
        d_r = sigmoid_gradient(y=r, dy=d_candidate * recurrent)
        d_gates = tf.concat([d_z, d_r, d_candidate * r], axis=1)
        d_inputs = d_inputs.write(t, tf.concat([d_z, d_r, d_candidate], axis=1))
        d_h = tf.matmul(d_gates, to_state) + kept_h
        if mask is not None:
            d_h += skipped
        return t - 1, d_h, d_inputs, d_recurrent.write(t, d_gates)

    shape = [None, kernel.shape[1]]
    lists = [tf.TensorArray(d_outputs.dtype, steps, element_shape=shape) for _ in range(2)]
    _, d_h, d_inputs, d_recurrent = tf.while_loop(
        lambda t, *_: t >= 0, step, (steps - 1, tf.zeros_like(h), *lists)
    )
    return d_inputs.stack(), d_recurrent.stack(), d_h
