"""Residual nets for small pictures: ResNet, Wide ResNet and ResNeXt as published for CIFAR."""

from collections.abc import Sequence
from typing import Any

import keras

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier, conv, norm_relu
from kerasuite.models.data_format import either_data_format
from kerasuite.models.residual import Unit, stages
from kerasuite.models.sizes import sized


@either_data_format
def CIFARResNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 3),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    depth: int = 20,
    bottleneck: bool = False,
    width: int = 16,
    cardinality: int = 1,
    base_width: int = 64,
    preactivation: bool = False,
    shortcut: str = "padding",
    dropout: float = 0.0,
    unit_dropout: float = 0.0,
    stochastic_depth: float = 0.0,
    features_only: bool = False,
    name: str = "cifar_resnet",
) -> keras.Model:
    """Builds a residual net of three stages for pictures of CIFAR's size.

    A 3x3 convolution of `width` maps, then three stages of as many residual units each: at
    full, half and a quarter of the size, with `width`, `2 * width` and `4 * width` maps (four
    times as many with bottlenecks).

    Args:
        include_top: whether to end with the classifier, else with the maps of the last stage.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        depth: 2 more than a multiple of 6 (of 9 with bottlenecks).
        bottleneck: whether units are 1x1, 3x3 and 1x1 convolutions, the last with four times
            the maps, instead of two of 3x3.
        width: maps of the first stage; 64 in ResNeXt, 16k in Wide ResNet.
        cardinality: groups of the bottlenecks' 3x3 convolutions: ResNeXt.
        base_width: maps of one group in the first stage, for `width=64`.
        preactivation: whether norm and ReLU stand before convolutions: ResNet v2.
        shortcut: where shapes differ, "padding" with zero maps (option A of the paper) or
            "projection" by a 1x1 convolution (option B).
        dropout: share of the pooled features dropped in training, in [0, 1).
        unit_dropout: share dropped between the convolutions of a unit, as in Wide ResNet.
        stochastic_depth: rate at which the last residual unit is dropped in training, in
            [0, 1); it rises evenly from the first.
        features_only: whether the outputs are the list of the maps at strides 1, 2 and 4
            instead. Those of pre-activation stages but the last are sums, not activated.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described, or `cardinality` or `base_width` is
            given without `bottleneck`.

    Reference:
        He et al. 2015, "Deep residual learning for image recognition", section 4.2; He et al.
        2016, "Identity mappings in deep residual networks", section 4; Xie et al. 2016,
        "Aggregated residual transformations for deep neural networks", section 5.3.
    """
    convolutions = 9 if bottleneck else 6
    return _net(
        Unit(bottleneck, preactivation, cardinality, base_width, False, shortcut, unit_dropout),
        input_shape,
        stem_width=width,
        width=width,
        count=_units(depth, convolutions, 2),
        stochastic_depth=stochastic_depth,
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


@either_data_format
def WideResNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 3),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    depth: int = 28,
    widening: int = 10,
    dropout: float = 0.0,
    unit_dropout: float = 0.0,
    stochastic_depth: float = 0.0,
    features_only: bool = False,
    name: str = "wide_resnet",
) -> keras.Model:
    """Builds a Wide ResNet, WRN-depth-widening: pre-activation units of two 3x3 convolutions.

    As `CIFARResNet` with pre-activation and projections, and `widening` times its maps in all
    stages; the first convolution keeps 16.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last stage.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        depth: 4 more than a multiple of 6.
        widening: factor of the maps, k in the paper.
        dropout: share of the pooled features dropped in training, in [0, 1).
        unit_dropout: share dropped between the convolutions of a unit; 0.3 in the paper, where
            the pictures are not augmented otherwise.
        stochastic_depth: rate at which the last residual unit is dropped in training, in
            [0, 1); it rises evenly from the first.
        features_only: whether the outputs are the list of the maps at strides 1, 2 and 4
            instead; the first two are sums, not activated.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Zagoruyko & Komodakis 2016, "Wide residual networks", section 2 and table 1.
    """
    parts.check_width(widening, "widening")
    return _net(
        Unit(preactivation=True, dropout=unit_dropout),
        input_shape,
        stem_width=16,
        width=16 * widening,
        count=_units(depth, 6, 4),
        stochastic_depth=stochastic_depth,
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


def _net(
    unit: Unit,
    input_shape: Sequence[int],
    stem_width: int,
    width: int,
    count: int,
    stochastic_depth: float,
    **ending,
) -> keras.Model:
    parts.check_top(ending["include_top"], ending["pooling"], ending["classes"])
    parts.check_rate(ending["dropout"], "dropout")
    inputs = parts.picture_input(input_shape, least_size=8)
    stem = norm_relu(conv(inputs, stem_width, 3, name="conv1_conv"), "conv1")
    maps = stages(stem, (count,) * 3, width, unit, stochastic_depth)
    return classifier(inputs, maps, **ending)


def _units(depth: int, convolutions: int, others: int) -> int:
    """Returns the number of units in each of the three stages.

    Args:
        depth: of the net.
        convolutions: of three units, one for each stage.
        others: layers outside of them.
    """
    count, rest = divmod(depth - others, convolutions) if type(depth) is int else (0, 0)
    if count < 1 or rest:
        raise ValueError(
            f"`depth` must be {others} more than a multiple of {convolutions}. "
            f"Received: depth={depth}"
        )
    return count


_V2 = {"bottleneck": True, "preactivation": True, "shortcut": "projection"}
_RESNEXT = {"depth": 29, "bottleneck": True, "width": 64, "shortcut": "projection"}

ResNet20 = sized(CIFARResNet, "ResNet20", "Builds ResNet-20 for CIFAR.", depth=20)
ResNet32 = sized(CIFARResNet, "ResNet32", "Builds ResNet-32 for CIFAR.", depth=32)
ResNet44 = sized(CIFARResNet, "ResNet44", "Builds ResNet-44 for CIFAR.", depth=44)
ResNet56 = sized(CIFARResNet, "ResNet56", "Builds ResNet-56 for CIFAR.", depth=56)
ResNet110 = sized(CIFARResNet, "ResNet110", "Builds ResNet-110 for CIFAR.", depth=110)
ResNet164V2 = sized(
    CIFARResNet, "ResNet164V2", "Builds ResNet-164 with pre-activation.", depth=164, **_V2
)
ResNeXt29_8x64d = sized(
    CIFARResNet, "ResNeXt29_8x64d", "Builds ResNeXt-29 (8x64d).", cardinality=8, **_RESNEXT
)
ResNeXt29_16x64d = sized(
    CIFARResNet, "ResNeXt29_16x64d", "Builds ResNeXt-29 (16x64d).", cardinality=16, **_RESNEXT
)
WideResNet16_8 = sized(WideResNet, "WideResNet16_8", "Builds WRN-16-8.", depth=16, widening=8)
WideResNet28_10 = sized(WideResNet, "WideResNet28_10", "Builds WRN-28-10.", depth=28, widening=10)
WideResNet40_4 = sized(WideResNet, "WideResNet40_4", "Builds WRN-40-4.", depth=40, widening=4)
