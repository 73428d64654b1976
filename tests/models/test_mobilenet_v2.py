"""MobileNetV2's sizes, and the weights from ImageNet that it takes."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.data import fetch
from kerasuite.models.mobilenet_v2 import MobileNetV2
from kerasuite.models.pretrained import (
    imagenet_class_names,
    imagenet_normalization,
    load_imagenet,
)
from tests import cases

STRIDES = (2, 4, 8, 16, 32)
fetched = pytest.mark.skipif(
    not fetch.is_cached("mobilenet_v2_imagenet"), reason="mobilenet_v2_imagenet is not fetched"
)


@pytest.mark.parametrize("alpha", [0.35, 1.4])
def test_width_multiplier(alpha):
    with cases.without_values():
        model = MobileNetV2(alpha=alpha)
        reference = keras.applications.MobileNetV2(alpha=alpha, weights=None)
    expected = cases.count(reference.trainable_weights)
    assert cases.count(model.trainable_weights) == expected


def test_features_are_a_pyramid():
    with cases.without_values():
        model = MobileNetV2(input_shape=(64, 96, 3), features_only=True)
    maps = (16, 24, 32, 96, 1280)
    expected = [(None, 64 // s, 96 // s, n) for s, n in zip(STRIDES, maps, strict=True)]
    assert [tuple(o.shape) for o in model.outputs] == expected


def test_imagenet_weights_fit_every_form(imagenet_weights):
    kernel = imagenet_weights("mobilenet_v2")["conv_stem.weight"].transpose(2, 3, 1, 0)
    for form in ({}, {"features_only": True}, {"include_top": False, "pooling": "avg"}):
        net = models.create("mobilenet_v2", input_shape=(32, 64, 3), **form)
        load_imagenet(net)
        np.testing.assert_array_equal(net.get_layer("conv1_conv").kernel, kernel)


def test_imagenet_weights_that_do_not_fit_are_refused(imagenet_weights):
    with pytest.raises(ValueError, match=r"predictions/kernel.*\(1280, 5\)\. Received"):
        load_imagenet(models.create("mobilenet_v2", input_shape=(32, 32, 3), classes=5))
    with pytest.raises(ValueError, match=r"3 channels.*Received: 1 channels"):
        load_imagenet(models.create("mobilenet_v2", input_shape=(32, 32, 1)))
    with pytest.raises(ValueError, match=r"for: .*mobilenet_v2\. Received: lenet5"):
        load_imagenet(models.create("lenet5"))
    with pytest.raises(ValueError, match=r"alpha.*above 0\. Received: alpha=0"):
        MobileNetV2(alpha=0)


@fetched
def test_imagenet_weights_know_a_temple():
    from PIL import Image
    from sklearn.datasets import load_sample_image

    photograph = Image.fromarray(load_sample_image("china.jpg")).resize((224, 224))
    known = imagenet_normalization("mobilenet_v2")
    picture = (np.asarray(photograph) - np.array(known.mean)) / np.array(known.std)
    net = models.create("mobilenet_v2")
    load_imagenet(net)
    probabilities = cases.to_numpy(net(picture[None].astype("float32")))[0]
    names = imagenet_class_names()
    assert len(names) == 1000
    assert {names[i] for i in np.argsort(-probabilities)[:3]} & {"palace", "monastery"}
