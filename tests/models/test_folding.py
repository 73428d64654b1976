"""Nets without their batch normalizations answer as those with them."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.layers import BatchNormalization, GroupedConv2D
from kerasuite.models import fold_batch_norms


def disturbed(model: keras.Model) -> keras.Model:
    """Sets every weight to what training might leave, so that no gamma is 1 and no mean 0."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        noise = rng.normal(size=weight.shape)
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(np.exp(0.3 * noise))
        elif weight.name in ("beta", "moving_mean", "bias"):
            weight.assign(0.3 * noise)
    return model


def norms_of(model: keras.Model) -> list[str]:
    layers = [inner for layer in model.layers for inner in getattr(layer, "layers", [layer])]
    return [x.name for x in layers if isinstance(x, keras.layers.BatchNormalization)]


def assert_same_answers(model: keras.Model, folded: keras.Model) -> None:
    size = model.input_shape[1:]
    pictures = np.random.default_rng(1).normal(size=(2, *size)).astype("float32")
    wanted = model.predict(pictures, verbose=0)
    np.testing.assert_allclose(
        folded.predict(pictures, verbose=0), wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max()
    )


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("resnet20", 0),
        ("resnext20_7x4d", 0),
        ("mobilenet_v2", 0),
        ("densenetbc40_12", 21),  # those before a unit read concatenated maps
        ("vgg11_bn", 0),
    ],
)
def test_a_registered_net_answers_the_same(name, left):
    least = {"mobilenet_v2": (32, 32, 3), "vgg11_bn": (32, 32, 3)}.get(name, (16, 16, 3))
    options = {"classes": 5, "classifier_activation": None}
    model = disturbed(models.create(name, input_shape=least, **options))
    folded = fold_batch_norms(model)
    assert len(norms_of(folded)) == left < len(norms_of(model))
    assert_same_answers(model, folded)


def small(read_twice: bool = False, **options) -> keras.Model:
    inputs = keras.Input((6, 6, 4))
    convolved = keras.layers.Conv2D(4, 3, padding="same", **options)(inputs)
    outputs = BatchNormalization(scale=False)(convolved)
    if read_twice:
        outputs = keras.layers.Add()([outputs, convolved])
    return disturbed(keras.Model(inputs, outputs))


def test_a_bias_and_a_norm_without_scale_are_folded():
    model = small(use_bias=True)
    assert norms_of(fold_batch_norms(model)) == []
    assert_same_answers(model, fold_batch_norms(model))


@pytest.mark.parametrize("options", [{"read_twice": True}, {"activation": "relu"}])
def test_what_is_not_linear_or_read_elsewhere_stays(options):
    model = small(**options)
    assert fold_batch_norms(model) is model


def test_depthwise_convolutions_with_several_filters_a_map():
    inputs = keras.Input((6, 6, 3))
    maps = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)(inputs)
    model = disturbed(keras.Model(inputs, keras.layers.BatchNormalization()(maps)))
    assert norms_of(fold_batch_norms(model)) == []
    assert_same_answers(model, fold_batch_norms(model))


def test_layers_called_twice_stay():
    convolution, norm = keras.layers.Conv2D(3, 3), keras.layers.BatchNormalization()
    inputs = keras.Input((6, 6, 3))
    calls = [norm(convolution(x)) for x in (inputs, keras.layers.ReLU()(inputs))]
    model = keras.Model(inputs, keras.layers.Add()(calls))
    assert fold_batch_norms(model) is model


def test_nets_within_are_folded_and_the_original_is_left_alone():
    inner = disturbed(models.create("resnet20", input_shape=(8, 8, 1), classes=3))
    inputs = keras.Input((8, 8, 1))
    outer = keras.Model(inputs, inner(keras.layers.Rescaling(0.5)(inputs), training=False))
    before = [np.array(w) for w in outer.weights]
    folded = fold_batch_norms(outer)
    assert norms_of(folded) == []
    assert_same_answers(outer, folded)
    assert len(norms_of(outer)) == 19
    for weight, old in zip(outer.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_a_folded_net_is_saved_and_loaded(tmp_path):
    inputs = keras.Input((6, 6, 4))
    maps = GroupedConv2D(8, 3, groups=2, use_bias=False)(inputs)
    model = disturbed(keras.Model(inputs, BatchNormalization()(maps)))
    folded = fold_batch_norms(model)
    folded.save(tmp_path / "folded.keras")
    assert_same_answers(model, keras.saving.load_model(tmp_path / "folded.keras"))


def test_nets_without_norms_and_sequential_ones_are_returned_as_they_are():
    lenet = models.create("lenet5")
    sequential = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.BatchNormalization()])
    assert fold_batch_norms(lenet) is lenet
    assert fold_batch_norms(sequential) is sequential
