"""Convolutions by products must be Keras's: outputs, gradients, and gradients of gradients."""

import keras
import numpy as np
import pytest

from kerasuite.layers import Conv2DTranspose, ProductConv2D
from kerasuite.layers.devices import only_tensorflow_on_cpu
from tests import cases

pytestmark = pytest.mark.skipif(
    not only_tensorflow_on_cpu(), reason="elsewhere the layers are Keras's own"
)

# Name: arguments, shape of the input, and whether products are made of it.
TRANSPOSED = {
    "few maps": ({"filters": 1, "kernel_size": 4, "strides": 2}, (2, 5, 6, 7), True),
    "few, no strides": ({"filters": 3, "kernel_size": 3, "padding": "valid"}, (2, 5, 4, 7), True),
    "few, oblong": ({"filters": 2, "kernel_size": (6, 2), "strides": (3, 2)}, (1, 3, 4, 5), True),
    "large kernel": ({"filters": 64, "kernel_size": 4, "strides": 2}, (2, 2, 2, 64), True),
    "of one place": ({"filters": 96, "kernel_size": 7, "padding": "valid"}, (2, 1, 1, 8), True),
    "large, 3 on 3": ({"filters": 60, "kernel_size": 6, "strides": 3}, (2, 1, 2, 64), True),
    "large maps": ({"filters": 8, "kernel_size": 4, "strides": 2}, (2, 5, 6, 7), False),
    "no multiple": ({"filters": 1, "kernel_size": 3, "strides": 2}, (2, 5, 6, 7), False),
    "gaps": ({"filters": 1, "kernel_size": 1, "strides": 2}, (2, 5, 6, 7), False),
    "dilated": ({"filters": 1, "kernel_size": 3, "dilation_rate": 2}, (2, 5, 6, 7), False),
}
PLAIN = {
    "whole maps": ({"filters": 3, "kernel_size": (5, 6)}, (4, 5, 6, 7), True),
    "whole maps to one": ({"filters": 1, "kernel_size": (5, 6)}, (4, 5, 6, 7), True),
    "to few maps": ({"filters": 2, "kernel_size": (3, 4)}, (2, 6, 7, 5), True),
    "from few maps": ({"filters": 9, "kernel_size": 4, "strides": 2}, (2, 8, 6, 3), True),
    "from few, padded": (
        {"filters": 9, "kernel_size": 4, "strides": 2, "padding": "same"},
        (2, 8, 6, 3),
        True,
    ),
    "from few, odd": (
        {"filters": 9, "kernel_size": 4, "strides": 2, "padding": "same"},
        (2, 7, 5, 1),
        True,
    ),
    "large kernel": (
        {"filters": 64, "kernel_size": 4, "strides": 2, "padding": "same"},
        (3, 3, 2, 60),
        True,
    ),
    "from few, rest": ({"filters": 9, "kernel_size": 4, "strides": 2}, (2, 9, 8, 3), False),
    "from many": ({"filters": 9, "kernel_size": 4, "strides": 2}, (2, 8, 6, 7), False),
    "grouped": ({"filters": 4, "kernel_size": 4, "groups": 2}, (2, 6, 6, 2), False),
}


def pair(kind, arguments, shape):
    """Returns ours and Keras's layer with the same weights, and an input."""
    if kind is Conv2DTranspose:
        arguments = {"padding": "same", **arguments}
    ours, theirs = kind(**arguments), kind.__base__(**arguments)
    for layer in (ours, theirs):
        layer.build(shape)
    ours.set_weights([cases.random_input(w.shape, seed=i) for i, w in enumerate(ours.weights)])
    theirs.set_weights(ours.get_weights())
    return ours, theirs, cases.random_input(shape)


def found(layer, x):
    """Outputs; their gradients; and the gradients of the size of the first of these."""
    import tensorflow as tf

    x = tf.constant(x)
    values = [x, *(v.value for v in layer.trainable_variables)]
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(tf.sin(y) * cases.random_input(tuple(y.shape), seed=1))
        first = tape.gradient(loss, values)
        size = tf.reduce_sum(tf.square(first[0]))
    return [y, *first, *outer.gradient(size, values)]


@pytest.mark.parametrize(
    ("kind", "case"),
    [(Conv2DTranspose, case) for case in TRANSPOSED.values()]
    + [(ProductConv2D, case) for case in PLAIN.values()],
    ids=[*(f"transposed {name}" for name in TRANSPOSED), *PLAIN],
)
def test_outputs_and_gradients_are_those_of_keras(kind, case):
    arguments, shape, products = case
    ours, theirs, x = pair(kind, arguments, shape)
    chosen = ours._by_product(x) if kind is Conv2DTranspose else ours._way(x) is not None
    assert chosen is products
    for a, b in zip(found(ours, x), found(theirs, x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * np.abs(b).max())


@pytest.mark.parametrize("kind", [Conv2DTranspose, ProductConv2D])
def test_any_number_of_pictures_and_files(kind, tmp_path):
    x = cases.random_input((3, 6, 6, 5))
    inputs = keras.Input(x.shape[1:])
    layer = kind(1, 4, padding="valid")
    model = keras.Model(inputs, layer(inputs))
    assert layer._by_product(inputs) if kind is Conv2DTranspose else layer._way(inputs)
    for count in (1, 3):
        assert len(model.predict(x[:count], verbose=0)) == count
    shape = (3, 9, 9, 1) if kind is Conv2DTranspose else (3, 3, 3, 1)
    cases.run_layer_test(kind, {"filters": 1, "kernel_size": 4}, x, shape, 2, 0, tmp_path)
