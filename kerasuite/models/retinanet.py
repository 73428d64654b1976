"""RetinaNet: a feature pyramid over any net, and two small heads shared by all its levels."""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts, registry
from kerasuite.models.data_format import either_data_format
from kerasuite.models.retinanet_classes import (
    REGION,
    Regions,
    box_classes,
    check_class_head,
    held,
    region_classes,
)


@either_data_format
def RetinaNet(
    input_shape: Sequence[int] = (640, 640, 3),
    classes: int = 80,
    backbone: str = "resnet50",
    backbone_arguments: Mapping[str, Any] | None = None,
    levels: Sequence[int] = (3, 7),
    width: int = 256,
    depth: int = 4,
    anchors: int = 9,
    prior: float = 0.01,
    head_initializer: str | None = None,
    class_head: str = "anchors",
    class_hints: Sequence[Sequence[int]] | None = None,
    regions: Regions | None = None,
    anchor_strides: float = 4.0,
    reduction: int = 1,
    head_groups: int = 0,
    features_only: bool = False,
    name: str = "retinanet",
) -> keras.Model:
    """Builds RetinaNet: 37,968,692 parameters with ResNet-50 and 80 classes.

    The backbone's maps become a pyramid of `width` maps at each level, the coarser ones enlarged
    and added to the finer. Level l has stride 2^l. Levels coarser than the backbone's are made by
    strided convolutions of its last maps.

    Args:
        input_shape: (height, width, channels), multiples of the stride of the backbone's coarsest
            level that is used.
        classes: number of classes; the background is none.
        backbone: a registered model that takes `features_only=True`.
        backbone_arguments: what to build it with, beside `input_shape`.
        levels: the finest and the coarsest level of the pyramid.
        width: maps of each level and of the heads.
        depth: convolutions of each head before its last.
        anchors: boxes that each place answers for.
        prior: the probability of every class that a fresh net answers with, in (0, 1): else the
            many background anchors would make the first steps useless.
        head_initializer: by what the kernels of the heads begin, but for their last; None for
            normal numbers of a standard deviation of 0.01, as in the paper. With few maps these are
            too small: hardly anything reaches the last convolution, and the first hundreds of steps
            go into making them larger.
        class_head: "anchors", as in the paper: one head tells of each anchor how probable every
            class is. Or "boxes": it tells whether there is a thing, of whatever class. Another
            backbone, which is held, looks at the whole picture, and a linear layer on its last
            maps, averaged over the anchor's box, tells the class. Things unlike those of the
            training are found all the same then, and few examples do not teach many weights. See
            `training.box_classes`.
        class_hints: for "boxes" of a backbone that was learned from ImageNet, which of its 1000
            classes are of each of `classes`: what the backbone's own classifier says of them is
            read too; see `layers.GroupEvidence`. None: it is not.
        regions: for "boxes", which boxes another held net looks at again by themselves; None for
            none.
        anchor_strides: how many strides long the smallest anchors are.
        reduction: by how much the picture is made smaller before things are looked for, whose
            boxes need less of it than their classes do. Levels are of the whole picture all the
            same: with 2 the finest maps of the backbone have level 2.
        head_groups: maps of each group of a group normalization after each convolution of the
            heads; 0 for none, as in the paper.
        features_only: whether the outputs are the list of the pyramid's maps instead.
        name: name of the model.

    Returns:
        A functional `keras.Model` whose outputs are float32: "classes", logits
        (batch, all anchors, classes), and "boxes", codes (batch, all anchors, 4), in the order of
        `layers.anchors.anchor_boxes`. With `class_head="boxes"` also "things", logits (batch,
        all anchors, 1), and "classes" are logits of a softmax, given that there is a thing; with
        `regions` also what `retinanet_classes.region_classes` answers, a layer "regions". The
        backbone is a layer called by its name, one that is held "held"; with `class_hints` a layer
        "known" beside it is for its classifier's weights.

    Raises:
        ValueError: if an argument is not as described, or the backbone lacks a level.

    Reference:
        Lin et al. 2017, "Focal loss for dense object detection", section 4; Lin et al. 2016,
        "Feature pyramid networks for object detection", section 3.
    """
    _check(classes, width, depth, anchors, prior, levels)
    _check_heads(width, reduction, head_groups)
    check_class_head(class_head, class_hints, classes, regions)
    inputs = parts.picture_input(input_shape)
    x = inputs
    if reduction > 1:
        x = layers.AveragePooling2D(reduction, name="reduced")(x)
    net = _backbone(backbone, x.shape[1:], backbone_arguments)
    maps = _by_level(net(x), input_shape, net.name)
    features = _pyramid(maps, levels, width)
    if features_only:
        return keras.Model(inputs, features, name=name)
    bias = -math.log((1 - prior) / prior)
    start = head_initializer or _normal
    head = functools.partial(_head, features, width, depth, anchors, start, head_groups)
    outputs = {"boxes": head("boxes", 4, 0.0)}
    if class_head == "anchors":
        outputs["classes"] = head("classes", classes, bias)
        return keras.Model(inputs, outputs, name=name)
    outputs["things"] = head("things", 1, bias)
    geometry = {
        "size": input_shape[:2],
        "levels": range(levels[0], levels[1] + 1),
        "strides_long": anchor_strides,
    }
    maps = held(_backbone(backbone, input_shape, backbone_arguments))(inputs)
    outputs["classes"] = box_classes(maps, outputs["boxes"], classes, class_hints, **geometry)
    if regions:
        own = backbone_arguments if regions.backbone is None else None
        shape = (regions.size, regions.size, input_shape[-1])
        net = held(_backbone(regions.backbone or backbone, shape, own), REGION)
        found = inputs, outputs["things"], outputs["boxes"]
        again = region_classes(net, *found, classes, class_hints, regions, **geometry)
        outputs |= again(list(found))
    return keras.Model(inputs, outputs, name=name)


