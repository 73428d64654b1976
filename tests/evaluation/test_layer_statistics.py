"""What passes through layers is measured as it is."""

import keras
import numpy as np
import pytest

from kerasuite.evaluation.layer_statistics import layer_statistics
from tests.cases import random_input


def deep(activation, stddev, depth=6, bias="zeros"):
    inputs = keras.Input((32,))
    x = inputs
    for i in range(depth):
        start = keras.initializers.RandomNormal(stddev=stddev, seed=i)
        x = keras.layers.Dense(32, kernel_initializer=start, bias_initializer=bias)(x)
        x = keras.layers.Activation(activation)(x)
    return keras.Model(inputs, keras.layers.Dense(3, "softmax")(x))


def measured(model):
    return layer_statistics(model, random_input((40, 32)), np.arange(40) % 3)


def test_he_keeps_the_signal_and_small_weights_lose_it():
    kept, lost = (measured(deep("relu", s)) for s in (np.sqrt(2 / 32), 0.01))
    assert 0.3 < kept[-1]["signal"] / kept[0]["signal"] < 3
    assert lost[-1]["signal"] / lost[0]["signal"] < 1e-4


def test_sigmoid_gradients_fade_towards_the_input():
    rows = measured(deep("sigmoid", np.sqrt(1 / 32)))
    gradients = [row["gradient"] for row in rows]
    assert gradients == sorted(gradients)
    assert gradients[0] < 1e-2 * gradients[-1]


def test_dead_and_saturated_units():
    dead = measured(deep("relu", 0.01, 1, keras.initializers.Constant(-5)))
    assert dead[0]["dead"] == dead[0]["flat"] == 1
    assert measured(deep("tanh", 3.0, 1))[0]["flat"] > 0.8
    half = measured(deep("relu", 0.1, 1))[0]
    assert half["flat"] == pytest.approx(0.5, abs=0.05) and half["dead"] == 0


def test_batch_norm_counts_as_in_training_and_nothing_is_left_changed():
    inputs = keras.Input((32,))
    x = keras.layers.Dense(16, kernel_initializer="ones")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5, seed=1)(keras.layers.Activation("relu")(x))
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(x))
    before = [np.array(v) for v in model.variables]
    assert measured(model)[0]["signal"] < 1  # not the spread of 32 summed inputs
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(variable))
