"""Weights of keras.applications and timm give the same answers here."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models import load_weights_from
from kerasuite.models.resnet import ResNet
from tests import cases
from tests.models import timm_golden

GOLDEN = json.loads(timm_golden.FILE.read_text())
TINY = {"input_shape": (32, 32, 3), "classes": 5, "width": 8, "blocks": (1, 1)}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_timm_models_answer_the_same(name):
    golden = GOLDEN[name]
    size = timm_golden.MODELS[name]
    model = models.create(name, input_shape=(size, size, 3), classifier_activation=None)
    load_weights_from("timm", model, timm_golden.weights(golden["shapes"]))
    logits = cases.to_numpy(model(timm_golden.pictures(size)))[:, : timm_golden.LOGITS]
    assert np.std(golden["logits"]) > 0.1
    np.testing.assert_allclose(logits, golden["logits"], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "size", "arguments"),
    [
        ("ResNet50", 64, {"stride_first": True}),
        ("DenseNet121", 64, {}),
        ("VGG16", 32, {}),
        ("InceptionV3", 75, {}),
        pytest.param("InceptionResNetV2", 75, {}, marks=pytest.mark.slow),
    ],
)
def test_keras_applications_answer_the_same(name, size, arguments):
    keras.utils.set_random_seed(0)
    change = {"input_shape": (size, size, 3), "classifier_activation": None}
    reference = getattr(keras.applications, name)(weights=None, **change)
    _randomise(reference)
    model = getattr(models, name)(**change, **arguments)
    load_weights_from("keras.applications", model, reference)
    x = cases.random_input((2, size, size, 3))
    expected = cases.to_numpy(reference(x))
    assert expected.std() > 0.1
    np.testing.assert_allclose(cases.to_numpy(model(x)), expected, atol=1e-5)


def test_bias_scale_offset_and_epsilon_are_evened_out():
    reference = _one_convolution(use_bias=True, scale=False, center=False, epsilon=0.1)
    model = _one_convolution(use_bias=False)
    for variable in model.weights:
        variable.assign(np.full(variable.shape, 7.0))
    _randomise(reference)
    load_weights_from("keras.applications", model, reference)
    x = cases.random_input((2, 8, 8, 3))
    np.testing.assert_allclose(
        cases.to_numpy(model(x)), cases.to_numpy(reference(x)), **cases.TOLERANCE
    )


def test_a_model_without_top_leaves_the_classifier():
    reference = ResNet(**TINY)
    _randomise(reference)
    model = ResNet(**TINY, features_only=True)
    load_weights_from("keras.applications", model, reference)
    for set_, value in zip(model.weights, reference.weights, strict=False):
        np.testing.assert_array_equal(cases.to_numpy(set_), cases.to_numpy(value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv2_block1_2_bn/moving_mean": None}, "lacks a weight.*conv2_block1_2_bn/moving_mean"),
        ({"conv1_conv/kernel": np.ones((7, 7, 3, 9))}, r"conv1_conv/kernel.*\(7, 7, 3, 9\)"),
        ({"conv9_conv/kernel": np.ones(1)}, "without a place.*Received: conv9_conv/kernel"),
        ({"conv1_conv/bias": np.ones(9)}, "no batch norm.*Received: conv1_conv/bias"),
    ],
)
def test_the_first_mismatch_is_named_and_nothing_is_set(change, message):
    model = ResNet(**TINY)
    arrays = {
        f"{layer.name}/{v.name}": np.full(v.shape, 3.0)
        for layer in model.layers
        for v in layer.weights
    }
    arrays = {name: value for name, value in {**arrays, **change}.items() if value is not None}
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        load_weights_from("keras.applications", model, arrays)
    for kept, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, value)


def test_strides_must_be_those_of_the_reference():
    reference = ResNet(**TINY, bottleneck=True, stride_first=True)
    with pytest.raises(ValueError, match=r"conv3_block1_1_conv.*stride_first.*Received"):
        load_weights_from("keras.applications", ResNet(**TINY, bottleneck=True), reference)


def test_strides_and_epsilons_of_a_torch_module_are_seen():
    modules = {"conv1": SimpleNamespace(stride=(1, 1)), "bn1": SimpleNamespace(eps=0.5)}
    state = {
        "conv1.weight": np.ones((4, 3, 3, 3)),
        **{f"bn1.{name}": np.ones(4) for name in ("weight", "bias", "running_mean", "running_var")},
    }
    module = SimpleNamespace(state_dict=lambda: state, named_modules=modules.items)
    model = _one_convolution(use_bias=False)
    load_weights_from("timm", model, module)
    variance = cases.to_numpy(model.get_layer("conv1_bn").moving_variance)
    np.testing.assert_allclose(variance, 1 + 0.5 - 0.001, rtol=1e-6)
    modules["conv1"].stride = (2, 2)
    with pytest.raises(ValueError, match=r"conv1_conv must have.*Received: strides=\(2, 2\)"):
        load_weights_from("timm", model, module)


def test_unknown_sources_and_names_are_refused():
    model, kernel = ResNet(**TINY), np.ones((1, 1, 1, 1))
    with pytest.raises(ValueError, match="Received: source='caffe'"):
        load_weights_from("caffe", model, {})
    with pytest.raises(ValueError, match=r"no known layer\. Received: stem\.conv\.weight"):
        state = {"conv1.weight": kernel, "stem.conv.weight": kernel}
        load_weights_from("timm", model, state)
    with pytest.raises(ValueError, match=r"must have 7 convolutions.*Received: 1"):
        load_weights_from("timm", model, {"stem.conv.weight": kernel})


def _one_convolution(use_bias, **norm):
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, use_bias=use_bias, name="conv1_conv"),
            keras.layers.BatchNormalization(**norm, name="conv1_bn"),
        ]
    )


def _randomise(model):
    """Draws everything but kernels at random."""
    random = np.random.RandomState(0)
    ranges = {"gamma": (0.5, 1.0), "moving_variance": (0.5, 1.5)}
    for variable in model.weights:
        if variable.name != "kernel":
            low_high = ranges.get(variable.name, (-0.2, 0.2))
            variable.assign(random.uniform(*low_high, variable.shape))
