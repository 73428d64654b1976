"""A convolution must be Keras's, however the gradient of its kernel is computed."""

import keras
import numpy as np
import pytest

from kerasuite.layers import Conv2D, conv2d
from kerasuite.layers.devices import only_tensorflow_on_cpu
from tests import cases

# Name: arguments, shape of the input, and what is a product in bfloat16.
NOTHING, GRADIENT, ALL = "nothing", "the kernel's gradient", "output and gradients"
BOTH = "output and the kernel's gradient"
CASES = {
    "1x1": ({"kernel_size": 1}, (4, 5, 6, 3), GRADIENT),
    "1x1 with strides": ({"kernel_size": 1, "strides": 2, "padding": "same"}, (2, 5, 6, 3), ALL),
    "1x1, activated": ({"kernel_size": 1, "activation": "relu"}, (2, 4, 4, 16), GRADIENT),
    "1x1, strides that differ": ({"kernel_size": 1, "strides": (3, 2)}, (2, 6, 5, 3), ALL),
    "1x1, small maps": ({"kernel_size": 1, "filters": 96}, (2, 2, 3, 64), ALL),
    "large, same": ({"kernel_size": 3, "filters": 96, "padding": "same"}, (2, 3, 5, 96), GRADIENT),
    "large, even": (
        {"kernel_size": (2, 4), "filters": 96, "padding": "same"},
        (2, 3, 4, 96),
        GRADIENT,
    ),
    "large, strides": (
        {"kernel_size": (3, 2), "filters": 96, "strides": 2},
        (2, 7, 6, 96),
        GRADIENT,
    ),
    "large, no bias": (
        {"kernel_size": 3, "filters": 96, "use_bias": False},
        (1, 4, 4, 96),
        GRADIENT,
    ),
    "heavy, same": ({"kernel_size": 3, "filters": 96, "padding": "same"}, (2, 3, 3, 320), BOTH),
    "heavy, strides": (
        {"kernel_size": (3, 2), "filters": 96, "strides": (2, 3)},
        (2, 4, 8, 160),
        BOTH,
    ),
    "small kernel, strides": ({"kernel_size": 3, "strides": 2}, (2, 7, 7, 16), GRADIENT),
    "small kernel": ({"kernel_size": 3, "padding": "same"}, (2, 8, 8, 4), NOTHING),
    "strides, same": (
        {"kernel_size": 3, "filters": 96, "strides": 2, "padding": "same"},
        (2, 4, 4, 96),
        NOTHING,
    ),
    "dilated": ({"kernel_size": (1, 1), "dilation_rate": 2}, (2, 5, 5, 4), NOTHING),
    "grouped": ({"kernel_size": 1, "groups": 2}, (2, 5, 5, 4), NOTHING),
}


def pair(name: str, precision: str):
    """Returns ours and Keras's layer with the same weights, and an input."""
    arguments, shape, _ = CASES[name]
    arguments = {"filters": 8, "dtype": precision, **arguments}
    layers = Conv2D(**arguments), keras.layers.Conv2D(**arguments)
    for layer in layers:
        layer.build(shape)
    layers[1].set_weights(layers[0].get_weights())
    return layers, cases.random_input(shape)


WAYS = {
    None: NOTHING,
    conv2d._convolution: GRADIENT,
    conv2d._product: ALL,
    conv2d._product_of_patches: BOTH,
}


def products(layer: Conv2D, x: np.ndarray) -> str:
    """Returns what the layer computes as products in training."""
    return WAYS[layer._way(keras.ops.cast(x, layer.compute_dtype))]


def slopes(layer, x: np.ndarray) -> list[np.ndarray]:
    """The outputs in training, and gradients of a weighted sum of them."""
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True) if isinstance(layer, Conv2D) else layer(x)
        loss = tf.reduce_sum(tf.cast(y, "float32") * cases.random_input(tuple(y.shape), seed=1))
    found = [y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])]
    return [tf.cast(v, "float32").numpy() for v in found]


@pytest.mark.skipif(not only_tensorflow_on_cpu(), reason="elsewhere the layer is Keras's own")
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_outputs_and_gradients_are_those_of_keras(name, precision):
    (ours, theirs), x = pair(name, precision)
    assert products(ours, x) == (CASES[name][2] if "bfloat16" in precision else NOTHING)
    # Sums in another order, rounded to 8 bits.
    tolerance = 2e-2 if "bfloat16" in precision else 1e-5
    for a, b in zip(slopes(ours, x), slopes(theirs, x), strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance * np.abs(b).max())


@pytest.mark.skipif(not only_tensorflow_on_cpu(), reason="elsewhere the layer is Keras's own")
def test_maps_of_unknown_size_train_in_one_graph():
    import tensorflow as tf

    layer = Conv2D(8, 1, dtype="mixed_bfloat16")
    layer.build((None, None, None, 4))

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 4])])
    def kernel_gradient(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.cast(layer(x, training=True), "float32"))
        return tape.gradient(loss, layer.kernel.value)

    for shape in [(1, 4, 5, 4), (3, 7, 2, 4)]:
        x = cases.random_input(shape)
        wanted = np.broadcast_to(x.sum((0, 1, 2))[:, None], (4, 8))
        np.testing.assert_allclose(kernel_gradient(x)[0, 0], wanted, atol=0.1)


def test_the_layer_keeps_to_the_rules_of_layers(tmp_path):
    config = {"filters": 3, "kernel_size": 1}
    x = cases.random_input((2, 4, 5, 2))
    cases.run_layer_test(Conv2D, config, x, (2, 4, 5, 3), 2, 0, tmp_path)
