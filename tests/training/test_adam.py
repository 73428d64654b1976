"""Adam against Keras's: the same weights after the same steps, saved and resumed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.training.adam import Adam
from tests.cases import random_input

OPTIONS = [
    {},
    {"beta_1": 0.0, "beta_2": 0.9, "weight_decay": 0.1},
    {"beta_1": 0.5, "clipnorm": 0.1, "use_ema": True, "ema_momentum": 0.5},
    {"amsgrad": True},
]


def learned(optimizer_class, options, steps=4):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Embedding(5, 3), keras.layers.Dense(2)])
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
    model.compile(optimizer_class(rate, **options), "mse")
    x = np.random.default_rng(0).integers(0, 5, (steps * 4, 3))
    model.fit(x, random_input((steps * 4, 3, 2)), batch_size=4, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("options", OPTIONS)
def test_weights_and_state_are_those_of_keras(options):
    ours, theirs = learned(Adam, options), learned(keras.optimizers.Adam, options)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    for a, b in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_step_is_one_operation():
    model = learned(Adam, {}, steps=1)
    variable = model.trainable_variables[-1]

    @tf.function
    def step(gradient):
        model.optimizer.update_step(gradient, variable.value, 0.1)

    graph = step.get_concrete_function(tf.ones(variable.shape)).graph
    kinds = {op.type for op in graph.get_operations()}
    assert "ResourceApplyAdam" in kinds and "AssignVariableOp" not in kinds


def test_saved_and_loaded(tmp_path):
    model = learned(Adam, {"beta_1": 0.5})
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert type(again.optimizer) is Adam
    x, y = np.ones((4, 3), int), np.ones((4, 3, 2), "float32")
    for m in (model, again):
        m.train_on_batch(x, y)
    for a, b in zip(model.weights, again.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_training_on_replicas():
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        model = learned(Adam, {})
    for a, b in zip(model.weights, learned(Adam, {}).weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