def _backbone(
    name: str, input_shape: Sequence[int], arguments: Mapping[str, Any] | None
) -> keras.Model:
    return registry.create(name, input_shape=input_shape, features_only=True, **(arguments or {}))


def _check(
    classes: int, width: int, depth: int, anchors: int, prior: float, levels: Sequence[int]
) -> None:
    parts.check_top(True, None, classes)
    for value, argument in ((width, "width"), (depth, "depth"), (anchors, "anchors")):
        parts.check_width(value, argument)
    if not 0 < prior < 1:
        raise ValueError(f"`prior` must be above 0 and below 1. Received: prior={prior}")
    if len(levels) != 2 or not 0 <= levels[0] <= levels[1] <= 9:
        raise ValueError(
            "`levels` must be the finest and the coarsest, from 0 to 9. Received: "
            f"levels={tuple(levels)}"
        )


def _check_heads(width: int, reduction: int, head_groups: int) -> None:
    parts.check_width(reduction, "reduction")
    if head_groups < 0 or (head_groups and width % head_groups):
        raise ValueError(
            f"`head_groups` must be a divisor of `width`, {width}. Received: "
            f"head_groups={head_groups}"
        )


def _by_level(
    maps: Sequence[keras.KerasTensor], input_shape: Sequence[int], name: str
) -> dict[int, keras.KerasTensor]:
    """The last maps of each stride that a power of two is; {level: maps}."""
    found = {}
    for x in maps:
        level = round(math.log2(input_shape[0] / x.shape[1]))
        if any(n != 2**level * m for n, m in zip(input_shape, x.shape[1:3], strict=False)):
            raise ValueError(
                f"The height and width of `input_shape` must be multiples of {2**level}, the "
                f"stride of some maps of {name}, so that each level is twice as large as the "
                f"next. Received: input_shape={tuple(input_shape)}"
            )
        found[level] = x
    return found


def _pyramid(
    maps: Mapping[int, keras.KerasTensor], levels: Sequence[int], width: int
) -> list[keras.KerasTensor]:
    """The maps of each level from the finest to the coarsest."""
    finest, coarsest = levels
    if finest > max(maps):
        raise ValueError(
            f"The finest of `levels` must be one of the backbone's, at most {max(maps)}. "
            f"Received: levels={tuple(levels)}"
        )
    own = range(finest, min(coarsest, max(maps)) + 1)
    features, x = {}, None
    for level in reversed(own):
        side = _conv(width, 1, f"lateral{level}")(maps[level])
        if x is not None:
            x = layers.UpSampling2D(2, name=f"up{level}")(x)
            side = layers.Add(name=f"merge{level}")([side, x])
        x = side
        features[level] = _conv(width, 3, f"p{level}")(x)
    x = maps[max(own)]
    for level in range(max(own) + 1, coarsest + 1):
        if level > max(own) + 1:
            x = layers.ReLU(name=f"p{level}_relu")(x)
        x = features[level] = _conv(width, 3, f"p{level}", stride=2)(x)
    return [features[level] for level in range(finest, coarsest + 1)]


def _head(
    features: Sequence[keras.KerasTensor],
    width: int,
    depth: int,
    anchors: int,
    start: str | Callable[[], keras.initializers.Initializer],
    groups: int,
    name: str,
    numbers: int,
    bias: float,
) -> keras.KerasTensor:
    """One head on all levels: `numbers` for each anchor, (batch, all anchors, numbers)."""
    tower: list[layers.Layer] = []
    for i in range(1, depth + 1):
        kernel = start if isinstance(start, str) else start()
        tower.append(
            layers.Conv2D(
                width, 3, padding="same", kernel_initializer=kernel, name=f"{name}_conv{i}"
            )
        )
        if groups:
            tower.append(layers.GroupNormalization(width // groups, name=f"{name}_norm{i}"))
        tower.append(layers.ReLU(name=f"{name}_relu{i}"))
    last = layers.Conv2D(
        anchors * numbers,
        3,
        padding="same",
        kernel_initializer=_normal(),
        bias_initializer=keras.initializers.Constant(bias),
        dtype="float32",
        name=f"{name}_last",
    )
    flat = layers.Reshape((-1, numbers), dtype="float32", name=f"{name}_flat")
    answers = []
    for x in features:
        for layer in (*tower, last, flat):
            x = layer(x)
        answers.append(x)
    if len(answers) == 1:
        return answers[0]
    return layers.Concatenate(axis=1, dtype="float32", name=name)(answers)


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.01)


def _conv(maps: int, kernel_size: int, name: str, stride: int = 1) -> layers.Conv2D:
    return layers.Conv2D(
        maps,
        kernel_size,
        strides=stride,
        padding="same",
        kernel_initializer="glorot_uniform",
        name=name,
    )
