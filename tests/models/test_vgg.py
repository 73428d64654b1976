"""VGG: its depths, its feature maps, its refusals."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases


def _small(**kwargs):
    return models.VGG(**{"input_shape": (32, 32, 3), "classes": 5, "units": 32, **kwargs})


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
def test_depth_counts_layers_with_weights(depth):
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    model = _small(depth=depth)
    assert sum(isinstance(layer, kinds) for layer in model.layers) == depth
    with pytest.raises(ValueError, match=r"`depth` must be.*Received: depth=12"):
        _small(depth=12)


def test_feature_maps_have_one_stride_each():
    model = _small(input_shape=(64, 96, 3), features_only=True)
    strides = [(64 // x.shape[1], 96 // x.shape[2]) for x in model.outputs]
    assert strides == [(2**i, 2**i) for i in range(6)]
    assert [x.shape[-1] for x in model.outputs] == [64, 128, 256, 512, 512, 512]


@pytest.mark.parametrize("batch_norm", [False, True])
def test_small_net_has_gradients_and_comes_back(batch_norm, tmp_path):
    keras.utils.set_random_seed(0)
    model = _small(depth=11, batch_norm=batch_norm)
    x = cases.random_input((4, 32, 32, 3))
    if not batch_norm:  # before batch norm a bias changes nothing
        cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)
    cases.check_probabilities(model, x)


def test_dropout_is_in_the_dense_layers_alone():
    names = {layer.name for layer in _small().layers}
    assert {"dropout1", "dropout2"} <= names
    names = {layer.name for layer in _small(dropout=0.0).layers}
    assert not {"dropout1", "dropout2"} & names


def test_small_pictures_are_refused():
    with pytest.raises(ValueError, match=r"at least 32.*Received: input_shape=\(31, 32, 3\)"):
        _small(input_shape=(31, 32, 3))


def test_activations_keep_their_scale_through_nineteen_layers():
    keras.utils.set_random_seed(0)
    net = _small(depth=19, include_top=False)
    assert 0.05 < np.std(cases.to_numpy(net(cases.random_input((4, 32, 32, 3))))) < 20
