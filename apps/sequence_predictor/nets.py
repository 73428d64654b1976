"""The nets: a window of past samples, or a memory of them. Both carry their state explicitly."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kerasuite import layers
from kerasuite.training.signal_bptt import SignalBPTT

RECURRENT = {"rnn": keras.layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def build_net(net: str, units: int, depth: int, window: int, seed: int = 0) -> SignalBPTT:
    """Builds a net that maps [samples, *states] to [next samples, *states].

    Args:
        net: "mlp", "rnn", "lstm" or "gru".
        units: of each hidden layer.
        depth: hidden layers.
        window: samples that the MLP sees; its state is the samples before the present ones.
        seed: of the start of the weights.
    """
    samples = keras.Input((None, 1), name="samples")
    start = {"kernel_initializer": keras.initializers.GlorotUniform(seed)}
    if net == "mlp":
        states, x, after = _windowed(samples, units, depth, window, seed)
    else:
        states, x, after = _recurrent(samples, net, units, depth, seed)
    outputs = keras.layers.Dense(1, dtype="float32", name="next", **start)(x)
    return SignalBPTT([samples, *states], [outputs, *after], name=net)


def _windowed(samples: Any, units: int, depth: int, window: int, seed: int) -> tuple:
    """An MLP slid along the signal: a convolution over the window, then over single places."""
    before = keras.Input((window - 1, 1), name="before")
    seen = ops.concatenate([before, samples], axis=1)
    x = seen
    for i in range(depth):
        x = keras.layers.Conv1D(
            units,
            1 if i else window,
            activation="tanh",
            kernel_initializer=keras.initializers.GlorotUniform(seed + 1 + i),
            name=f"hidden{i + 1}",
        )(x)
    return [before], x, [seen[:, 1 - window :]]


def _recurrent(samples: Any, net: str, units: int, depth: int, seed: int) -> tuple:
    """Recurrent layers on each other, and their states."""
    states, after, x = [], [], samples
    for i in range(depth):
        layer = RECURRENT[net](
            units,
            return_sequences=True,
            return_state=True,
            kernel_initializer=keras.initializers.GlorotUniform(seed + 1 + i),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 101 + i),
            name=f"hidden{i + 1}",
        )
        names = ("h", "c") if net == "lstm" else ("h",)
        own = [keras.Input((units,), name=f"{name}{i + 1}") for name in names]
        x, *left = layer(x, initial_state=own)
        states, after = states + own, after + left
    return states, x, after


def parameters(net: str, units: int, depth: int, window: int) -> int:
    """How many parameters such a net has, by the formulae for a layer of n units on m inputs.

    A simple recurrent layer has nm + n² + n; an LSTM, with four such layers in it, 4(nm + n² + n);
    a GRU 3(nm + n² + n), and 3n more in the form whose recurrent part has a bias of its own, as
    it has here.
    """
    total = units + 1
    for i in range(depth):
        m, n = (units if i else 1), units
        if net == "mlp":
            total += n * (m if i else window) + n
        else:
            gates = {"rnn": 1, "lstm": 4, "gru": 3}[net]
            total += gates * (n * m + n * n + n) + (3 * n if net == "gru" else 0)
    return total


def continue_signal(model: SignalBPTT, past: tf.Tensor, steps: int) -> tf.Tensor:
    """Continues signals by feeding each prediction back as the next sample.

    Args:
        model: of `build_net`.
        past: float32 [batch, time], at least one sample each.
        steps: how many samples to go on for.

    Returns:
        The samples after the past, float32 [batch, steps].
    """
    states = model.zero_states(tf.shape(past)[0])
    outputs, *states = model([past[..., None], *states], training=False)
    found = tf.TensorArray(tf.float32, steps, element_shape=[None, 1])

    def step(t: Any, sample: Any, states: Any, found: Any) -> tuple:
        following, *states = model([sample[:, None], *states], training=False)
        return t + 1, following[:, 0], states, found.write(t, sample)

    _, _, _, found = tf.while_loop(
        lambda t, *_: t < steps, step, (0, outputs[:, -1], states, found)
    )
    return tf.transpose(found.stack()[..., 0])
