"""Residual nets for ImageNet: ResNet, Wide ResNet, ResNeXt, and ResNet with pre-activation."""

from collections.abc import Sequence
from typing import Any

import keras

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier, imagenet_stem
from kerasuite.models.data_format import either_data_format
from kerasuite.models.residual import Unit, stages
from kerasuite.models.sizes import sized


@either_data_format
def ResNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    blocks: Sequence[int] = (2, 2, 2, 2),
    bottleneck: bool = False,
    width: int = 64,
    cardinality: int = 1,
    base_width: int = 64,
    preactivation: bool = False,
    stride_first: bool = False,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
    features_only: bool = False,
    name: str = "resnet",
) -> keras.Model:
    """Builds a residual net for pictures of ImageNet's size.

    A 7x7 convolution and maximum pooling bring the picture to a quarter; stages of residual
    units follow, each at half the size and with twice the maps of the one before. Where shapes
    differ, shortcuts are 1x1 convolutions.

    Layers are named as in keras.applications. The model is keras.applications' own with
    `stride_first=True`, and torchvision's and timm's without it.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last stage.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        blocks: number of residual units of each stage.
        bottleneck: whether units are 1x1, 3x3 and 1x1 convolutions, the last with four times
            the maps, instead of two of 3x3.
        width: maps of the first stage.
        cardinality: groups of the bottlenecks' 3x3 convolutions: ResNeXt.
        base_width: maps of one group in the first stage, for `width=64`: 4 is "4d" in ResNeXt,
            128 a Wide ResNet with bottlenecks twice as wide.
        preactivation: whether norm and ReLU stand before convolutions: ResNet v2. Activation
            follows the first convolution, the first unit adds none, and the last stage ends
            with norm and ReLU.
        stride_first: whether the stride of a bottleneck lies in its first 1x1 convolution, as
            published, rather than in the 3x3, which is more accurate.
        dropout: share of the pooled features dropped in training, in [0, 1).
        stochastic_depth: rate at which the last residual unit is dropped in training, in
            [0, 1); it rises evenly from the first.
        features_only: whether the outputs are the list of the maps at strides 2, 4, 8, 16, …
            instead. Those of pre-activation stages but the last are sums, not activated.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described, or `cardinality` or `base_width` is
            given without `bottleneck`.

    Reference:
        He et al. 2015, "Deep residual learning for image recognition", sections 3.3 and 4.1,
        table 1; He et al. 2016, "Identity mappings in deep residual networks", section 4 and
        appendix; Xie et al. 2016, "Aggregated residual transformations for deep neural
        networks", section 3, table 1; Zagoruyko & Komodakis 2016, "Wide residual networks",
        section 3.3; Huang et al. 2016, "Deep networks with stochastic depth", section 3.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    parts.check_width(width, "width")
    unit = Unit(bottleneck, preactivation, cardinality, base_width, stride_first)
    inputs = parts.picture_input(input_shape, least_size=32)
    stem, x = imagenet_stem(inputs, width)
    maps = [stem, *stages(x, blocks, width, unit, stochastic_depth)]
    return classifier(
        inputs,
        maps,
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


_18, _34 = {"blocks": (2, 2, 2, 2)}, {"blocks": (3, 4, 6, 3)}
_50 = {"blocks": (3, 4, 6, 3), "bottleneck": True}
_101 = {"blocks": (3, 4, 23, 3), "bottleneck": True}
_152 = {"blocks": (3, 8, 36, 3), "bottleneck": True}
_200 = {"blocks": (3, 24, 36, 3), "bottleneck": True}
_V2 = {"preactivation": True}
_32X4D, _64X4D = {"cardinality": 32, "base_width": 4}, {"cardinality": 64, "base_width": 4}

ResNet18 = sized(ResNet, "ResNet18", "Builds ResNet-18.", **_18)
ResNet34 = sized(ResNet, "ResNet34", "Builds ResNet-34.", **_34)
ResNet50 = sized(ResNet, "ResNet50", "Builds ResNet-50.", **_50)
ResNet101 = sized(ResNet, "ResNet101", "Builds ResNet-101.", **_101)
ResNet152 = sized(ResNet, "ResNet152", "Builds ResNet-152.", **_152)
ResNet200 = sized(ResNet, "ResNet200", "Builds ResNet-200.", **_200)
ResNet50V2 = sized(ResNet, "ResNet50V2", "Builds ResNet-50 with pre-activation.", **_50, **_V2)
ResNet101V2 = sized(ResNet, "ResNet101V2", "Builds ResNet-101 with pre-activation.", **_101, **_V2)
ResNet152V2 = sized(ResNet, "ResNet152V2", "Builds ResNet-152 with pre-activation.", **_152, **_V2)
ResNet200V2 = sized(ResNet, "ResNet200V2", "Builds ResNet-200 with pre-activation.", **_200, **_V2)
WideResNet50_2 = sized(
    ResNet, "WideResNet50_2", "Builds ResNet-50, bottlenecks twice as wide.", **_50, base_width=128
)
ResNeXt50_32x4d = sized(ResNet, "ResNeXt50_32x4d", "Builds ResNeXt-50 (32x4d).", **_50, **_32X4D)
ResNeXt101_32x4d = sized(
    ResNet, "ResNeXt101_32x4d", "Builds ResNeXt-101 (32x4d).", **_101, **_32X4D
)
ResNeXt101_64x4d = sized(
    ResNet, "ResNeXt101_64x4d", "Builds ResNeXt-101 (64x4d).", **_101, **_64X4D
)
