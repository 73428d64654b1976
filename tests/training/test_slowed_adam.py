"""Adam with a smaller step for some weights."""

import keras
import numpy as np
import pytest

from kerasuite.training.slowed_adam import SlowedAdam
from tests.cases import to_numpy


def net():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, name="old"), keras.layers.Dense(1, name="new")]
    )


def changes(make_optimizer):
    """How far each weight of `net` moves in a step of training."""
    model = net()
    optimizer = make_optimizer([w.path for w in model.get_layer("old").weights])
    before = [to_numpy(w) for w in model.weights]
    model.compile(optimizer, "mse")
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    model.fit(x, x[:, :1] + 3, batch_size=8, epochs=1, verbose=0)
    return [to_numpy(w) - b for w, b in zip(model.weights, before, strict=True)]


def test_named_weights_take_smaller_steps():
    fast = changes(lambda paths: keras.optimizers.Adam(1e-2))
    slow = changes(lambda paths: SlowedAdam(0.25, paths, 1e-2))
    for number, (one, other) in enumerate(zip(fast, slow, strict=True)):
        factor = 0.25 if number < 2 else 1.0
        np.testing.assert_allclose(other, factor * one, rtol=1e-3, atol=1e-7)


def test_is_saved_with_a_model():
    optimizer = SlowedAdam(0.5, ["b", "a"], 1e-2, global_clipnorm=3.0)
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert isinstance(again, SlowedAdam) and again.get_config() == optimizer.get_config()
    assert config["config"]["slowed"] == ["a", "b"]


def test_a_wrong_factor_is_refused():
    with pytest.raises(ValueError, match="Received: factor=2"):
        SlowedAdam(2)
