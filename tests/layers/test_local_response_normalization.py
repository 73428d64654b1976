"""Local response normalization against a loop over maps."""

import keras
import numpy as np
import pytest

from kerasuite.layers import LocalResponseNormalization
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


def by_loop(x, size=5, bias=2.0, alpha=1e-4, beta=0.75):
    """The formula of section 3.3, channels last."""
    outputs = np.empty(x.shape)
    maps = x.shape[-1]
    for i in range(maps):
        near = range(max(0, i - size // 2), min(maps - 1, i + size // 2) + 1)
        total = sum(x[..., j].astype("float64") ** 2 for j in near)
        outputs[..., i] = x[..., i] / (bias + alpha * total) ** beta
    return outputs


@pytest.mark.parametrize(
    ("maps", "kwargs"),
    [
        (8, {}),
        (8, {"alpha": 0.5}),
        (8, {"size": 3, "bias": 1.0, "alpha": 2.0, "beta": 0.5}),
        (3, {"size": 7, "alpha": 1.0}),
        (4, {"size": 1, "alpha": 1.0, "beta": -1.0}),
    ],
)
@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
def test_equals_a_loop(maps, kwargs, first):
    x = 3 * cases.random_input((2, 4, 5, maps))
    layer = LocalResponseNormalization(
        **kwargs, data_format="channels_first" if first else "channels_last"
    )
    found = cases.to_numpy(layer(np.moveaxis(x, -1, 1) if first else x))
    found = np.moveaxis(found, 1, -1) if first else found
    np.testing.assert_allclose(found, by_loop(x, **kwargs), rtol=1e-5, atol=1e-6)


def test_rank_two():
    x = cases.random_input((3, 6))
    found = cases.to_numpy(LocalResponseNormalization(alpha=1.0)(x))
    np.testing.assert_allclose(found, by_loop(x, alpha=1.0), rtol=1e-5)


def test_conventions_of_other_libraries():
    x = 3 * cases.random_input((2, 4, 5, 8))
    found = cases.to_numpy(LocalResponseNormalization(5, 2.0, 0.3, 0.75)(x))
    torch = pytest.importorskip("torch")
    theirs = torch.nn.LocalResponseNorm(5, alpha=0.3 * 5, beta=0.75, k=2.0)
    expected = theirs(torch.tensor(np.moveaxis(x, -1, 1).copy())).numpy()
    np.testing.assert_allclose(found, np.moveaxis(expected, 1, -1), rtol=1e-5, atol=1e-6)
    tf = pytest.importorskip("tensorflow")
    expected = tf.nn.local_response_normalization(x, 2, 2.0, 0.3, 0.75).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)
@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_gradient_equals_differences(beta):
    import tensorflow as tf

    x = cases.random_input((1, 2, 6)).astype("float64")
    weighting = cases.random_input(x.shape, seed=1).astype("float64")
    layer = LocalResponseNormalization(alpha=0.5, beta=beta, dtype="float64")
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(variable) * weighting)
    found = tape.gradient(loss, variable).numpy()
    for index in np.ndindex(x.shape):
        h = np.zeros(x.shape)
        h[index] = 1e-5
        up, down = (np.sum(by_loop(x + s * h, alpha=0.5, beta=beta) * weighting) for s in (1, -1))
        np.testing.assert_allclose(found[index], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


def test_half_precision_does_not_overflow():
    x = np.full((1, 2, 2, 5), 1000.0)
    outputs = LocalResponseNormalization(dtype="float16")(x)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float16"
    np.testing.assert_allclose(cases.to_numpy(outputs), by_loop(x), rtol=1e-3)


def test_layer(tmp_path):
    config = {"size": 3, "bias": 1.0, "alpha": 0.1, "beta": 0.6}
    x = cases.random_input((2, 4, 5, 6))
    cases.run_layer_test(LocalResponseNormalization, config, x, x.shape, 0, 0, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"size": 4}, {"size": 0}, {"size": 2.5}, {"bias": 0}, {"alpha": -1}, {"beta": np.nan},
     {"data_format": "last"}],
)  # fmt: skip
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
        LocalResponseNormalization(**wrong)
