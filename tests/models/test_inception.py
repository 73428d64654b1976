"""Inception-v3, v4 and Inception-ResNet-v2: their maps, their second classifier."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.inception_parts import AVERAGE, MAX, mixed
from tests import cases

# Height and maps at the strides 2, 4, 8, 16 and 32, for the published 299x299.
MAPS = {
    "inception_v3": [(147, 64), (71, 192), (35, 288), (17, 768), (8, 2048)],
    "inception_v4": [(147, 64), (71, 192), (35, 384), (17, 1024), (8, 1536)],
    "inception_resnet_v2": [(147, 64), (71, 192), (35, 320), (17, 1088), (8, 1536)],
}


@pytest.mark.parametrize("name", MAPS)
def test_maps_are_the_papers(name):
    model = models.create(name, features_only=True)
    assert [(x.shape[1], x.shape[-1]) for x in model.outputs] == MAPS[name]
    with pytest.raises(ValueError, match=r"at least 75.*Received: input_shape=\(74, 75, 3\)"):
        models.create(name, input_shape=(74, 75, 3))
    with pytest.raises(ValueError, match=r"Received: dropout=1"):
        models.create(name, dropout=1)


def test_auxiliary_classifier():
    """The figure is that of the usual net with its auxiliary classifier."""
    model = models.create("inception_v3", auxiliary=True)
    assert cases.count(model.trainable_weights) == 27_161_264
    assert set(model.output) == {"predictions", "auxiliary"}
    assert model.get_layer("auxiliary_conv2").output.shape[1:] == (1, 1, 768)
    with pytest.raises(ValueError, match="at least 139"):
        models.create("inception_v3", auxiliary=True, input_shape=(138, 138, 3))


def test_module_joins_its_branches(tmp_path):
    inputs = keras.Input((9, 9, 3))
    split = [[(2, (1, 3))], [(3, (3, 1))]]
    same = mixed(inputs, [[(4, 1)], [AVERAGE, (5, 1)], [(4, 1), split]], "same")
    assert same.shape == (None, 9, 9, 14)
    half = mixed(same, [[MAX], [(4, 3, 2)], [(4, 1, 1), (6, 3, 2, "valid")]], "half")
    assert half.shape == (None, 4, 4, 24)
    model, x = keras.Model(inputs, half, name="two_modules"), cases.random_input((2, 9, 9, 3))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)


def test_average_leaves_the_padding_out():
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, mixed(inputs, [[AVERAGE], [AVERAGE]], "averages"))
    ones = np.ones((1, 4, 4, 1), "float32")
    np.testing.assert_allclose(cases.to_numpy(model(ones)), 1)
