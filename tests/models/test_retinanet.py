"""RetinaNet: its size, its pyramid, its first answers."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.layers.anchors import anchor_boxes
from kerasuite.layers.box_crops import box_crops
from kerasuite.layers.box_means import box_means
from kerasuite.layers.boxes import clip, decode
from kerasuite.models.retinanet_classes import TRUST, Regions
from tests import cases

TINY = {
    "input_shape": (32, 64, 3),
    "classes": 2,
    "backbone": "resnet20",
    "backbone_arguments": {"depth": 8, "width": 4},
    "levels": (2, 4),
    "width": 8,
    "depth": 1,
}
SIZES = {"things": 1, "classes": 2, "boxes": 4}


def convolution(kernel, maps_in, maps_out):
    return kernel**2 * maps_in * maps_out + maps_out


def published(classes, p6_from=2048):
    """The sum of all parts, with ResNet-50."""
    resnet50 = 25_557_032 - (2048 * 1000 + 1000)  # as published, without the classifier
    laterals = sum(convolution(1, n, 256) for n in (512, 1024, 2048))
    levels = 3 * convolution(3, 256, 256) + convolution(3, p6_from, 256) + convolution(3, 256, 256)
    towers = 2 * 4 * convolution(3, 256, 256)
    last = convolution(3, 256, 9 * classes) + convolution(3, 256, 9 * 4)
    return resnet50 + laterals + levels + towers + last


def test_parameters_add_up_to_published_counts():
    assert models.spec("retinanet").parameters == published(80)
    # torchvision's retinanet_resnet50_fpn: level 6 from level 5, frozen batch norms not counted.
    assert published(91, p6_from=256) - 2 * 26_560 == 34_014_999
    # Its retinanet_resnet50_fpn_v2: group norms in place of the biases in the heads.
    assert published(91) + 8 * (2 * 256 - 256) == 38_198_935
    with cases.without_values():
        model = models.create("retinanet", classes=91)
    assert cases.count(model.trainable_weights) == published(91)


@pytest.mark.parametrize(
    ("name", "shape", "levels"),
    [
        ("retinanet", (128, 256, 3), range(3, 8)),
        ("retinanet", (96, 160, 3), range(3, 8)),
        ("retinanet_small", (64, 96, 3), range(3, 6)),
    ],
)
def test_answers_are_as_many_as_anchors(name, shape, levels):
    with cases.without_values():
        model = models.create(name, input_shape=shape, classes=5)
        pyramid = models.create(name, input_shape=shape, features_only=True)
    anchors = anchor_boxes(shape[:2], levels)
    assert model.output["classes"].shape == (None, len(anchors), 5)
    assert model.output["boxes"].shape == (None, len(anchors), 4)
    sizes = [tuple(-(-n // 2**level) for n in shape[:2]) for level in levels]
    assert [x.shape[1:3] for x in pyramid.outputs] == sizes


def test_answers_are_in_the_order_of_the_anchors():
    """What changes at one corner of a picture are the answers of the anchors around it."""
    keras.utils.set_random_seed(0)
    model = models.RetinaNet(**{**TINY, "levels": (2, 2), "depth": 1})
    anchors = anchor_boxes((32, 64), [2])
    x = np.zeros((1, 32, 64, 3), "float32")
    changed = x.copy()
    changed[0, 28:, 60:] = 5
    first, second = (cases.to_numpy(model(p)["boxes"]) for p in (x, changed))
    moved = np.abs(first - second)[0].sum(-1)
    middles = (anchors[:, :2] + anchors[:, 2:]) / 2
    top = middles[np.argsort(-moved)[:9]]
    assert (np.abs(top - [62, 30]) <= 14).all()


def test_classes_by_boxes(tmp_path):
    """Things apart from classes, which a held net tells by what it sees in each box."""
    keras.utils.set_random_seed(0)
    arguments = {**TINY, "levels": (2, 3), "class_head": "boxes", "anchor_strides": 5.0}
    model = models.RetinaNet(**arguments, class_hints=[[0, 1], [999]])
    anchors = anchor_boxes((32, 64), (2, 3), strides_long=5.0)
    shapes = {name: x.shape for name, x in model.output.items()}
    assert shapes == {name: (None, len(anchors), n) for name, n in SIZES.items()}
    told, last = model.get_layer("told"), model.get_layer("boxes_last")
    told.set_weights([cases.random_input((16, 2)), np.ones(2, "float32")])
    last.kernel.assign(cases.random_input(last.kernel.shape))  # boxes of many sizes
    x = cases.random_input((2, 32, 64, 3))
    answers = {name: cases.to_numpy(value) for name, value in model(x).items()}
    maps = model.get_layer("held")(x)
    known = model.get_layer("known")(maps)
    places = told(maps) + TRUST * model.get_layer("evidence")(known)
    boxes = clip(decode(answers["boxes"], anchors), 32, 64) / np.array([64, 32, 64, 32], "float32")
    expected = cases.to_numpy(box_means(places, boxes))
    np.testing.assert_allclose(answers["classes"], expected, rtol=1e-4, atol=1e-4)
    held = ("held", "told", "known")
    assert not any(model.get_layer(name).trainable_variables for name in held)
    flat = keras.layers.Concatenate()([model.output[name] for name in sorted(SIZES)])
    cases.check_saving(keras.Model(model.input, flat), x, tmp_path)


def test_regions_are_looked_at_again(tmp_path):
    """The surest boxes, cut out by themselves, for a net that takes pictures of another scale."""
    keras.utils.set_random_seed(0)
    rescaling = [2.0, 1.0, 0.5], [0.0, 1.0, 2.0]
    regions = Regions(3, "efficientnet_lite0", size=32, rescaling=rescaling)
    model = models.RetinaNet(**TINY, class_head="boxes", regions=regions)
    last, regions = model.get_layer("things_last"), model.get_layer("regions")
    last.kernel.assign(cases.random_input(last.kernel.shape))
    told = regions.get_layer("region_told")
    told.kernel.assign(1e6 * cases.random_input(told.kernel.shape))  # its last maps are tiny
    x = cases.random_input((2, 32, 64, 3))
    answers = {name: cases.to_numpy(value) for name, value in model(x).items()}
    assert answers["regions"].shape == (2, 3) and answers["region_classes"].shape == (2, 3, 2)
    surest = answers["things"][..., 0].argmax(1)
    np.testing.assert_array_equal(answers["regions"][:, 0], surest)
    assert (np.diff(answers["region_boxes"].reshape(-1, 2, 2), axis=1) > 0).all()
    crops = cases.to_numpy(box_crops(x, answers["region_boxes"], (32, 32)))
    crops = crops.reshape(6, 32, 32, 3) * np.array(rescaling[0]) + np.array(rescaling[1])
    expected = cases.to_numpy(told(regions.get_layer("region_held")(crops))).mean((1, 2))
    assert np.ptp(expected) > 1e-2
    np.testing.assert_allclose(
        answers["region_classes"].reshape(6, 2), expected, rtol=1e-2, atol=1e-3
    )
    assert not regions.trainable_variables
    cases.check_saving(keras.Model(model.input, model.output["region_classes"]), x, tmp_path)


def test_things_are_looked_for_in_a_smaller_picture():
    """Pixels of a square of four may change places, but for the classes."""
    keras.utils.set_random_seed(0)
    arguments = {**TINY, "levels": (3, 4), "class_head": "boxes", "reduction": 2}
    model = models.RetinaNet(**arguments)
    assert model.output["boxes"].shape[1] == len(anchor_boxes((32, 64), (3, 4)))
    told = model.get_layer("told")
    told.kernel.assign(cases.random_input(told.kernel.shape))
    x = cases.random_input((1, 32, 64, 3))
    exchanged = x.reshape(1, 32, 32, 2, 3)[..., ::-1, :].reshape(x.shape)
    first, second = (
        {name: cases.to_numpy(value) for name, value in model(p).items()} for p in (x, exchanged)
    )
    for name in ("boxes", "things"):
        np.testing.assert_allclose(first[name], second[name], atol=1e-5)
    assert np.abs(first["classes"] - second["classes"]).max() > 1e-3


def test_heads_may_be_normalized():
    plain, normalized = (models.RetinaNet(**TINY, head_groups=n) for n in (0, 4))
    # A scale and an offset for each map of the convolution of each of two heads.
    assert normalized.count_params() - plain.count_params() == 2 * 2 * TINY["width"]
    assert normalized.get_layer("boxes_norm1").groups == TINY["width"] // 4


def test_prior():
    """A fresh net finds every class with about the prior's probability."""
    keras.utils.set_random_seed(0)
    model = models.RetinaNet(**TINY, prior=0.05)
    logits = cases.to_numpy(model(cases.random_input((1, 32, 64, 3)))["classes"])
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), 0.05, atol=0.01)


