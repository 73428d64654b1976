"""A convolution by connection table, against loops over positions, maps and taps."""

import keras
import numpy as np
import pytest

from kerasuite.layers import ConnectionTableConv2D, FanInUniform
from tests import cases

TABLE = [(0, 1, 2), (2,), (3, 0), (1, 3)]


def by_loops(x, table, kernel, bias, strides, padding):
    """Returns what the paper's formula says, one output number at a time, in float64."""
    (kh, kw), (sh, sw) = kernel.shape[:2], strides
    if padding == "same":
        pads = [
            max(0, (-(-n // s) - 1) * s + k - n)
            for n, s, k in ((x.shape[1], sh, kh), (x.shape[2], sw, kw))
        ]
        x = np.pad(x, ((0, 0), *((p // 2, p - p // 2) for p in pads), (0, 0)))
    height, width = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    y = np.zeros((len(x), height, width, len(table)))
    for n, r, c in np.ndindex(len(x), height, width):
        connection = 0
        for j, seen in enumerate(table):
            y[n, r, c, j] = bias[j]
            for i in seen:
                window = x[n, r * sh : r * sh + kh, c * sw : c * sw + kw, i]
                y[n, r, c, j] += (window * kernel[:, :, connection]).sum()
                connection += 1
    return y


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_equals_loops(strides, padding):
    layer = ConnectionTableConv2D(
        TABLE, (3, 2), strides, padding, bias_initializer=keras.initializers.RandomNormal(seed=1)
    )
    x = cases.random_input((2, 8, 9, 4))
    y = cases.to_numpy(layer(x))
    kernel, bias = (cases.to_numpy(w).astype("float64") for w in layer.weights)
    assert kernel.shape == (3, 2, 8)
    expected = by_loops(x.astype("float64"), TABLE, kernel, bias, strides, padding)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    assert layer.compute_output_shape(x.shape) == y.shape


def test_a_full_table_is_a_dense_convolution():
    x = cases.random_input((2, 6, 6, 3))
    dense = keras.layers.Conv2D(5, 3)
    expected = cases.to_numpy(dense(x))
    layer = ConnectionTableConv2D([range(3)] * 5, 3)
    layer.build(x.shape)
    kernel = cases.to_numpy(dense.kernel)  # (3, 3, in, out); the table lists out, then in
    layer.set_weights([kernel.transpose(0, 1, 3, 2).reshape(3, 3, 15), cases.to_numpy(dense.bias)])
    np.testing.assert_allclose(cases.to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-5)


def test_layer(tmp_path):
    cases.run_layer_test(
        ConnectionTableConv2D,
        {
            "table": TABLE,
            "kernel_size": 3,
            "padding": "same",
            "activation": "tanh",
            "kernel_initializer": FanInUniform(2.4, seed=3),
            "kernel_regularizer": keras.regularizers.L2(1e-3),
        },
        inputs=cases.random_input((2, 6, 7, 4)),
        output_shape=(2, 6, 7, 4),
        trainable=2,
        non_trainable=0,
        folder=tmp_path,
    )


def test_without_bias():
    layer = ConnectionTableConv2D(TABLE, 3, use_bias=False)
    layer.build((None, 8, 8, 4))
    assert len(layer.weights) == 1


def test_each_map_is_initialised_by_its_own_fan_in():
    keras.utils.set_random_seed(0)
    table = [range(1), range(16), range(16)]
    layer = ConnectionTableConv2D(table, 5, kernel_initializer=FanInUniform(2.4))
    layer.build((None, 8, 8, 16))
    kernel = np.abs(cases.to_numpy(layer.kernel))
    for first, last, fan_in in ((0, 1, 25), (1, 17, 400), (17, 33, 400)):
        assert 0.8 * 2.4 / fan_in < kernel[..., first:last].max() <= 2.4 / fan_in
    assert not np.allclose(kernel[..., 1:17], kernel[..., 17:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"table": []}, r"Received: table=\[\]"),
        ({"table": [(0,), ()]}, r"Received: table\[1\]=\[\]"),
        ({"table": [(1, 1)]}, r"Received: table\[0\]=\[1, 1\]"),
        ({"table": [(-1,)]}, r"Received: table\[0\]=\[-1\]"),
        ({"kernel_size": 0}, "Received: kernel_size=0"),
        ({"strides": (1, 2, 3)}, "Received: strides="),
        ({"padding": "full"}, "Received: padding='full'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConnectionTableConv2D(**{"table": TABLE, "kernel_size": 3, **arguments})


def test_wrong_inputs_are_refused():
    with pytest.raises(ValueError, match=r"at least 4 channels.*Received: input_shape"):
        ConnectionTableConv2D(TABLE, 3).build((None, 8, 8, 3))
    with pytest.raises(ValueError, match="Received: input length=2, window=3"):
        ConnectionTableConv2D(TABLE, 3).compute_output_shape((None, 2, 8, 4))
