"""Backpropagation equals finite differences, and the check would notice if it did not."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasuite.evaluation.gradient_check import gradient_error

POINTS = np.random.default_rng(0).normal(size=(6, 2))
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])
LOSS = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")


def net(activation, dtype="float64"):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,), dtype=dtype)
    x = inputs
    for _ in range(2):
        x = keras.layers.Dense(5, activation, dtype=dtype)(x)
    return keras.Model(inputs, keras.layers.Dense(1, dtype=dtype)(x))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_backpropagation_equals_finite_differences(activation):
    model = net(activation)
    before = model.get_weights()
    assert gradient_error(model, POINTS, TARGETS, LOSS) < 1e-7
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_wrong_gradient_is_noticed():
    @ops.custom_gradient
    def wrong(x):
        return ops.tanh(x), lambda upstream: upstream * 0.9

    assert gradient_error(net(wrong), POINTS, TARGETS, LOSS) > 0.01


def test_single_precision_is_refused():
    with pytest.raises(ValueError, match="Received: \\['float32'\\]"):
        gradient_error(net("tanh", "float32"), POINTS.astype("float32"), TARGETS, LOSS)
