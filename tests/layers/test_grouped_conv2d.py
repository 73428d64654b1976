"""A grouped convolution must be Keras's, whichever way it is computed."""

import keras
import numpy as np
import pytest

from kerasuite.layers import BatchNormalization, GroupedConv2D, grouped_conv2d
from kerasuite.layers.devices import only_tensorflow_on_cpu
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="elsewhere the layer is Keras's own"
)

CASES = {
    "plain": {"groups": 2},
    "same": {"groups": 4, "padding": "same"},
    "strided": {"groups": 4, "padding": "same", "strides": 2},
    "dilated": {"groups": 2, "dilation_rate": 2},
    "rectangle": {"groups": 2, "kernel_size": (1, 3), "strides": (2, 1)},
    "depthwise": {"groups": 8, "activation": "relu"},
    "one group": {"groups": 1},
    "without bias": {"groups": 2, "use_bias": False},
    "channels first": {"groups": 2, "data_format": "channels_first", "padding": "same"},
}


@pytest.fixture(params=["kernels know groups", "group by group"])
def way(request, monkeypatch):
    """Computes in each of the two ways."""
    known = request.param == "kernels know groups"
    if known and not grouped_conv2d._kernels_know_groups("float32", "channels_last"):
        pytest.skip("TensorFlow's kernels do not know groups on this machine")
    monkeypatch.setattr(grouped_conv2d, "_kernels_know_groups", lambda *_: known)


def both(shape, **kwargs):
    """Returns ours and Keras's layer with the same random weights."""
    kwargs = {"filters": 16, "kernel_size": 3, **kwargs}
    pair = [c(**kwargs) for c in (GroupedConv2D, keras.layers.Conv2D)]
    for layer in pair:
        layer.build(shape)
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(w.shape) for w in pair[0].weights]
    for layer in pair:
        layer.set_weights(weights)
    return pair


def by_groups(layer, x):
    """Returns what dense convolutions of the groups give, side by side."""
    first = layer.data_format == "channels_first"
    parts = np.split(np.moveaxis(x, 1, -1) if first else x, layer.groups, -1)
    kernels = np.split(cases.to_numpy(layer.kernel), layer.groups, -1)
    geometry = layer.strides, layer.padding, "channels_last", layer.dilation_rate
    outputs = [keras.ops.conv(x, k, *geometry) for x, k in zip(parts, kernels, strict=True)]
    outputs = np.concatenate([cases.to_numpy(o) for o in outputs], -1)
    if layer.bias is not None:
        outputs = outputs + cases.to_numpy(layer.bias)
    outputs = np.moveaxis(outputs, -1, 1) if first else outputs
    return cases.to_numpy(layer.activation(outputs))


def step(layer, x, compiled):
    """Returns outputs and all gradients of one training step."""
    import tensorflow as tf

    weighting = cases.random_input(layer.compute_output_shape(x.shape), seed=1)

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
            loss = tf.reduce_sum(tf.cast(outputs, weighting.dtype) * weighting)
        return [outputs, *tape.gradient(loss, [x, *(w.value for w in layer.weights)])]

    if compiled is not None:
        run = tf.function(run, jit_compile=compiled)
    return [cases.to_numpy(r) for r in run(tf.cast(x, layer.compute_dtype))]


def inputs_of(kwargs, shape=(2, 9, 8, 8)):
    shape = (2, 8, 9, 8) if kwargs.get("data_format") == "channels_first" else shape
    return cases.random_input(shape)


@pytest.mark.parametrize("kwargs", CASES.values(), ids=CASES)
def test_outputs_are_those_of_the_groups(kwargs):
    x = inputs_of(kwargs)
    layer, _ = both(x.shape, **kwargs)
    found = cases.to_numpy(layer(x))
    np.testing.assert_allclose(found, by_groups(layer, x), rtol=1e-5, atol=1e-5)


@on_tensorflow
@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "xla"])
@pytest.mark.parametrize("kwargs", CASES.values(), ids=CASES)
def test_training_step_is_keras_own(kwargs, compiled, way):
    x = inputs_of(kwargs)
    for found, expected in zip(
        *(step(n, x, compiled) for n in both(x.shape, **kwargs)), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)


@on_tensorflow
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_training_step_in_other_precisions(dtype):
    x = inputs_of({})
    share = 1e-6 if dtype == "float64" else 0.04
    layer, _ = both(x.shape, groups=4, dtype=dtype)
    exact, _ = both(x.shape, groups=4)
    found, expected = step(layer, x, False), step(exact, x, False)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=share * np.abs(b).max())


