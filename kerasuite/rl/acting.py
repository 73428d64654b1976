"""Small nets in NumPy: an agent asks its net at every step, and a call of TensorFlow costs more
than such a net."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.layers import AppendWeights, Dueling, NoisyDense

_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "softmax": lambda x: softmax(x),
}
_LARGEST = 300_000  # weights; beyond that TensorFlow is faster


class UnknownLayer(Exception):
    """A net has a layer that NumPy does not know here."""


class NumpyNet:
    """A functional model of dense layers, each used once, computed in NumPy.

    Args:
        model: a Keras model with one input.

    Raises:
        UnknownLayer: if it holds anything else.
    """

    def __init__(self, model: keras.Model) -> None:
        if model.count_params() > _LARGEST or len(model.inputs) != 1:
            raise UnknownLayer
        self.weights = [w for layer in model.layers for w in layer.weights if "seed" not in w.name]
        self.set_flat(np.concatenate([_flat(w) for w in self.weights] or [np.zeros(0)]))
        self.noisy = any(isinstance(layer, NoisyDense) for layer in model.layers)
        self._steps = [
            (_step(layer), _tensor_ids(layer.input), id(layer.output), self._places(layer))
            for layer in model.layers
            if not isinstance(layer, keras.layers.InputLayer)
        ]
        self._input = id(model.inputs[0])
        self._outputs = [id(t) for t in model.outputs]
        self._check(model)

    def set_flat(self, flat: np.ndarray) -> None:
        """Takes all weights from one array, in the order of `weights`, one after another."""
        self.values, start = [], 0
        for weight in self.weights:
            size = int(np.prod(weight.shape))
            self.values.append(flat[start : start + size].reshape(weight.shape))
            start += size

    def __call__(self, x: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """Returns the outputs: an array, or a list of them for several outputs.

        Args:
            x: [batch, ...].
            rng: for the noise of noisy layers; None for none.
        """
        tensors = {self._input: x.astype(np.float32, copy=False)}
        for compute, inputs, output, places in self._steps:
            values = [self.values[i] for i in places]
            tensors[output] = compute([tensors[i] for i in inputs], values, rng)
        outputs = [tensors[i] for i in self._outputs]
        return outputs[0] if len(outputs) == 1 else outputs

    def _places(self, layer: keras.layers.Layer) -> list[int]:
        ids = [id(w) for w in self.weights]
        return [ids.index(id(w)) for w in layer.weights if id(w) in ids]

    def _check(self, model: keras.Model) -> None:
        """One comparison with the model itself: what was misread must not be used."""
        if any(size is None for size in model.inputs[0].shape[1:]):
            raise UnknownLayer
        x = np.random.default_rng(0).standard_normal((3, *model.inputs[0].shape[1:]), np.float32)
        try:
            ours = self(x)
        except (KeyError, ValueError) as e:
            raise UnknownLayer from e
        theirs = model(x, training=False)
        for a, b in zip(_as_list(ours), _as_list(theirs), strict=True):
            if not np.allclose(a, b, rtol=1e-3, atol=1e-4):
                raise UnknownLayer


class CompiledNet:
    """Any model, called through a compiled function, in the manner of `NumpyNet`."""

    weights = ()

    def __init__(self, model: keras.Model) -> None:
        self.noisy = any(isinstance(layer, NoisyDense) for layer in model.layers)
        dtype = model.inputs[0].dtype
        self._call = tf.function(lambda x, training: model(tf.cast(x, dtype), training=training))

    def set_flat(self, flat: np.ndarray) -> None:
        """Does nothing: the model's own weights are used."""

    def __call__(self, x: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        outputs = self._call(tf.constant(x), training=self.noisy and rng is not None)
        return tf.nest.map_structure(lambda t: t.numpy(), outputs)


def acting_net(model: keras.Model) -> NumpyNet | CompiledNet:
    """Returns the faster of the two forms that can compute `model`."""
    try:
        return NumpyNet(model)
    except UnknownLayer:
        return CompiledNet(model)


def flat_weights(net: NumpyNet | CompiledNet) -> tf.Tensor:
    """The weights that `net.set_flat` wants, as one tensor: one copy out of TensorFlow."""
    if not net.weights:
        return tf.zeros([0])
    return tf.concat([tf.reshape(w.value, [-1]) for w in net.weights], axis=0)


def outputs(model: keras.Model, *inputs: tf.Tensor) -> tf.Tensor:
    """Calls a model as its inputs want it: their dtypes, and perhaps an axis for a window of 1.

    Returns:
        float32.
    """
    fitting = []
    for x, i in zip(inputs, model.inputs, strict=True):
        x = tf.cast(x, i.dtype)
        fitting.append(x if len(x.shape) == len(i.shape) else tf.reshape(x, [-1, *i.shape[1:]]))
    return tf.cast(model(fitting if len(fitting) > 1 else fitting[0]), tf.float32)


def softmax(x: np.ndarray) -> np.ndarray:
    """Returns exp(x) over its sum along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _step(layer: keras.layers.Layer) -> Callable:
    """How one layer is computed: (inputs, weights, rng) -> output."""
    kind = type(layer)
    if kind in (keras.layers.Dense, NoisyDense):
        return _dense(layer, _activation(layer), kind is NoisyDense)
    if kind is keras.layers.Flatten:
        return lambda xs, ws, rng: xs[0].reshape(len(xs[0]), -1)
    if kind is keras.layers.Activation:
        activation = _activation(layer)
        return lambda xs, ws, rng: activation(xs[0])
    if kind is keras.layers.ReLU and not (layer.negative_slope or layer.max_value):
        return lambda xs, ws, rng: np.maximum(xs[0], 0)
    if kind is keras.layers.Reshape:
        return lambda xs, ws, rng: xs[0].reshape(len(xs[0]), *layer.output.shape[1:])
    if kind is keras.layers.Rescaling:
        scale, offset = np.asarray(layer.scale, "float32"), np.asarray(layer.offset, "float32")
        return lambda xs, ws, rng: xs[0] * scale + offset
    if kind is keras.layers.Concatenate and layer.axis == -1:
        return lambda xs, ws, rng: np.concatenate(xs, axis=-1)
    if kind is Dueling:
        return lambda xs, ws, rng: layer.combine(xs[0], np)
    if kind is AppendWeights:
        return lambda xs, ws, rng: np.append(xs[0], np.tile(ws[0], (len(xs[0]), 1)), axis=-1)
    raise UnknownLayer


def _dense(layer: keras.layers.Layer, activation: Callable, noisy: bool) -> Callable:
    def dense(xs: list, ws: list, rng: np.random.Generator | None) -> np.ndarray:
        y = xs[0] @ ws[0]
        if layer.use_bias:
            y += ws[1]
        return activation(y)

    def noisy_dense(xs: list, ws: list, rng: np.random.Generator | None) -> np.ndarray:
        kernel, bias, kernel_sigma, bias_sigma = ws
        if rng is not None:
            noise_in = _factor(rng.standard_normal(len(kernel), np.float32))
            noise_out = _factor(rng.standard_normal(len(bias), np.float32))
            kernel = kernel + kernel_sigma * np.outer(noise_in, noise_out)
            bias = bias + bias_sigma * noise_out
        return activation(xs[0] @ kernel + bias)

    return noisy_dense if noisy else dense


def _factor(noise: np.ndarray) -> np.ndarray:
    return np.sign(noise) * np.sqrt(np.abs(noise))


def _activation(layer: keras.layers.Layer) -> Callable:
    name = getattr(layer.activation, "__name__", None)
    known = name in _ACTIVATIONS and layer.activation is getattr(keras.activations, name)
    if not known:
        raise UnknownLayer
    return _ACTIVATIONS[name]


def _tensor_ids(tensors: Any) -> list[int]:
    return [id(t) for t in _as_list(tensors)]


def _as_list(value: Any) -> list:
    return list(value) if isinstance(value, list | tuple) else [value]


def _flat(weight: keras.Variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(weight).ravel()
