"""NoisyDense and Dueling: the papers' equations."""

import keras
import numpy as np
import pytest

from kerasuite.layers import Dueling, NoisyDense
from tests import cases


def test_noisy_dense_is_a_layer(tmp_path):
    x = cases.random_input((4, 5))
    cases.run_layer_test(NoisyDense, {"units": 3, "seed": 1}, x, (4, 3), 4, 0, tmp_path)
    config = {"units": 3, "activation": "relu", "sigma_zero": 0.1, "seed": None}
    cases.run_layer_test(NoisyDense, config, x, (4, 3), 4, 0, tmp_path)


def test_without_training_it_is_dense():
    x = cases.random_input((4, 5))
    layer = NoisyDense(3, activation="tanh")
    found = cases.to_numpy(layer(x))
    kernel, bias = cases.to_numpy(layer.kernel), cases.to_numpy(layer.bias)
    np.testing.assert_allclose(found, np.tanh(x @ kernel + bias), **cases.TOLERANCE)


def test_noise_is_factorised_and_drawn_anew():
    """With the identity as input the outputs are the noisy kernel plus bias: of rank one."""
    p, q = 6, 4
    layer = NoisyDense(q, sigma_zero=1.0, seed=3)
    x = np.concatenate([np.eye(p), np.zeros((1, p))]).astype("float32")
    clean = cases.to_numpy(layer(x))
    draws = np.array([cases.to_numpy(layer(x, training=True)) - clean for _ in range(400)])
    bias, kernel = draws[:, -1:], draws[:, :-1] - draws[:, -1:]
    for draw in kernel[:5]:
        assert np.linalg.matrix_rank(draw, tol=1e-4) == 1
    # sigma = sigma_zero / sqrt(p), and E[f(p)^2] = E|normal| = sqrt(2 / pi).
    variance = np.sqrt(2 / np.pi) / p
    assert bias.var() == pytest.approx(variance, rel=0.1)
    assert kernel.var() == pytest.approx(variance * np.sqrt(2 / np.pi), rel=0.15)


def test_seed_decides():
    x = cases.random_input((2, 3))
    first, second, other = (NoisyDense(2, seed=s)(x, training=True) for s in (1, 1, 2))
    np.testing.assert_array_equal(cases.to_numpy(first), cases.to_numpy(second))
    assert (cases.to_numpy(first) != cases.to_numpy(other)).any()


@pytest.mark.parametrize("wrong", [{"units": 0}, {"sigma_zero": -1}])
def test_noisy_dense_refuses(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received"):
        NoisyDense(**{"units": 2, **wrong})


@pytest.mark.parametrize("atoms", [1, 3])
@pytest.mark.parametrize("dueling_type", ["avg", "max", "naive"])
def test_dueling_is_the_papers_equation(dueling_type, atoms, tmp_path):
    x = cases.random_input((2, 5 * atoms))
    config = {"dueling_type": dueling_type, "atoms": atoms}
    cases.run_layer_test(Dueling, config, x, (2, 4 * atoms), 0, 0, tmp_path)
    value, advantage = x.reshape(2, 5, atoms)[:, :1], x.reshape(2, 5, atoms)[:, 1:]
    mean = advantage.mean(1, keepdims=True)
    best = advantage.max(1, keepdims=True)
    expected = value + advantage - {"avg": mean, "max": best, "naive": 0}[dueling_type]
    found = cases.to_numpy(Dueling(**config)(x)).reshape(2, 4, atoms)
    np.testing.assert_allclose(found, expected, **cases.TOLERANCE)


def test_dueling_refuses():
    with pytest.raises(ValueError, match=r"dueling_type.*Received: dueling_type='mean'"):
        Dueling("mean")
    with pytest.raises(ValueError, match="Received: input shape"):
        Dueling(atoms=3)(keras.ops.ones((2, 7)))
