"""Batch normalization must be Keras's, whichever kernel computes it."""

import keras
import numpy as np
import pytest

from kerasuite.layers import BatchNormalization
from tests import cases

# Elsewhere the layer is Keras's own, untouched.
on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="compares TensorFlow's kernels"
)

INPUTS = 2 + 3 * cases.random_input((4, 5, 6, 3))


def both(shape, **kwargs):
    """Returns ours and Keras's layer with the same random weights."""
    pair = [c(**kwargs) for c in (BatchNormalization, keras.layers.BatchNormalization)]
    rng = np.random.default_rng(0)
    for layer in pair:
        layer.build(shape)
    weights = [rng.uniform(0.5, 2, w.shape) for w in pair[0].weights]
    for layer in pair:
        layer.set_weights(weights)
    return pair


def step(layer, x, compiled):
    """Returns the outputs, all gradients and the moving statistics of one training step."""
    import tensorflow as tf

    weighting = tf.constant(cases.random_input(x.shape, seed=1))

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
            loss = tf.reduce_mean(tf.cast(outputs, "float32") * weighting)
        weights = [w.value for w in layer.trainable_weights]
        return [outputs, *tape.gradient(loss, [x, *weights])]

    if compiled is not None:
        run = tf.function(run, jit_compile=compiled)
    results = run(tf.cast(x, layer.compute_dtype))
    return [cases.to_numpy(r) for r in [*results, *layer.non_trainable_weights]]


def assert_same(found, expected, **tolerance):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, **{"rtol": 1e-5, "atol": 1e-5, **tolerance})


@on_tensorflow
@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "xla"])
def test_training_step_is_keras_own(compiled):
    ours, keras_own = both(INPUTS.shape)
    assert_same(step(ours, INPUTS, compiled), step(keras_own, INPUTS, compiled))


@on_tensorflow
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_training_step_in_half_precision(dtype):
    ours, keras_own = both(INPUTS.shape, dtype=dtype)
    found, expected = step(ours, INPUTS, False), step(keras_own, INPUTS, False)
    # Outputs and their gradient have 8 or 11 bits; the statistics are float32.
    assert_same(found[:2], expected[:2], rtol=1e-2, atol=1e-2)
    assert_same(found[2:], expected[2:])


@on_tensorflow
@pytest.mark.parametrize(
    ("shape", "kwargs"),
    [
        ((4, 5, 6, 3), {"scale": False}),
        ((4, 5, 6, 3), {"center": False}),
        ((1, 1, 1, 3), {}),
        ((1, 5, 6, 3), {"epsilon": 1.001e-5}),
        ((4, 5, 6, 3), {"epsilon": 1e-7}),
        ((4, 5, 6, 3), {"axis": 1}),
        ((4, 5, 6, 3), {"axis": 3, "momentum": 0.5}),
        ((4, 5, 6, 3), {"dtype": "float64"}),
        ((8, 3), {}),
        ((2, 3, 4, 5, 3), {}),
    ],
)
def test_every_case_is_keras_own(shape, kwargs):
    x = 2 + 3 * cases.random_input(shape)
    ours, keras_own = both(shape, **kwargs)
    assert_same(step(ours, x, False), step(keras_own, x, False), atol=5e-5)
    expected = cases.to_numpy(keras_own(x, training=False))
    assert_same([cases.to_numpy(ours(x, training=False))], [expected])


def test_a_mask_is_kept_to():
    ours, keras_own = both(INPUTS.shape)
    mask = np.arange(4 * 5 * 6).reshape(4, 5, 6) % 3 > 0
    found = [cases.to_numpy(n(INPUTS, training=True, mask=mask)) for n in (ours, keras_own)]
    assert_same(found[:1], found[1:])


def test_frozen_layer_normalizes_by_moving_statistics():
    ours, keras_own = both(INPUTS.shape)
    before = cases.to_numpy(ours.moving_mean)
    for layer in (ours, keras_own):
        layer.trainable = False
    found = [cases.to_numpy(n(INPUTS, training=True)) for n in (ours, keras_own)]
    assert_same(found[:1], found[1:])
    np.testing.assert_array_equal(cases.to_numpy(ours.moving_mean), before)


@on_tensorflow
def test_gradients_pass_through_a_frozen_layer():
    import tensorflow as tf

    gradients = []
    for layer in both(INPUTS.shape):
        layer.trainable = False
        x = tf.constant(INPUTS)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 2)
        gradients.append(tape.gradient(loss, x).numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-4)


@on_tensorflow
def test_unknown_batch_size_and_picture_size():
    import tensorflow as tf

    ours, keras_own = both((None, None, None, 3))
    signature = [tf.TensorSpec([None, None, None, 3])]
    for n in (2, 3):
        found = [
            tf.function(lambda x, layer=layer: layer(x, training=True), signature)(INPUTS[:n])
            for layer in (ours, keras_own)
        ]
        assert_same([found[0].numpy()], [found[1].numpy()])
    assert_same([ours.moving_variance.numpy()], [keras_own.moving_variance.numpy()])


def test_layer(tmp_path):
    config = {"momentum": 0.9, "epsilon": 0.01}
    cases.run_layer_test(BatchNormalization, config, INPUTS, (4, 5, 6, 3), 2, 2, tmp_path)


def test_weights_load_both_ways(tmp_path):
    def model(layer):
        return keras.Sequential([keras.Input((5, 6, 3)), layer(name="norm")])

    pair = [model(BatchNormalization), model(keras.layers.BatchNormalization)]
    for source, target in (pair, pair[::-1]):
        source.set_weights([np.random.default_rng(1).uniform(1, 2, 3)] * 4)
        path = tmp_path / f"{source.name}.weights.h5"
        source.save_weights(path)
        target.load_weights(path)
        assert_same(target.get_weights(), source.get_weights())
