"""MobileNetV2: inverted residual units with depthwise convolutions."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier, conv, norm, rounded_width
from kerasuite.models.data_format import either_data_format

# Table 2 of the paper: expansion, maps, units and the stride of the first.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_LAST_MAPS = 1280


@either_data_format
def MobileNetV2(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    alpha: float = 1.0,
    dropout: float = 0.2,
    features_only: bool = False,
    name: str = "mobilenet_v2",
) -> keras.Model:
    """Builds MobileNetV2.

    Units widen the maps by a 1x1 convolution, filter each map on its own and narrow them again
    without activation. Strided convolutions are padded evenly on all sides, as in Torch, where
    the published weights come from; keras.applications' model pads on one side alone and gives
    other numbers with them. `kerasuite.models.pretrained.load_imagenet` brings those weights.

    Args:
        include_top: whether to end with the classifier, else with the last maps.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        alpha: the width multiplier, above 0; numbers of maps are rounded to multiples of 8. As
            in the paper, the last layer is not made narrower than 1280 maps.
        dropout: share of the pooled features dropped in training, in [0, 1).
        features_only: whether the outputs are the list of the maps at strides 2, 4, 8, 16 and 32
            instead: the sums of the last units of each size, and the last convolution's maps.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks",
        sections 3 and 4, tables 1 and 2.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    if not 0 < alpha < float("inf"):
        raise ValueError(f"`alpha` must be above 0. Received: alpha={alpha}")
    inputs = parts.picture_input(input_shape, least_size=32)
    x = _conv_norm(inputs, rounded_width(32 * alpha), 3, 2, name="conv1")
    maps, number = [], 0
    for expansion, width, units, first_stride in _STAGES:
        for i in range(units):
            stride = 1 if i else first_stride
            if stride == 2:
                maps.append(x)
            number += 1
            x = _unit(x, rounded_width(width * alpha), expansion, stride, name=f"block{number}")
    x = _conv_norm(x, rounded_width(_LAST_MAPS * max(alpha, 1.0)), 1, name="last")
    return classifier(
        inputs,
        [*maps, x],
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


def _unit(
    x: keras.KerasTensor, maps: int, expansion: int, stride: int, name: str
) -> keras.KerasTensor:
    """An inverted residual unit, figure 3b and table 1."""
    y = x
    if expansion > 1:
        y = _conv_norm(y, expansion * x.shape[-1], 1, name=f"{name}_expand")
    y = _depthwise(y, stride, name=f"{name}_depthwise")
    y = norm(conv(y, maps, 1, name=f"{name}_project_conv"), f"{name}_project")
    if stride > 1 or x.shape[-1] != maps:
        return y
    return layers.Add(name=f"{name}_add")([x, y])


def _conv_norm(
    x: keras.KerasTensor, maps: int, kernel_size: int, stride: int = 1, *, name: str
) -> keras.KerasTensor:
    x = norm(conv(x, maps, kernel_size, stride, name=f"{name}_conv"), name)
    return layers.ReLU(max_value=6, name=f"{name}_relu")(x)


def _depthwise(x: keras.KerasTensor, stride: int, name: str) -> keras.KerasTensor:
    if stride > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_conv_pad")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="valid" if stride > 1 else "same",
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    return layers.ReLU(max_value=6, name=f"{name}_relu")(norm(x, name))
