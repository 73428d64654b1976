"""Greedy pretraining: layers learn in place, one after the other, what is below them."""

import keras
import numpy as np
import pytest

from kerasuite.training.contrastive_divergence import ContrastiveDivergence
from kerasuite.training.layerwise import pretrain, pretrain_rbms


def patterns(count=400, features=16, seed=0):
    """Rows made of four patterns: what is masked can be told from the rest."""
    rng = np.random.default_rng(seed)
    kinds = (rng.random((4, features)) < 0.5).astype("float32")
    return kinds[rng.integers(0, 4, count)]


def stack(units=(12, 6), activation="sigmoid"):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(n, activation) for n in units]
    x = inputs = keras.Input((16,))
    for layer in layers:
        x = layer(x)
    return layers, keras.Model(inputs, x)


OPTIONS = {"epochs": 8, "batch_size": 20, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def learned():
    layers, model = stack()
    before = [w.copy() for w in model.get_weights()]
    notes = []
    losses = pretrain(layers, patterns(), on_epoch=lambda *note: notes.append(note), **OPTIONS)
    return layers, model, before, losses, notes


def test_every_layer_learns_in_place(learned):
    _, model, before, losses, notes = learned
    assert [len(each) for each in losses] == [8, 8]
    assert all(each[-1] < each[0] for each in losses)
    assert losses[0][-1] < 0.6 * losses[0][0]
    for old, new in zip(before, model.get_weights(), strict=True):
        assert not np.array_equal(old, new)
    assert notes == [(i, j, losses[i][j]) for i in range(2) for j in range(8)]


def test_layers_above_leave_those_below_alone(learned):
    """Pretraining the first layer alone gives it the same weights."""
    layers, *_ = learned
    alone, _ = stack()
    pretrain(alone[:1], patterns(), **OPTIONS)
    np.testing.assert_array_equal(alone[0].get_weights()[0], layers[0].get_weights()[0])


def test_pretrained_layers_repair_and_keep_the_patterns_apart(learned):
    _, model, *_ = learned
    codes = keras.ops.convert_to_numpy(model(np.unique(patterns(), axis=0)))
    distances = np.abs(codes[:, None] - codes[None]).sum(-1)[np.triu_indices(4, 1)]
    assert distances.min() > 0.3


def test_squared_error_takes_any_values():
    layers, _ = stack((5,), "tanh")
    losses = pretrain(
        layers, 3 * patterns() - 1, likelihood="gaussian", corruption="gaussian", **OPTIONS
    )
    assert losses[0][-1] < losses[0][0]


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (patterns() * 2, {}, "inputs of layer 1.*Received: values from 0 to 2"),
        (patterns()[0], {}, r"rows of numbers.*Received: shape \(16,\)"),
        (patterns(), {"level": (0.1,)}, "one for each of the 2 layers"),
        (patterns(), {"likelihood": "poisson"}, "likelihood='poisson'"),
    ],
)
def test_refusals(inputs, options, message):
    with pytest.raises(ValueError, match=message):
        pretrain(stack()[0], inputs, epochs=1, **options)


def test_answers_outside_the_unit_interval_are_refused_at_their_layer():
    with pytest.raises(ValueError, match="inputs of layer 2"):
        pretrain(stack(activation="tanh")[0], patterns(), epochs=1)


def test_layers_learn_as_boltzmann_machines():
    layers, model = stack()
    how = ContrastiveDivergence(epochs=5, batch_size=20, learning_rate=0.2)
    machines = pretrain_rbms(layers, patterns(), how)
    for layer, rbm in zip(layers, machines, strict=True):
        np.testing.assert_array_equal(layer.get_weights()[0], rbm.get_weights()[0])
    below = machines[0](patterns()[:5])
    np.testing.assert_allclose(model(patterns()[:5]), machines[1](below), rtol=1e-5)
    with pytest.raises(ValueError, match="layer 1 with tanh"):
        pretrain_rbms(stack(activation="tanh")[0], patterns(), how)
