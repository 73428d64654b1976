"""segmentation's pretrained way down, and options that do not go together."""

import keras
import numpy as np
import pytest

from kerasuite.app import find
from kerasuite.apps.segmentation.config import SegmentationConfig
from kerasuite.data.splits import Info
from kerasuite.errors import InputError

INFO = Info("made up", (32, 32, 3), ("background", "thing"), (100.0,) * 3, (50.0,) * 3)


def _model(**options):
    config = SegmentationConfig(model="unet_mobilenet_v2", pretrained="imagenet", **options)
    config.check()
    return find("segmentation").load()(config).build(INFO)


def _encoder(model):
    return model.get_layer("unet_mobilenet_v2").get_layer("mobilenet_v2")


def test_pretrained_weights_are_held_or_fine_tuned(imagenet_weights):
    held, tuned = _encoder(_model()), _encoder(_model(fine_tune=True))
    assert not held.trainable_weights
    norms = [x for x in tuned.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert norms and not any(x.trainable_weights for x in norms)
    kernels = sum(bool(x.weights) for x in tuned.layers) - len(norms)
    assert len(tuned.trainable_weights) == kernels
    kernel = imagenet_weights("mobilenet_v2")["conv_stem.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(held.get_layer("conv1_conv").kernel, kernel)


def test_pictures_are_normalized_as_the_weights_want(imagenet_weights):
    normalize = _model().get_layer("normalize")
    np.testing.assert_allclose(np.ravel(normalize.mean), (123.675, 116.28, 103.53), rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pretrained": "imagenet"}, r"--pretrained must be used with --model unet_mobilenet_v2"),
        ({"model": "unet_mobilenet_v2", "fine_tune": True}, "--fine-tune .*with --pretrained"),
        ({"model": "lenet5"}, "--model must be a model that segments"),
        ({"image_size": 8}, "--image-size must be from 16"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        SegmentationConfig(**options).check()
