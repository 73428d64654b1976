"""Locally connected layers against loops over positions."""

import keras
import numpy as np
import pytest

from kerasuite.layers import LocallyConnected1D, LocallyConnected2D
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


def by_loop(x, kernel, bias, size, strides):
    """Convolves with the kernel of each position, channels last, any number of axes."""
    shape = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], size, strides, strict=True)]
    outputs = np.empty((len(x), *shape, kernel.shape[-1]))
    for position, index in enumerate(np.ndindex(*shape)):
        places = zip(index, size, strides, strict=True)
        window = x[(slice(None), *(slice(i * s, i * s + k) for i, k, s in places))]
        outputs[(slice(None), *index)] = window.reshape(len(x), -1) @ kernel[position] + bias[index]
    return outputs


def with_random_weights(layer, shape):
    layer.build(shape)
    weights = [cases.random_input(w.shape, seed) for seed, w in enumerate(layer.weights)]
    layer.set_weights(weights)
    return weights if layer.use_bias else [*weights, np.zeros((*layer._positions(shape), 1))]


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("size", "strides", "use_bias"),
    [
        ((3, 3), (1, 1), True),
        ((2, 3), (2, 1), True),
        ((1, 1), (3, 2), False),
        ((7, 6), (1, 1), True),
    ],
)
def test_pictures(size, strides, use_bias, first):
    x = cases.random_input((2, 7, 6, 3))
    layer = LocallyConnected2D(
        4, size, strides, use_bias=use_bias, activation="relu",
        data_format="channels_first" if first else "channels_last",
    )  # fmt: skip
    given = np.moveaxis(x, -1, 1) if first else x
    kernel, bias = with_random_weights(layer, given.shape)
    found = cases.to_numpy(layer(given))
    assert found.shape == tuple(layer.compute_output_shape(given.shape))
    expected = np.maximum(by_loop(x, kernel, bias, size, strides), 0)
    expected = np.moveaxis(expected, -1, 1) if first else expected
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize(("size", "stride"), [(3, 1), (2, 3), (8, 1)])
def test_steps(size, stride, first):
    x = cases.random_input((2, 8, 3))
    layer = LocallyConnected1D(
        4, size, stride, data_format="channels_first" if first else "channels_last"
    )
    given = np.moveaxis(x, -1, 1) if first else x
    kernel, bias = with_random_weights(layer, given.shape)
    found = cases.to_numpy(layer(given))
    expected = by_loop(x, kernel, bias, (size,), (stride,))
    expected = np.moveaxis(expected, -1, 1) if first else expected
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_with_equal_kernels_it_is_a_convolution():
    x = cases.random_input((2, 6, 7, 3))
    convolution = keras.layers.Conv2D(4, (2, 3))
    expected = cases.to_numpy(convolution(x))
    kernel, bias = convolution.get_weights()
    layer = LocallyConnected2D(4, (2, 3))
    layer.build(x.shape)
    positions = (6 - 1) * (7 - 2)
    layer.set_weights([np.stack([kernel.reshape(-1, 4)] * positions), np.zeros((5, 5, 4)) + bias])
    np.testing.assert_allclose(cases.to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-5)


def test_parameter_counts():
    layer = LocallyConnected2D(4, (2, 3), (2, 1))
    layer.build((None, 6, 7, 3))
    assert [tuple(w.shape) for w in layer.weights] == [(3 * 5, 2 * 3 * 3, 4), (3, 5, 4)]
    assert layer.count_params() == 3 * 5 * (2 * 3 * 3 + 1) * 4
    layer = LocallyConnected1D(4, 3, use_bias=False)
    layer.build((None, 9, 2))
    assert layer.count_params() == 7 * (3 * 2) * 4


@pytest.mark.parametrize(
    "initializer", ["glorot_uniform", "he_normal", "lecun_uniform", "glorot_normal"]
)
def test_each_position_starts_like_a_convolution(initializer):
    local = LocallyConnected2D(32, 3, kernel_initializer=initializer)
    local.build((None, 10, 10, 16))
    convolution = keras.layers.Conv2D(32, 3, kernel_initializer=initializer)
    convolution.build((None, 10, 10, 16))
    expected = cases.to_numpy(convolution.kernel).std()
    kernel = cases.to_numpy(local.kernel)
    np.testing.assert_allclose(kernel.std((1, 2)), expected, rtol=0.1)
    assert not np.allclose(kernel[0], kernel[1])


def test_other_initializers_are_left_alone():
    layer = LocallyConnected1D(2, 3, kernel_initializer=keras.initializers.Constant(0.5))
    layer.build((None, 5, 2))
    np.testing.assert_array_equal(cases.to_numpy(layer.kernel), np.full((3, 6, 2), 0.5))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)
def test_gradients_equal_loops():
    import tensorflow as tf

    x = cases.random_input((2, 5, 4, 2))
    layer = LocallyConnected2D(3, (2, 3), (2, 1))
    kernel, _ = with_random_weights(layer, x.shape)
    weighting = cases.random_input((2, 2, 2, 3), seed=5)
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(variable) * weighting)
    found = tape.gradient(loss, [variable, layer.kernel.value, layer.bias.value])
    dx, dk, db = np.zeros(x.shape), np.zeros(kernel.shape), weighting.sum(0)
    for position, (r, c) in enumerate(np.ndindex(2, 2)):
        window = (slice(None), slice(2 * r, 2 * r + 2), slice(c, c + 3))
        out = weighting[:, r, c]
        dx[window] += (out @ kernel[position].T).reshape(2, 2, 3, 2)
        dk[position] = x[window].reshape(2, -1).T @ out
    for a, b in zip(found, (dx, dk, db), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_layers(tmp_path):
    config = {
        "filters": 4, "kernel_size": 2, "strides": 2, "activation": "tanh",
        "kernel_regularizer": "l2", "bias_constraint": "non_neg",
    }  # fmt: skip
    x = cases.random_input((2, 6, 5, 3))
    cases.run_layer_test(LocallyConnected2D, config, x, (2, 3, 2, 4), 2, 0, tmp_path)
    cases.run_layer_test(LocallyConnected1D, config, x[..., 0], (2, 3, 4), 2, 0, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"filters": 0}, {"filters": True}, {"kernel_size": (1, 2, 3)}, {"kernel_size": 0},
     {"strides": -1}, {"padding": "same"}, {"data_format": "first"}],
)  # fmt: skip
def test_wrong_arguments(wrong):
    for layer in (LocallyConnected1D, LocallyConnected2D):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
            layer(**{"filters": 2, "kernel_size": 1, **wrong})


@pytest.mark.parametrize("shape", [(None, None, 8, 3), (None, 8, 8, None), (None, 2, 8, 3)])
def test_wrong_inputs(shape):
    with pytest.raises(ValueError, match=r"input.*Received: "):
        LocallyConnected2D(4, 3).build(shape)
