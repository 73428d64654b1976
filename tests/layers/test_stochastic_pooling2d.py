"""Stochastic pooling: the frequencies it samples with, and the mean it takes in inference."""

import keras
import numpy as np
import pytest

from kerasuite.layers import StochasticPooling2D
from tests import cases
from tests.layers.test_l2_pooling2d import windows

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "strides"), [((2, 2), None), ((3, 3), (2, 2)), ((2, 3), (1, 2))])
def test_inference_equals_loops(size, strides, padding, first):
    x = cases.random_input((2, 7, 6, 3))
    x[:, :4, :4] = -1
    layer = StochasticPooling2D(
        size, strides, padding, data_format="channels_first" if first else "channels_last"
    )
    given = np.moveaxis(x, -1, 1) if first else x
    found = cases.to_numpy(layer(given))
    assert found.shape == tuple(layer.compute_output_shape(given.shape))
    found = np.moveaxis(found, 1, -1) if first else found
    for (r, c), window in windows(np.maximum(x, 0), size, strides or size, padding):
        total = window.sum((1, 2))
        expected = (window**2).sum((1, 2)) / np.where(total > 0, total, 1)
        np.testing.assert_allclose(found[:, r, c], expected, rtol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_samples_with_the_probabilities(padding, dtype):
    n = 20_000
    x = np.array([[1, 2, 0], [5, -3, 4], [8, 16, 32]], "float32")
    batch = np.broadcast_to(x[None, :, :, None], (n, 3, 3, 1))
    layer = StochasticPooling2D((2, 3), (2, 2), padding, seed=1, dtype=dtype)
    found = cases.to_numpy(layer(batch, training=True))
    for (r, c), window in windows(np.maximum(x, 0)[None, :, :, None], (2, 3), (2, 2), padding):
        for value in np.unique(window):
            expected = window[window == value].sum() / window.sum()
            # Four standard deviations of a frequency over n draws.
            tolerance = 4 * np.sqrt(expected * (1 - expected) / n)
            assert abs((found[:, r, c] == value).mean() - expected) <= tolerance
        assert np.isin(found[:, r, c], window).all()


def test_windows_and_maps_are_sampled_independently():
    x = np.broadcast_to(np.array([[1, 3]], "float32")[None, :, :, None], (20_000, 1, 2, 1))
    x = np.tile(x, (1, 1, 2, 2))
    samples = cases.to_numpy(StochasticPooling2D((1, 2), seed=1)(x, training=True))
    samples = samples.reshape(len(x), -1)
    correlation = np.corrcoef(samples.T) - np.eye(4)
    assert np.abs(correlation).max() < 0.03


def test_a_window_without_activation_gives_zero():
    x = -np.abs(cases.random_input((4, 4, 4, 2)))
    for training in (False, True):
        outputs = cases.to_numpy(StochasticPooling2D(2)(x, training=training))
        np.testing.assert_array_equal(outputs, np.zeros((4, 2, 2, 2)))


@on_tensorflow
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_gradient_goes_to_the_sample_alone(compiled):
    import tensorflow as tf

    x = cases.random_input((8, 4, 6, 3))
    x[0, :2, :2] = 0
    layer = StochasticPooling2D(2, seed=1)

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
            loss = tf.reduce_sum(outputs * 3)
        return outputs, tape.gradient(loss, x)

    run = tf.function(run) if compiled else run
    outputs, gradient = (t.numpy() for t in run(tf.constant(x)))
    for (r, c), window in windows(np.concatenate([x, gradient], -1), (2, 2), (2, 2), "valid"):
        values, slopes = np.split(window, 2, -1)
        sampled = (values == outputs[:, r : r + 1, c : c + 1]) & (values > 0)
        np.testing.assert_array_equal(slopes, 3.0 * sampled)


@on_tensorflow
def test_gradient_in_inference_equals_differences():
    import tensorflow as tf

    x = np.abs(cases.random_input((1, 3, 3, 2))).astype("float64") + 0.1
    layer = StochasticPooling2D(2, 1, dtype="float64")
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(variable))
    found = tape.gradient(loss, variable).numpy()
    for index in np.ndindex(x.shape):
        h = np.zeros(x.shape)
        h[index] = 1e-6
        up, down = (keras.ops.convert_to_numpy(layer(x + s * h)).sum() for s in (1, -1))
        np.testing.assert_allclose(found[index], (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


def test_seed_decides_and_draws_differ():
    x = np.abs(cases.random_input((4, 8, 8, 3)))
    first, second = StochasticPooling2D(seed=7), StochasticPooling2D(seed=7)
    draws = [cases.to_numpy(layer(x, training=True)) for layer in (first, second, second)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[1] != draws[2]).any()
    other = cases.to_numpy(StochasticPooling2D(seed=8)(x, training=True))
    assert (draws[0] != other).any()


def test_unknown_sizes():
    x = np.abs(cases.random_input((2, 5, 4, 3)))
    for padding in ("valid", "same"):
        symbolic = keras.Input((None, None, 3))
        model = keras.Model(symbolic, StochasticPooling2D(3, 2, padding, seed=1)(symbolic))
        expected = StochasticPooling2D(3, 2, padding, seed=1)(x, training=True)
        found = model(x, training=True)
        np.testing.assert_array_equal(cases.to_numpy(found), cases.to_numpy(expected))


@on_tensorflow
def test_unknown_sizes_in_a_graph():
    import tensorflow as tf

    x = np.abs(cases.random_input((2, 5, 4, 3)))
    for padding in ("valid", "same"):
        layer, again = (StochasticPooling2D(3, 2, padding, seed=1) for _ in range(2))
        run = tf.function(
            lambda x, layer=layer: layer(x, training=True),
            input_signature=[tf.TensorSpec((None, None, None, 3))],
        )
        np.testing.assert_array_equal(run(x), again(x, training=True))


def test_layer(tmp_path):
    config = {"pool_size": (2, 3), "strides": 2, "padding": "same", "seed": 3}
    x = cases.random_input((2, 7, 6, 3))
    cases.run_layer_test(StochasticPooling2D, config, x, (2, 4, 3, 3), 0, 0, tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"pool_size": 0}, {"strides": (1, 0)}, {"padding": "full"}, {"data_format": "NHWC"}]
)
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
        StochasticPooling2D(**wrong)
