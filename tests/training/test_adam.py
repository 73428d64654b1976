"""Adam against Keras's: the same weights after the same steps, saved and resumed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.training.adam import Adam
from tests.cases import random_input

OPTIONS = [
    {},
    {"beta_1": 0.5, "epsilon": 1e-3, "weight_decay": 0.1},
    {"clipnorm": 0.1, "use_ema": True, "ema_momentum": 0.5},
    {"amsgrad": True},
]


def learned(optimizer_class, options, steps=4):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(4, "tanh"), keras.layers.Dense(2)])
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
    model.compile(optimizer_class(rate, **options), "mse")
    x, y = random_input((steps * 4, 3)), random_input((steps * 4, 2), seed=1)
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_weights_and_state_are_those_of_keras(options):
    ours, theirs = learned(Adam, options), learned(keras.optimizers.Adam, options)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    for a, b in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_rows_of_a_word_are_added_up():
    """Gradients as lists of rows, one word twice, and the same gradients in full."""
    found = []
    for whole in (False, True):
        table = keras.Variable(np.ones((3, 2), "float32"))
        optimizer = Adam(0.1)
        optimizer.build([table])
        for step in range(3):
            rows = tf.constant(random_input((3, 2), seed=step))
            gradient = tf.IndexedSlices(rows, tf.constant([0, 2, 0]), tf.constant([3, 2]))
            optimizer.apply([tf.convert_to_tensor(gradient) if whole else gradient])
        found.append(np.asarray(table))
    np.testing.assert_allclose(*found, rtol=1e-6)
    assert not np.allclose(found[0], 1.0)


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
    model = learned(Adam, {"beta_1": 0.8})
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert type(again.optimizer) is Adam
    x, y = random_input((4, 3)), random_input((4, 2), seed=1)
    for m in (model, again):
        m.train_on_batch(x, y)
    for a, b in zip(model.weights, again.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_training_on_replicas():
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        model = learned(Adam, {})
    for a, b in zip(model.weights, learned(Adam, {}).weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
