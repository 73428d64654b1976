"""ReLU in bfloat16 against Keras's: outputs, gradients, gradients of gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.layers import ReLU
from tests.cases import random_input, run_layer_test


def test_layer(tmp_path):
    run_layer_test(ReLU, {}, random_input((2, 3, 4)), (2, 3, 4), 0, 0, tmp_path)


@pytest.mark.parametrize("config", [{}, {"max_value": 1.0}, {"negative_slope": 0.1}])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_gradients_are_those_of_keras(config, dtype):
    values = np.concatenate([random_input((5, 100)).ravel(), [0.0, -0.0, 1e-38, -1e-38, 7e37]])
    x = tf.constant(values, dtype)
    dy = tf.constant(random_input(values.shape, seed=1), dtype)
    ours, theirs = ReLU(dtype=dtype, **config), keras.layers.ReLU(dtype=dtype, **config)

    @tf.function
    def gradients(layer, x, dy):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, dy])
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = layer(x, training=True) if layer is ours else layer(x)
            dx = inner.gradient(y, x, dy)
        return y, dx, outer.gradient(dx, dy)

    for a, b in zip(gradients(ours, x, dy), gradients(theirs, x, dy), strict=True):
        np.testing.assert_array_equal(tf.cast(a, "float32"), tf.cast(b, "float32"))


def test_what_is_no_number_stays_so():
    x = tf.constant([np.nan, -np.nan, np.inf, -np.inf], "bfloat16")
    y = ReLU(dtype="bfloat16")(x, training=True).numpy().astype("float32")
    np.testing.assert_array_equal(y, [np.nan, np.nan, np.inf, 0])
