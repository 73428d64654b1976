"""Rprop equals a plain loop, finds minima, and survives saving."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasuite.training.rprop import Rprop


def loop(gradient, start, steps, size=0.1, low=1e-6, high=50.0):
    """The listing of the paper, weight by weight."""
    w = np.array(start, "float64")
    sizes, moves, last = np.full(w.shape, size), np.zeros(w.shape), np.zeros(w.shape)
    for _ in range(steps):
        g = gradient(w)
        for i in range(len(w)):
            if g[i] * last[i] < 0:
                sizes[i] = max(sizes[i] * 0.5, low)
                moves[i], last[i] = -moves[i], 0
            else:
                if g[i] * last[i] > 0:
                    sizes[i] = min(sizes[i] * 1.2, high)
                moves[i], last[i] = -np.sign(g[i]) * sizes[i], g[i]
        w = w + moves
    return w


CURVATURE = np.array([1.0, 0.01, 100.0])


def run(steps, optimizer):
    weight = keras.Variable(np.array([3.0, -5.0, 0.7], "float32"))
    optimizer.build([weight])
    for _ in range(steps):
        optimizer.apply([ops.convert_to_tensor(CURVATURE, "float32") * weight])
    return np.array(weight)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 60])
def test_equals_a_plain_loop(steps):
    expected = loop(lambda w: CURVATURE * w, [3.0, -5.0, 0.7], steps)
    np.testing.assert_allclose(run(steps, Rprop(0.1)), expected, rtol=1e-4, atol=1e-5)


def test_step_sizes_make_the_scale_of_the_gradient_irrelevant():
    assert np.abs(run(120, Rprop(0.1))).max() < 1e-3
    # Plain descent must go as slowly as the steepest direction demands.
    assert np.abs(run(120, keras.optimizers.SGD(0.019))).max() > 1


def test_config_and_state_survive(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(Rprop(0.05, shrinkage=0.4, growth=1.3, max_step=2.0), "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]])
    model.fit(x, y, batch_size=20, epochs=5, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert again.optimizer.get_config() == model.optimizer.get_config()
    for m in (model, again):
        m.fit(x, y, batch_size=20, epochs=30, verbose=0)
    np.testing.assert_allclose(again.get_weights()[0], model.get_weights()[0], atol=1e-5)
    assert model.evaluate(x, y, verbose=0) < 1e-3


@pytest.mark.parametrize(
    "wrong", [{"shrinkage": 1.5}, {"growth": 0.9}, {"min_step": 0}, {"max_step": 1e-9}]
)
def test_refusals(wrong):
    with pytest.raises(ValueError, match="Received: "):
        Rprop(**wrong)