def test_heads_begin_as_asked():
    """By default as published; with few maps by something that lets the pictures through."""
    spreads = []
    for start in (None, "he_normal"):
        model = models.create("retinanet", **{**TINY, "width": 64, "head_initializer": start})
        spreads.append(cases.to_numpy(model.get_layer("classes_conv1").kernel).std())
        last = cases.to_numpy(model.get_layer("boxes_last").kernel)
        assert last.std() == pytest.approx(0.01, rel=0.05)
    assert spreads == pytest.approx([0.01, np.sqrt(2 / (9 * 64))], rel=0.05)


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model = models.RetinaNet(**TINY)
    inputs = keras.Input(TINY["input_shape"])
    answers = model(inputs)
    joined = keras.layers.Concatenate()([answers["classes"], answers["boxes"]])
    whole = keras.Model(inputs, joined, name="joined")
    # Layers start with tiny weights: larger ones make gradients that are told from 0.
    for weight in model.trainable_weights:
        weight.assign(weight + 0.05 * cases.random_input(weight.shape))
    x = cases.random_input((2, 32, 64, 3))
    cases.check_gradients(whole, x)
    cases.check_saving(whole, x, tmp_path)


def test_mixed_precision_answers_in_float32():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        answers = models.RetinaNet(**TINY)(cases.random_input((1, 32, 64, 3)))
    finally:
        keras.config.set_dtype_policy(before)
    assert {keras.backend.standardize_dtype(x.dtype) for x in answers.values()} == {"float32"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": 0}, "classes.*Received: classes=0"),
        ({"depth": 0}, "Received: depth=0"),
        ({"prior": 1.0}, r"Received: prior=1\.0"),
        ({"levels": (4, 3)}, r"Received: levels=\(4, 3\)"),
        ({"levels": (3, 4)}, "at most 2"),
        ({"input_shape": (30, 64, 3)}, r"multiples of 4, .*Received: input_shape=\(30, 64, 3\)"),
        ({"class_head": "towers"}, "Received: class_head='towers'"),
        ({"class_hints": [[0], [1]]}, 'are for class_head="boxes"'),
        ({"class_head": "boxes", "class_hints": [[0]]}, "each of 2 classes. Received: 1"),
        ({"regions": Regions(2)}, '`regions` are for class_head="boxes"'),
        ({"reduction": 0}, "Received: reduction=0"),
        ({"head_groups": 3}, "must be a divisor of `width`, 8. Received: head_groups=3"),
        ({"backbone": "no_net"}, "There is no model 'no_net'"),
        (
            {"backbone": "unet", "backbone_arguments": {"depth": 1}},
            "multiples of 1, the stride of some maps of unet",
        ),
    ],
)
def test_wrong_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        models.RetinaNet(**{**TINY, **change})


def test_no_regions_are_refused():
    with pytest.raises(ValueError, match=r"at least 1\. Received: 0"):
        Regions(0)
