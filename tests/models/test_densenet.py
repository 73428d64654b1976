"""Densely connected nets: their options, on small members of the families."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.densenet import CIFARDenseNet, DenseNet
from tests import cases

TINY = {"input_shape": (32, 32, 3), "classes": 5, "growth_rate": 4, "blocks": (2, 3)}


def test_small_densenet_trains_and_is_saved(tmp_path):
    keras.utils.set_random_seed(0)
    model = DenseNet(**TINY, dropout=0.1, layer_dropout=0.1)
    inputs = cases.random_input((4, 32, 32, 3))
    cases.check_gradients(model, inputs)
    cases.check_saving(model, inputs, tmp_path)


def test_every_weight_of_densenet121_gets_a_gradient():
    keras.utils.set_random_seed(0)
    model = models.create("densenet121", input_shape=(64, 64, 3))
    cases.check_gradients(model, cases.random_input((2, 64, 64, 3)))


def test_features_are_one_map_for_each_stride():
    model = models.create("densenet121", input_shape=(64, 96, 3), features_only=True)
    assert [shape[1:] for shape in model.output_shape] == [
        (32, 48, 64),
        (16, 24, 256),
        (8, 12, 512),
        (4, 6, 1024),
        (2, 3, 1024),
    ]


def test_a_layer_adds_maps_and_keeps_those_before():
    model = CIFARDenseNet(depth=7, growth_rate=5, features_only=False)
    before = model.get_layer("conv1_conv").output
    after = model.get_layer("conv2_block1_concat").output
    before, after = keras.Model(model.input, [before, after])(cases.random_input((1, 32, 32, 3)))
    assert after.shape[-1] == 16 + 5
    np.testing.assert_array_equal(cases.to_numpy(after)[..., :16], cases.to_numpy(before))


@pytest.mark.parametrize(
    ("bottleneck", "compression", "first", "kept"),
    [(False, None, 16, 28), (True, None, 12, 9), (True, 1.0, 16, 22), (False, 0.75, 16, 21)],
)
def test_compression_and_first_maps(bottleneck, compression, first, kept):
    model = CIFARDenseNet(depth=10, growth_rate=6, bottleneck=bottleneck, compression=compression)
    assert model.get_layer("conv1_conv").filters == first
    assert model.get_layer("pool2_conv").filters == kept


@pytest.mark.parametrize(
    ("builder", "wrong"),
    [
        (DenseNet, {"blocks": (6, 1.5)}),
        (DenseNet, {"growth_rate": 0}),
        (DenseNet, {"compression": 0}),
        (DenseNet, {"layer_dropout": 1}),
        (DenseNet, {"input_shape": (16, 16, 3)}),
        (CIFARDenseNet, {"depth": 41}),
        (CIFARDenseNet, {"depth": 4}),
        (CIFARDenseNet, {"bottleneck": True, "depth": 43}),
        (CIFARDenseNet, {"compression": 1.5}),
        (CIFARDenseNet, {"dropout": 2}),
    ],
)
def test_wrong_arguments_are_refused(builder, wrong):
    *_, argument = wrong
    with pytest.raises(ValueError, match=f"`{argument}`.*Received: "):
        builder(**wrong)
