"""Stochastic depth: whole examples are dropped, and the mean is kept."""

import keras
import numpy as np
import pytest

from kerasuite.layers import StochasticDepth
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


@pytest.mark.parametrize("shape", [(2000, 3), (2000, 2, 3, 2), (2000,)])
def test_examples_are_dropped_whole(shape):
    x = 1 + np.abs(cases.random_input(shape))
    found = cases.to_numpy(StochasticDepth(0.3, seed=1)(x, training=True))
    ratios = (found / x).reshape(len(x), -1)
    kept = ratios[:, 0] > 0
    np.testing.assert_allclose(ratios[kept], 1 / 0.7, rtol=1e-5)
    np.testing.assert_array_equal(ratios[~kept], np.zeros_like(ratios[~kept]))
    assert abs(kept.mean() - 0.7) < 4 * np.sqrt(0.3 * 0.7 / len(x))


def test_inference_and_rate_zero_are_the_identity():
    x = cases.random_input((4, 3))
    np.testing.assert_array_equal(cases.to_numpy(StochasticDepth(0.9)(x)), x)
    np.testing.assert_array_equal(cases.to_numpy(StochasticDepth(0.0)(x, training=True)), x)


def test_seed_decides_and_draws_differ():
    x = np.ones((64, 2), "float32")
    first, second = StochasticDepth(0.5, seed=7), StochasticDepth(0.5, seed=7)
    draws = [cases.to_numpy(layer(x, training=True)) for layer in (first, second, second)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[1] != draws[2]).any()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)
def test_gradient_is_dropped_with_the_example():
    import tensorflow as tf

    x = tf.Variable(1 + np.abs(cases.random_input((32, 3))))
    layer = StochasticDepth(0.5, seed=1)

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            outputs = layer(x, training=True)
            loss = tf.reduce_sum(outputs)
        return outputs, tape.gradient(loss, x)

    outputs, gradient = run()
    np.testing.assert_array_equal(gradient, 2.0 * (outputs.numpy() > 0))


def test_layer(tmp_path):
    x = cases.random_input((3, 4, 2))
    cases.run_layer_test(StochasticDepth, {"rate": 0.2, "seed": 1}, x, x.shape, 0, 0, tmp_path)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, "half", None, True])
def test_wrong_rate(rate):
    with pytest.raises(ValueError, match=r"rate.*Received: "):
        StochasticDepth(rate)
