"""Residual nets: their units and options, on small members of the families."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.layers import BatchNormalization, StochasticDepth
from kerasuite.models.cifar_resnet import CIFARResNet, WideResNet
from kerasuite.models.resnet import ResNet
from tests import cases

TINY = {"input_shape": (32, 32, 3), "classes": 5, "width": 8, "blocks": (1, 2)}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"bottleneck": True, "width": 16, "cardinality": 4, "base_width": 16},
        {"bottleneck": True, "preactivation": True, "stochastic_depth": 0.2, "dropout": 0.1},
    ],
    ids=["basic", "aggregated", "preactivated"],
)
def test_small_resnets_train_and_are_saved(change, tmp_path):
    keras.utils.set_random_seed(0)
    model = ResNet(**{**TINY, **change})
    inputs = cases.random_input((4, 32, 32, 3))
    cases.check_probabilities(model, inputs)
    cases.check_gradients(model, inputs)
    cases.check_saving(model, inputs, tmp_path)


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_every_weight_of_an_imagenet_model_gets_a_gradient(name):
    keras.utils.set_random_seed(0)
    model = models.create(name, input_shape=(64, 64, 3))
    cases.check_gradients(model, cases.random_input((2, 64, 64, 3)))


def test_features_are_one_map_for_each_stride():
    model = models.create("resnet50", input_shape=(64, 96, 3), features_only=True)
    assert [shape[1:] for shape in model.output_shape] == [
        (32, 48, 64),
        (16, 24, 256),
        (8, 12, 512),
        (4, 6, 1024),
        (2, 3, 2048),
    ]
    model = models.create("resnet20", features_only=True)
    assert [shape[1:] for shape in model.output_shape] == [(32, 32, 16), (16, 16, 32), (8, 8, 64)]


def test_features_end_with_the_maps_below_the_classifier():
    x = cases.random_input((2, 32, 32, 3))
    features = ResNet(**TINY, preactivation=True, features_only=True)
    maps = ResNet(**TINY, preactivation=True, include_top=False)
    maps.set_weights(features.get_weights())
    np.testing.assert_allclose(
        cases.to_numpy(features(x)[-1]), cases.to_numpy(maps(x)), **cases.TOLERANCE
    )


def test_padding_shortcut_subsamples_and_adds_zero_maps():
    model = CIFARResNet(depth=8)
    before = model.get_layer("conv2_block1_out").output
    after = model.get_layer("conv3_block1_0_pad").output
    shortcut = keras.Model(model.input, [before, after])
    before, after = map(cases.to_numpy, shortcut(cases.random_input((1, 32, 32, 3))))
    np.testing.assert_array_equal(after[..., :16], before[:, ::2, ::2])
    assert after.shape == (1, 16, 16, 32)
    assert (after[..., 16:] == 0).all()


@pytest.mark.parametrize("first", [False, True])
def test_stride_lies_in_the_3x3_or_the_first_convolution(first):
    model = ResNet(**TINY, bottleneck=True, stride_first=first)
    strides = [model.get_layer(f"conv3_block1_{i}_conv").strides for i in (0, 1, 2, 3)]
    assert strides == [(2, 2), *([(2, 2), (1, 1)] if first else [(1, 1), (2, 2)]), (1, 1)]


def test_width_and_cardinality_set_the_maps_of_a_bottleneck():
    model = ResNet(**{**TINY, "width": 64}, bottleneck=True, cardinality=32, base_width=4)
    kernels = [model.get_layer(f"conv3_block2_{i}_conv").kernel.shape for i in (1, 2, 3)]
    assert kernels == [(1, 1, 512, 256), (3, 3, 8, 256), (1, 1, 256, 512)]


def test_preactivation_leaves_the_shortcut_clean():
    model = WideResNet(depth=10, widening=1)
    names = [layer.name for layer in model.layers]
    # Nothing between one sum and the next but the branch.
    assert not [name for name in names if name.endswith("_out")]
    assert "conv2_block1_preact_bn" not in names
    assert "conv3_block1_preact_bn" in names
    assert names.index("post_relu") > names.index("conv4_block1_add")


def test_stochastic_depth_rises_evenly_and_rests_in_inference():
    model = CIFARResNet(depth=14, stochastic_depth=0.6)
    rates = [layer.rate for layer in model.layers if isinstance(layer, StochasticDepth)]
    np.testing.assert_allclose(rates, np.linspace(0.1, 0.6, 6))
    x = cases.random_input((4, 32, 32, 3))
    plain = CIFARResNet(depth=14)
    weights = [w for w in model.weights if "seed" not in w.path]
    for to, value in zip(plain.weights, weights, strict=True):
        to.assign(value)
    np.testing.assert_array_equal(cases.to_numpy(model(x)), cases.to_numpy(plain(x)))
    moved = [cases.to_numpy(model(x, training=True)) for _ in range(2)]
    assert not np.allclose(*moved)


def test_stochastic_depth_drops_a_branch_for_whole_examples():
    model = CIFARResNet(depth=8, stochastic_depth=0.9)
    drop = model.get_layer("conv4_block1_drop")
    dropped = cases.to_numpy(drop(np.ones((64, 2, 2, 3), "float32"), training=True))
    assert set(np.unique(dropped.reshape(64, -1).std(-1))) == {0}
    assert 0 < (dropped[:, 0, 0, 0] == 0).mean() < 1


def test_wide_resnet_drops_out_within_units():
    model = WideResNet(depth=10, widening=1, unit_dropout=0.3)
    assert [layer.rate for layer in model.layers if layer.name.endswith("block1_dropout")] == [
        0.3
    ] * 3


def test_norms_are_the_papers():
    norms = [n for n in CIFARResNet(depth=8).layers if isinstance(n, BatchNormalization)]
    assert {(n.momentum, n.epsilon) for n in norms} == {(0.9, 1.001e-5)}


@pytest.mark.parametrize(
    ("builder", "wrong"),
    [
        (ResNet, {"blocks": ()}),
        (ResNet, {"blocks": (2, 0)}),
        (ResNet, {"blocks": 3}),
        (ResNet, {"width": 0}),
        (ResNet, {"cardinality": 2}),
        (ResNet, {"base_width": 32}),
        (ResNet, {"bottleneck": True, "cardinality": 0}),
        (ResNet, {"stochastic_depth": 1.0}),
        (ResNet, {"dropout": -0.1}),
        (ResNet, {"input_shape": (31, 32, 3)}),
        (CIFARResNet, {"depth": 21}),
        (CIFARResNet, {"depth": 2}),
        (CIFARResNet, {"bottleneck": True, "depth": 26}),
        (CIFARResNet, {"shortcut": "identity"}),
        (CIFARResNet, {"unit_dropout": 1}),
        (WideResNet, {"depth": 20}),
        (WideResNet, {"widening": 0.5}),
    ],
)
def test_wrong_arguments_are_refused(builder, wrong):
    *_, argument = wrong
    with pytest.raises(ValueError, match=f"`{argument}`.*Received: "):
        builder(**wrong)
