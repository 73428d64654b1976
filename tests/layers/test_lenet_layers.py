"""Trainable subsampling, radial basis functions, the squashing function and the initializer."""

import keras
import numpy as np
import pytest

from kerasuite.layers import EuclideanRBF, FanInUniform, TrainableSubsampling2D, scaled_tanh
from tests import cases


@pytest.mark.parametrize("size", [2, (3, 2)])
def test_subsampling_equals_loops(size):
    layer = TrainableSubsampling2D(size)
    x = cases.random_input((2, 7, 6, 3))
    layer.build(x.shape)
    coefficient, bias = np.array([0.5, -2, 3], "float32"), np.array([1, 0, -1], "float32")
    layer.set_weights([coefficient, bias])
    height, width = (size, size) if isinstance(size, int) else size
    expected = np.empty((2, 7 // height, 6 // width, 3))
    for n, r, c, k in np.ndindex(expected.shape):
        rows, columns = slice(r * height, (r + 1) * height), slice(c * width, (c + 1) * width)
        expected[n, r, c, k] = coefficient[k] * x[n, rows, columns, k].sum() + bias[k]
    np.testing.assert_allclose(cases.to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-5)


def test_subsampling_starts_as_an_average():
    x = cases.random_input((1, 4, 4, 2))
    expected = cases.to_numpy(keras.layers.AveragePooling2D(2)(x))
    np.testing.assert_allclose(cases.to_numpy(TrainableSubsampling2D()(x)), expected, rtol=1e-5)


def test_subsampling_layer(tmp_path):
    cases.run_layer_test(
        TrainableSubsampling2D,
        {"pool_size": 2, "activation": scaled_tanh, "coefficient_initializer": FanInUniform()},
        inputs=cases.random_input((2, 6, 5, 3)),
        output_shape=(2, 3, 2, 3),
        trainable=2,
        non_trainable=0,
        folder=tmp_path,
    )
    with pytest.raises(ValueError, match="Received: pool_size=0"):
        TrainableSubsampling2D(0)


def test_rbf_equals_loops():
    codes = cases.random_input((4, 5), seed=2)
    x = cases.random_input((3, 5))
    expected = np.zeros((3, 4))
    for n, i, j in np.ndindex(3, 4, 5):
        expected[n, i] += (float(x[n, j]) - float(codes[i, j])) ** 2
    np.testing.assert_allclose(cases.to_numpy(EuclideanRBF(codes)(x)), expected, rtol=1e-5)


def test_rbf_is_exactly_zero_at_a_code():
    codes = 1e3 + cases.random_input((4, 5))
    assert (np.diag(cases.to_numpy(EuclideanRBF(codes)(codes))) == 0).all()


def test_rbf_with_cross_entropy_is_the_papers_criterion():
    codes = np.sign(cases.random_input((4, 6), seed=3))
    x, labels, j = cases.random_input((3, 6)), np.array([2, 0, 1]), 5.0
    layer = EuclideanRBF(codes, rubbish_penalty=j)
    y = cases.to_numpy(layer(x)).astype("float64")
    equation_9 = y[range(3), labels] + np.log(np.exp(-j) + np.exp(-y).sum(-1))
    p = np.exp(-y) / np.exp(-y).sum(-1, keepdims=True)
    cross_entropy = -np.log(p[range(3), labels])
    (added,) = layer.losses
    np.testing.assert_allclose(
        cross_entropy.mean() + cases.to_numpy(added), equation_9.mean(), rtol=1e-5
    )


def test_rbf_refuses_an_endless_penalty():
    with pytest.raises(ValueError, match="Received: rubbish_penalty=inf"):
        EuclideanRBF([[1.0]], rubbish_penalty=float("inf"))


def test_rbf_layer(tmp_path):
    inputs = cases.random_input((3, 6))
    codes = np.sign(cases.random_input((4, 6), seed=3))
    config = {"codes": codes, "rubbish_penalty": 5.0}
    cases.run_layer_test(EuclideanRBF, config, inputs, (3, 4), 0, 1, tmp_path)


@pytest.mark.parametrize("codes", [[], [[]], [1.0, 2.0], [[1, 2], [3]]])
def test_rbf_refuses_codes_that_are_no_rectangle(codes):
    with pytest.raises(ValueError, match="codes"):
        EuclideanRBF(codes)


def test_scaled_tanh_passes_through_plus_and_minus_one():
    x = np.array([-100, -1, 0, 1, 100], "float32")
    np.testing.assert_allclose(
        cases.to_numpy(scaled_tanh(x)), [-1.7159, -1, 0, 1, 1.7159], atol=1e-4
    )


def test_fan_in_uniform():
    keras.utils.set_random_seed(0)
    values = cases.to_numpy(FanInUniform(2.4)((5, 5, 4, 200)))
    assert 0.99 * 0.024 < np.abs(values).max() <= 0.024
    assert abs(values.mean()) < 0.001
    seeded = FanInUniform(seed=1)
    np.testing.assert_array_equal(cases.to_numpy(seeded((3, 2))), cases.to_numpy(seeded((3, 2))))
    free = FanInUniform()
    assert not np.allclose(cases.to_numpy(free((3, 2))), cases.to_numpy(free((3, 2))))
    with pytest.raises(ValueError, match="Received: scale=0"):
        FanInUniform(0)
