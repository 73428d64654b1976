"""Pooling by the Euclidean norm, against loops over windows."""

import keras
import numpy as np
import pytest

from kerasuite.layers import L2Pooling2D
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


def windows(x, size, strides, padding):
    """Yields the index of each output and its window, (batch, rows, columns, channels)."""
    ranges = []
    for n, k, s in zip(x.shape[1:3], size, strides, strict=True):
        count = -(-n // s) if padding == "same" else (n - k) // s + 1
        before = max((count - 1) * s + k - n, 0) // 2 if padding == "same" else 0
        starts = [i * s - before for i in range(count)]
        ranges.append([slice(max(a, 0), a + k) for a in starts])
    for r, rows in enumerate(ranges[0]):
        for c, columns in enumerate(ranges[1]):
            yield (r, c), x[:, rows, columns]


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "strides"), [((2, 2), None), ((3, 3), (2, 2)), ((2, 3), (1, 2)), ((1, 2), (3, 3))]
)
def test_equals_loops(size, strides, padding, first):
    x = cases.random_input((2, 7, 6, 3))
    layer = L2Pooling2D(
        size, strides, padding, data_format="channels_first" if first else "channels_last"
    )
    given = np.moveaxis(x, -1, 1) if first else x
    found = cases.to_numpy(layer(given))
    assert found.shape == tuple(layer.compute_output_shape(given.shape))
    found = np.moveaxis(found, 1, -1) if first else found
    for (r, c), window in windows(x, size, strides or size, padding):
        expected = np.sqrt((window.astype("float64") ** 2).sum((1, 2)))
        np.testing.assert_allclose(found[:, r, c], expected, rtol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_gradient_is_the_direction_and_zero_at_zero(padding):
    import tensorflow as tf

    x = cases.random_input((2, 5, 6, 3))
    x[:, :2, :2] = 0
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(L2Pooling2D(2, padding=padding)(variable))
    expected = np.zeros(x.shape)
    for (r, c), window in windows(x, (2, 2), (2, 2), padding):
        norm = np.sqrt((window**2).sum((1, 2), keepdims=True))
        direction = np.divide(window, norm, out=np.zeros_like(window), where=norm > 0)
        expected[:, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2] = direction
    np.testing.assert_allclose(tape.gradient(loss, variable), expected, rtol=1e-4, atol=1e-6)


def test_half_precision_does_not_overflow():
    outputs = L2Pooling2D(dtype="float16")(np.full((1, 2, 2, 1), 1000.0))
    assert float(cases.to_numpy(outputs)[0, 0, 0, 0]) == 2000


def test_unknown_sizes():
    x = cases.random_input((2, 5, 4, 3))
    for padding in ("valid", "same"):
        symbolic = keras.Input((None, None, 3))
        model = keras.Model(symbolic, L2Pooling2D(3, 2, padding)(symbolic))
        expected = cases.to_numpy(L2Pooling2D(3, 2, padding)(x))
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)


def test_layer(tmp_path):
    config = {"pool_size": (2, 3), "strides": 2, "padding": "same"}
    x = cases.random_input((2, 7, 6, 3))
    cases.run_layer_test(L2Pooling2D, config, x, (2, 4, 3, 3), 0, 0, tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"pool_size": 0}, {"strides": (1, 0)}, {"padding": "full"}, {"data_format": "NHWC"}]
)
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
        L2Pooling2D(**wrong)


def test_input_smaller_than_a_window():
    with pytest.raises(ValueError, match="smaller than the window"):
        L2Pooling2D(4).compute_output_shape((1, 3, 5, 2))
    outputs = L2Pooling2D(4, padding="same")(cases.random_input((1, 3, 5, 2)))
    assert tuple(outputs.shape) == (1, 1, 2, 2)
