"""Channels first: the same nets, with pictures and maps turned round."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models import registry
from tests import cases
from tests.cases import random_input, to_numpy

TASKS = ("classify", "classify_video", "multitask", "detect", "segment")
# The smallest model of each family.
_SIZES = registry.counts()
_FALLING = sorted(models.names(), key=lambda name: -_SIZES[name]["multiply_adds"])
_BY_FILE = {models.spec(name).builder.split(":")[0]: name for name in _FALLING}
NAMES = sorted(name for name in _BY_FILE.values() if models.spec(name).task in TASKS)


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


def flat(outputs):
    return [to_numpy(x) for x in keras.tree.flatten(outputs)]


@pytest.mark.parametrize("name", NAMES)
def test_published_shape_is_turned(name, channels_first):
    with cases.without_values():
        model = models.create(name)
    *sides, channels = models.spec(name).input_shape
    assert model.input_shape == (None, channels, *sides)
    if models.spec(name).parameters is not None:
        assert cases.count(model.trainable_weights) == models.spec(name).parameters


@pytest.mark.parametrize("name", ["resnet20", "densenetbc40_12", "unet_small", "cross_residual20"])
@pytest.mark.parametrize("top", [True, False])
def test_same_answers_from_the_same_weights(name, top, channels_first, tmp_path):
    arguments = {} if top else {"features_only": True}
    turned = models.create(name, input_shape=(3, 16, 24), **arguments)
    keras.config.set_image_data_format("channels_last")
    model = models.create(name, input_shape=(16, 24, 3), **arguments)
    turned.set_weights(model.get_weights())
    pictures = random_input((2, 16, 24, 3))
    expected = flat(model(pictures, training=False))
    found = flat(turned(np.moveaxis(pictures, -1, 1), training=False))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        ours = np.moveaxis(ours, 1, -1) if ours.ndim == 4 else ours
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert not [layer for layer in turned.layers if isinstance(layer, keras.Model)]


def test_a_turned_net_is_saved_folded_and_trained(channels_first, tmp_path):
    model = models.create("resnet20", input_shape=(1, 16, 16))
    pictures = random_input((4, 1, 16, 16))
    cases.check_gradients(model, pictures)
    cases.check_saving(model, pictures, tmp_path)
    folded = models.fold_batch_norms(model)
    np.testing.assert_allclose(
        to_numpy(folded(pictures)), to_numpy(model(pictures, training=False)), atol=1e-5
    )


def test_wrong_shapes_are_refused(channels_first):
    for shape in ((3, 8), "large", (16, 16, 3)):
        with pytest.raises(ValueError, match="input_shape") as refused:
            models.create("resnet20", input_shape=shape)
        assert f"end of {shape}" in str(refused.value)
    assert keras.config.image_data_format() == "channels_first"
