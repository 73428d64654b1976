"""The steps of an attending LSTM on TensorFlow, with a gradient of their own.

In the loops, time is the first axis. On the way back only what the state before depends on is
computed step by step; the gradients of the weights are one product each after it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Weights(NamedTuple):
    """What the steps need, as tensors.

    Attributes:
        joined: (units, 4 * units + key units + 1): what the last output is multiplied by for the
            gates, the query and the gate of the context, side by side.
        fed: (memory units, 4 * units): what the context is multiplied by for the gates.
        vector: (key units,), of the additive score.
        gate_bias: (1,).
    """

    joined: Any
    fed: Any
    vector: Any
    gate_bias: Any


def attend(
    projected: Any, keys: Any, memory: Any, mask: Any, state: tuple[Any, Any], weights: Weights
) -> tuple[Any, Any, Any, Any]:
    """Takes all steps: additive attention of the last output, gated, then an LSTM's step.

    Args:
        projected: the inputs' share of the gates with the bias, (time, batch, 4 * units).
        keys: (batch, places, key units).
        memory: (batch, places, memory units).
        mask: bool (batch, places), which of them there are.
        state: the first output and carry, (batch, units) each.
        weights: see `Weights`.

    Returns:
        Outputs (time, batch, units), gated contexts (time, batch, memory units), attention (time,
        batch, places), and the last carry.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def run(*given: Any) -> tuple[Any, Callable]:
        projected, keys, memory, h, c = given[:5]
        weights = Weights(*given[5:])
        states, last, history = _forwards(projected, keys, memory, mask, h, c, weights)
        fed, attention = history.fed.stack(), history.attention.stack()
        for x, like in ((states, h), (fed, memory[:, 0]), (attention, memory[..., 0])):
            x.set_shape([None, *like.shape])

        def gradient(*d_results: Any) -> tuple:
            return _backwards(d_results, keys, memory, weights, states, (fed, attention), history)

        return (states[1:], fed, attention, last), gradient

    return run(projected, keys, memory, *state, *weights)


class _History(NamedTuple):
    """Lists of what each step leaves for the way back."""

    hidden: Any
    attention: Any
    seen: Any
    gate: Any
    fed: Any
    i: Any
    f: Any
    o: Any
    candidate: Any
    before: Any
    squashed: Any


def _forwards(
    projected: Any, keys: Any, memory: Any, mask: Any, h: Any, c: Any, weights: Weights
) -> tuple[Any, Any, _History]:
    """Returns the outputs (time + 1, batch, units), the first included; the last carry; history."""
    import tensorflow as tf

    steps, units, width = tf.shape(projected)[0], h.shape[-1], keys.shape[-1]
    vector = weights.vector[:, None]
    shape = tf.shape(mask)
    history = _History(
        *(tf.TensorArray(h.dtype, steps, clear_after_read=False) for _ in _History._fields)
    )
    states = tf.TensorArray(h.dtype, steps + 1, clear_after_read=False).write(0, h)

    def step(t: Any, h: Any, c: Any, states: Any, history: _History) -> tuple:
        gates, query, gate = tf.split(tf.matmul(h, weights.joined), [4 * units, width, 1], 1)
        hidden = tf.tanh(query[:, None] + keys)
        scores = tf.reshape(tf.matmul(tf.reshape(hidden, [-1, width]), vector), shape)
        attention = tf.nn.softmax(tf.where(mask, scores, -1e9))
        seen = tf.matmul(attention[:, None], memory)[:, 0]
        gate = tf.sigmoid(gate + weights.gate_bias)
        fed = seen * gate
        i, f, candidate, o = tf.split(gates + projected[t] + tf.matmul(fed, weights.fed), 4, 1)
        i, f, candidate, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(candidate), tf.sigmoid(o)
        carry = f * c + i * candidate
        squashed = tf.tanh(carry)
        left = _History(hidden, attention, seen, gate, fed, i, f, o, candidate, c, squashed)
        history = _History(*(kept.write(t, x) for kept, x in zip(history, left, strict=True)))
        output = o * squashed
        return t + 1, output, carry, states.write(t + 1, output), history

    _, _, carry, states, history = tf.while_loop(
        lambda t, *_: t < steps, step, (0, h, c, states, history)
    )
    return states.stack(), carry, history


