"""EfficientNet-Lite's scaling, and the weights from ImageNet that it takes."""

import numpy as np
import pytest

from kerasuite import models
from kerasuite.data import fetch
from kerasuite.models.efficientnet_lite import EfficientNetLite
from kerasuite.models.pretrained import (
    imagenet_class_names,
    imagenet_normalization,
    load_imagenet,
)
from tests import cases

STRIDES = (2, 4, 8, 16, 32)
fetched = pytest.mark.skipif(
    not fetch.is_cached("efficientnet_lite2_imagenet"),
    reason="efficientnet_lite2_imagenet is not fetched",
)


def test_features_are_a_pyramid():
    with cases.without_values():
        model = models.create("efficientnet_lite2", input_shape=(64, 96, 3), features_only=True)
    maps = (16, 24, 48, 120, 1280)
    expected = [(None, 64 // s, 96 // s, n) for s, n in zip(STRIDES, maps, strict=True)]
    assert [tuple(o.shape) for o in model.outputs] == expected


def test_the_first_and_the_last_stage_are_not_deepened():
    with cases.without_values():
        deep = EfficientNetLite(input_shape=(32, 32, 3), depth=2.0, features_only=True)
    names = {layer.name for layer in deep.layers}
    # Stages of 1, 4, 4, 6, 6, 8 and 1 units: every unit is filtered, and those after the first
    # of a stage are added to.
    assert sum(name.endswith("_depthwise_conv") for name in names) == 30
    assert sum(name.endswith("_add") for name in names) == 23


def test_units_are_dropped_more_the_later_they_come():
    with cases.without_values():
        model = EfficientNetLite(input_shape=(32, 32, 3), stochastic_depth=0.2)
    rates = [layer.rate for layer in model.layers if layer.name.endswith("_drop")]
    assert rates == sorted(rates)
    # Of 16 units the third is the first that is added to, the fifteenth the last.
    np.testing.assert_allclose([rates[0], rates[-1]], [0.2 * 2 / 16, 0.2 * 14 / 16])


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite2"])
def test_imagenet_weights_fit_every_form(name, imagenet_weights):
    kernel = imagenet_weights(name)["conv_stem.weight"].transpose(2, 3, 1, 0)
    for form in ({}, {"features_only": True}, {"include_top": False, "pooling": "avg"}):
        net = models.create(name, input_shape=(32, 64, 3), **form)
        load_imagenet(net)
        np.testing.assert_array_equal(net.get_layer("stem_conv").kernel, kernel)


@pytest.mark.parametrize(("argument", "value"), [("width", 0), ("depth", float("inf"))])
def test_bad_scales_are_refused(argument, value):
    with pytest.raises(ValueError, match=f"`{argument}` must be above 0. Received: {argument}="):
        EfficientNetLite(**{argument: value})


@fetched
def test_imagenet_weights_know_a_temple():
    from PIL import Image
    from sklearn.datasets import load_sample_image

    name = "efficientnet_lite2"
    photograph = Image.fromarray(load_sample_image("china.jpg")).resize((260, 260))
    known = imagenet_normalization(name)
    picture = (np.asarray(photograph) - np.array(known.mean)) / np.array(known.std)
    net = models.create(name)
    load_imagenet(net)
    probabilities = cases.to_numpy(net(picture[None].astype("float32")))[0]
    names = imagenet_class_names(name)
    assert {names[i] for i in np.argsort(-probabilities)[:2]} & {"palace", "bell cote"}
