"""Keras's LSTM, with a loop and a gradient of its own on the CPU."""

from collections.abc import Callable
from typing import Any

import keras

from kerasuite.layers import recurrence


@keras.saving.register_keras_serializable(package="kerasuite")
class LSTM(keras.layers.LSTM):
    """Drop-in for `keras.layers.LSTM`: same arguments, weights and results.

    On TensorFlow without a GPU, the inputs of all steps are projected in one product, a step is
    one product and its gates, and in training the layer has its own gradient: the way back
    runs only the recurrent products, and the gradients of the weights are one product each
    after it. Where TensorFlow may run operations side by side (see
    `tf.config.threading.set_inter_op_parallelism_threads`), the two halves of a batch do. That
    covers the usual activations (tanh and sigmoid) without recurrent dropout
    and `unroll`. Everything else, and every other backend or device, is Keras's own.

    Args:
        **kwargs: those of `keras.layers.LSTM`.

    Reference:
        Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers, Schmidhuber & Cummins
        2000, "Learning to forget", for the forget gate.
    """

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        if not recurrence.is_covered(self, sequences):
            return super().inner_loop(sequences, initial_state, mask, training)
        sequences = recurrence.dropped_out(self, sequences, training)
        mask = recurrence.single(mask)
        return recurrence.in_streams(self._run, sequences, initial_state, mask, training)

    def _run(
        self, sequences: Any, states: list[Any], mask: Any, training: bool
    ) -> tuple[Any, Any, list[Any]]:
        bias = recurrence.tensor_of(self.cell.bias) if self.use_bias else None
        projected = recurrence.project(self, sequences, bias)
        recurrent_kernel = recurrence.tensor_of(self.cell.recurrent_kernel)
        mask = recurrence.steps_to_take(self, mask)
        run = _with_own_gradient if training else _without_history
        outputs, carry = run(projected, *states, recurrent_kernel, mask)
        last, sequence = recurrence.results(self, sequences, outputs, mask)
        return last, sequence, [outputs[-1], carry]


def _without_history(projected: Any, h: Any, c: Any, recurrent_kernel: Any, mask: Any) -> tuple:
    outputs, carry, _ = _forwards(projected, h, c, recurrent_kernel, mask, keep=False)
    return outputs[1:], carry


def _with_own_gradient(projected: Any, h: Any, c: Any, recurrent_kernel: Any, mask: Any) -> tuple:
    import tensorflow as tf

    @tf.custom_gradient
    def run(projected: Any, h: Any, c: Any, recurrent_kernel: Any) -> tuple[Any, Callable]:
        states, carry, history = _forwards(projected, h, c, recurrent_kernel, mask, keep=True)

        def gradient(d_outputs: Any, d_carry: Any) -> tuple:
            d_projected, d_h, d_c = _backwards(d_outputs, d_carry, recurrent_kernel, mask, history)
            d_kernel = tf.matmul(
                tf.reshape(states[:-1], [-1, states.shape[-1]]),
                tf.reshape(d_projected, [-1, d_projected.shape[-1]]),
                transpose_a=True,
            )
            return d_projected, d_h, d_c, d_kernel

        return (states[1:], carry), gradient

    return run(projected, h, c, recurrent_kernel)


def _forwards(
    projected: Any, h: Any, c: Any, recurrent_kernel: Any, mask: Any, keep: bool
) -> tuple[Any, Any, list[Any]]:
    """Takes all steps.

    Args:
        projected: (time, batch, 4 * units).
        h: first state, (batch, units).
        c: first carry, (batch, units).
        recurrent_kernel: (units, 4 * units).
        mask: whether to take a step, (time, batch, 1), or None.
        keep: whether the way back will be gone.

    Returns:
        All states, (time + 1, batch, units), the first one included; the last carry; and, if
        kept, lists of what each step leaves for the way back: the gates i, f and o, the
        candidate, the carry before, tanh of the carry after.
    """
    import tensorflow as tf

    steps = tf.shape(projected)[0]
    states = recurrence.list_of(steps + 1, h).write(0, h)
    history = tuple(recurrence.list_of(steps, h) for _ in range(6 if keep else 0))

    def step(t: Any, h: Any, c: Any, states: Any, history: tuple) -> tuple:
        gates = tf.matmul(h, recurrent_kernel) + projected[t]
        i, f, candidate, o = tf.split(gates, 4, axis=1)
        i, f, candidate, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(candidate), tf.sigmoid(o)
        carry = f * c + i * candidate
        squashed = tf.tanh(carry)
        left = (i, f, o, candidate, c, squashed) if keep else ()
        history = tuple(kept.write(t, x) for kept, x in zip(history, left, strict=True))
        output = o * squashed
        if mask is not None:
            output, carry = tf.where(mask[t], output, h), tf.where(mask[t], carry, c)
        return t + 1, output, carry, states.write(t + 1, output), history

    _, _, carry, states, history = tf.while_loop(
        lambda t, *_: t < steps, step, (0, h, c, states, history)
    )
    return states.stack(), carry, history


def _backwards(
    d_outputs: Any, d_carry: Any, recurrent_kernel: Any, mask: Any, history: tuple
) -> tuple[Any, Any, Any]:
    """Goes the way back.

    Returns:
        The gradients of `projected` and of the first state and carry.
    """
    import tensorflow as tf

    steps = tf.shape(d_outputs)[0]
    to_state = tf.transpose(recurrent_kernel)
    sigmoid_gradient, tanh_gradient = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad

    def step(t: Any, d_h: Any, d_c: Any, d_projected: Any) -> tuple:
        i, f, o, candidate, before, squashed = (kept.read(t) for kept in history)
        d_h += d_outputs[t]
        if mask is not None:
            # States of steps that were not taken are those before them.
            skipped_h, skipped_c = (tf.where(mask[t], tf.zeros_like(d), d) for d in (d_h, d_c))
            d_h, d_c = (tf.where(mask[t], d, tf.zeros_like(d)) for d in (d_h, d_c))
        d_c += tanh_gradient(y=squashed, dy=d_h * o)
        d_gates = tf.concat(
            [
                sigmoid_gradient(y=i, dy=d_c * candidate),
                sigmoid_gradient(y=f, dy=d_c * before),
                tanh_gradient(y=candidate, dy=d_c * i),
                sigmoid_gradient(y=o, dy=d_h * squashed),
            ],
            axis=1,
        )
        d_h, d_c = tf.matmul(d_gates, to_state), d_c * f
        if mask is not None:
            d_h, d_c = d_h + skipped_h, d_c + skipped_c
        return t - 1, d_h, d_c, d_projected.write(t, d_gates)

    d_projected = tf.TensorArray(
        d_outputs.dtype, steps, element_shape=[None, recurrent_kernel.shape[1]]
    )
    d_h = tf.zeros_like(d_carry)
    _, d_h, d_c, d_projected = tf.while_loop(
        lambda t, *_: t >= 0, step, (steps - 1, d_h, d_carry, d_projected)
    )
    return d_projected.stack(), d_h, d_c