def _backwards(
    d_results: tuple[Any, ...],
    keys: Any,
    memory: Any,
    weights: Weights,
    states: Any,
    stacked: tuple[Any, Any],
    history: _History,
) -> tuple:
    """Returns the gradients of what `attend`'s inner function is given, in that order."""
    import tensorflow as tf

    d_outputs, d_feds, d_attentions, d_carry = d_results
    steps, units, width = tf.shape(d_outputs)[0], d_outputs.shape[-1], keys.shape[-1]
    to_state, to_fed = tf.transpose(weights.joined), tf.transpose(weights.fed)
    sigmoid_gradient, tanh_gradient = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad

    def step(t: Any, d_h: Any, d_c: Any, d_keys: Any, d_vector: Any, lists: tuple) -> tuple:
        left = _History(*(kept.read(t) for kept in history))
        d_h += d_outputs[t]
        d_c += tanh_gradient(y=left.squashed, dy=d_h * left.o)
        d_gates = tf.concat(
            [
                sigmoid_gradient(y=left.i, dy=d_c * left.candidate),
                sigmoid_gradient(y=left.f, dy=d_c * left.before),
                tanh_gradient(y=left.candidate, dy=d_c * left.i),
                sigmoid_gradient(y=left.o, dy=d_h * left.squashed),
            ],
            axis=1,
        )
        d_fed = d_feds[t] + tf.matmul(d_gates, to_fed)
        d_gate = tf.reduce_sum(d_fed * left.seen, 1, keepdims=True)
        d_seen = d_fed * left.gate
        d_attention = d_attentions[t] + tf.linalg.matvec(memory, d_seen)
        mean = tf.reduce_sum(left.attention * d_attention, 1, keepdims=True)
        d_scores = left.attention * (d_attention - mean)
        d_vector += tf.linalg.matvec(
            tf.reshape(left.hidden, [-1, width]), tf.reshape(d_scores, [-1]), transpose_a=True
        )
        d_hidden = tanh_gradient(y=left.hidden, dy=d_scores[..., None] * weights.vector)
        d_query = tf.reduce_sum(d_hidden, 1)
        d_joined = tf.concat([d_gates, d_query, sigmoid_gradient(y=left.gate, dy=d_gate)], 1)
        lists = tuple(x.write(t, y) for x, y in zip(lists, (d_joined, d_seen), strict=True))
        return (
            t - 1,
            tf.matmul(d_joined, to_state),
            d_c * left.f,
            d_keys + d_hidden,
            d_vector,
            lists,
        )

    lists = tuple(tf.TensorArray(d_outputs.dtype, steps) for _ in range(2))
    first = (steps - 1, tf.zeros_like(d_carry), d_carry, tf.zeros_like(keys))
    _, d_h, d_c, d_keys, d_vector, lists = tf.while_loop(
        lambda t, *_: t >= 0, step, (*first, tf.zeros_like(weights.vector), lists)
    )
    d_joined, d_seen = (x.stack() for x in lists)
    d_projected = d_joined[..., : 4 * units]
    fed, attention = stacked
    # (batch, time, places) and (batch, time, memory units): each place's share of all steps.
    by_picture = [tf.transpose(x, [1, 0, 2]) for x in (attention, d_seen)]
    d_memory = tf.matmul(*by_picture, transpose_a=True)
    d_weights = Weights(
        _product(states[:-1], d_joined),
        _product(fed, d_projected),
        d_vector,
        tf.reduce_sum(d_joined[..., -1:], [0, 1]),
    )
    return d_projected, d_keys, d_memory, d_h, d_c, *d_weights


def _product(a: Any, b: Any) -> Any:
    """What a matrix between (time, batch, n) and (time, batch, m) has for a gradient."""
    import tensorflow as tf

    a, b = (tf.reshape(x, [-1, x.shape[-1]]) for x in (a, b))
    return tf.matmul(a, b, transpose_a=True)