@pytest.mark.skipif(not only_tensorflow_on_cpu(), reason="elsewhere the layer is Keras's own")
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize(
    ("channels", "groups", "at_once"), [(8, 4, 4), (32, 8, 4), (24, 6, 2), (15, 5, 5), (16, 2, 1)]
)
def test_groups_of_few_channels_have_one_gradient_together(channels, groups, at_once, strides):
    if not grouped_conv2d._kernels_know_groups("bfloat16", "channels_last"):
        pytest.skip("TensorFlow's kernels do not know groups on this machine")
    x = cases.random_input((2, 9, 8, channels))
    arguments = {"groups": groups, "strides": strides, "filters": 2 * channels}
    layer, _ = both(x.shape, dtype="mixed_bfloat16", **arguments)
    assert layer._groups_at_once(keras.ops.cast(x, "bfloat16")) == at_once
    exact, _ = both(x.shape, **arguments)
    assert exact._groups_at_once(keras.ops.convert_to_tensor(x)) == 1
    wanted = step(exact, x, False)
    for compiled in (None, False, True):
        for a, b in zip(step(layer, x, compiled), wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=0.04 * np.abs(b).max())


@on_tensorflow
def test_no_xla_on_a_cpu(way):
    import tensorflow as tf

    if not only_tensorflow_on_cpu():
        pytest.skip("has another device")
    layer, keras_own = both((2, 9, 8, 8), groups=2)

    def compiles(layer):
        graph = tf.function(layer).get_concrete_function(tf.TensorSpec((2, 9, 8, 8))).graph
        functions = graph.as_graph_def().library.function
        return any(f.attr["_XlaMustCompile"].b for f in functions)

    assert compiles(keras_own) and not compiles(layer)


@on_tensorflow
def test_unknown_sizes():
    import tensorflow as tf

    layer, _ = both((None, None, None, 8), groups=2)
    run = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 8))])
    for shape in ((2, 9, 8, 8), (1, 5, 6, 8)):
        x = cases.random_input(shape)
        np.testing.assert_allclose(run(x), by_groups(layer, x), rtol=1e-5, atol=1e-5)


@on_tensorflow
def test_an_export_runs_without_onednn(tmp_path):
    """A fused convolution and normalization would fail there."""
    import os
    import subprocess
    import sys

    layers = [GroupedConv2D(8, 3, groups=4), BatchNormalization(), keras.layers.ReLU()]
    model = keras.Sequential([keras.Input((6, 6, 8)), *layers])
    x = cases.random_input((2, 6, 6, 8))
    model.export(tmp_path / "model", verbose=False)
    np.save(tmp_path / "x.npy", x)
    script = (
        "import sys, numpy as np, tensorflow as tf; folder = sys.argv[1]\n"
        "model = tf.saved_model.load(folder + '/model')\n"
        "np.save(folder + '/y.npy', model.serve(np.load(folder + '/x.npy')))"
    )
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"}
    subprocess.run([sys.executable, "-c", script, tmp_path], env=environment, check=True)
    expected = cases.to_numpy(model(x, training=False))
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, rtol=1e-4, atol=1e-5)


def test_layer(tmp_path):
    config = {"filters": 6, "kernel_size": 3, "groups": 2, "strides": 2, "padding": "same"}
    x = cases.random_input((2, 5, 4, 4))
    cases.run_layer_test(GroupedConv2D, config, x, (2, 3, 2, 6), 2, 0, tmp_path)


def test_weights_are_exchanged_with_keras(tmp_path):
    ours, keras_own = both((2, 9, 8, 8), groups=4)
    assert ours.kernel.shape == keras_own.kernel.shape == (3, 3, 2, 16)
    assert ours.get_config().keys() == keras_own.get_config().keys()
    models = [
        keras.Sequential([keras.Input((9, 8, 8)), c(16, 3, groups=4, name="grouped")])
        for c in (GroupedConv2D, keras.layers.Conv2D)
    ]
    x = inputs_of({})

    def by_lists(source, target):
        target.get_layer("grouped").set_weights(source.get_layer("grouped").get_weights())

    def by_file(source, target):
        source.save(tmp_path / "model.h5")
        target.load_weights(tmp_path / "model.h5", by_name=True)

    for seed, exchange in enumerate((by_lists, by_file)):
        for source, target in (models, models[::-1]):
            source.set_weights([cases.random_input(w.shape, seed) for w in ours.weights])
            exchange(source, target)
            outputs = [cases.to_numpy(m(x)) for m in models]
            np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-5)
            target.set_weights([np.zeros(w.shape) for w in ours.weights])


@pytest.mark.parametrize("kwargs", [{"groups": 3}, {"groups": 0}, {"filters": 6, "groups": 4}])
def test_groups_that_do_not_divide(kwargs):
    with pytest.raises(ValueError, match="groups"):
        GroupedConv2D(**{"filters": 6, "kernel_size": 3, **kwargs}).build((2, 9, 8, 8))
