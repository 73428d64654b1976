"""Counts of models: by hand, and those on record."""

import keras
import pytest

from kerasuite import models
from kerasuite.layers import LocallyConnected2D
from kerasuite.models import count, registry


def test_multiply_adds_by_hand():
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(6, 3, groups=2)(inputs)  # 6x6 positions, 3*3*2 inputs, 6 maps
    x = keras.layers.DepthwiseConv2D(3, strides=2)(x)  # 2x2 positions, 9 inputs, 6 maps
    x = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5)])(x)  # 24 x 5
    model = keras.Model(inputs, x)
    assert count.multiply_adds(model) == 36 * 18 * 6 + 4 * 9 * 6 + 24 * 5
    assert count.parameters(model) == 18 * 6 + 6 + 54 + 6 + 24 * 5 + 5


def test_locally_connected_layers_have_a_kernel_a_position():
    inputs = keras.Input((6, 6, 2))
    model = keras.Model(inputs, LocallyConnected2D(3, 4)(inputs))
    assert count.multiply_adds(model) == 3 * 3 * (4 * 4 * 2) * 3


def test_a_transposed_convolution_counts_its_inputs():
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, keras.layers.Conv2DTranspose(6, 2, strides=2)(inputs))
    assert count.multiply_adds(model) == 64 * 4 * (2 * 2 * 6)


def test_a_shared_layer_counts_each_time():
    layer = keras.layers.Conv2D(6, 3, padding="same")
    inputs = [keras.Input((n, n, 4)) for n in (8, 4)]
    model = keras.Model(inputs, [layer(x) for x in inputs])
    assert count.multiply_adds(model) == (64 + 16) * 9 * 4 * 6
    assert count.parameters(model) == 9 * 4 * 6 + 6


def test_lenet_by_hand():
    model = models.create("lenet5_1998")
    maps = 28 * 28 * 25 * 6 + 10 * 10 * 25 * 60 + 400 * 120 + 120 * 84
    assert count.multiply_adds(model) == maps


def test_unknown_sizes_are_refused():
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match="not known"):
        count.multiply_adds(model)


def test_every_model_is_on_record():
    assert registry.counts().keys() == set(registry.names())


@pytest.mark.parametrize("name", ["lenet5", "small_cnn"])
def test_the_record_is_right(name):
    model = models.create(name)
    assert registry.counts()[name] == {
        "parameters": count.parameters(model),
        "multiply_adds": count.multiply_adds(model),
    }
