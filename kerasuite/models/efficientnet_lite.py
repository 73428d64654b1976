"""EfficientNet-Lite: inverted residual units scaled in width and depth, without attention."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization, Conv2D, StochasticDepth
from kerasuite.models import parts
from kerasuite.models.convolutional import classifier, conv, rounded_width
from kerasuite.models.data_format import either_data_format

# Table 1 of the paper: expansion, kernel, maps, units and the stride of the first.
_STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
_FIRST_MAPS, _LAST_MAPS = 32, 1280


@either_data_format
def EfficientNetLite(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    width: float = 1.0,
    depth: float = 1.0,
    dropout: float = 0.2,
    stochastic_depth: float = 0.0,
    features_only: bool = False,
    name: str = "efficientnet_lite0",
) -> keras.Model:
    """Builds EfficientNet-Lite, by default Lite0: 4,652,008 parameters.

    EfficientNet without squeeze-and-excitation, with ReLU6 in the place of swish, and with a first
    and a last convolution, and a first and a last stage, that are not scaled: what phones and
    quantization want. Lite1 to 4 have `width` and `depth` of 1.0 and 1.1, 1.1 and 1.2, 1.2 and
    1.4, 1.4 and 1.8. Strided convolutions are padded as Keras's "same".
    `kerasuite.models.pretrained.load_imagenet` brings weights for Lite0, 1 and 2.

    Args:
        include_top: whether to end with the classifier, else with the last maps.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        width: what numbers of maps are multiplied by, above 0; they are rounded to multiples of 8.
        depth: what the stages' numbers of units are multiplied by, above 0; they are rounded up.
        dropout: share of the pooled features dropped in training, in [0, 1).
        stochastic_depth: rate at which the last unit is dropped in training, in [0, 1); units
            before it are dropped less, the first hardly ever. 0.2 as published.
        features_only: whether the outputs are the list of the maps at strides 2, 4, 8, 16 and 32
            instead: the sums of the last units of each size, and the last convolution's maps.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural
        networks", table 1; Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"
        (TensorFlow's blog), for what is left out.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    parts.check_rate(stochastic_depth, "stochastic_depth")
    for value, argument in ((width, "width"), (depth, "depth")):
        if not 0 < value < float("inf"):
            raise ValueError(f"`{argument}` must be above 0. Received: {argument}={value}")
    inputs = parts.picture_input(input_shape, least_size=32)
    x = _relu(_norm(_strided(inputs, _FIRST_MAPS), "stem"), "stem")
    units = _scaled_units(depth)
    maps, done = [], 0
    for (expansion, kernel_size, filters, _, first_stride), count in zip(
        _STAGES, units, strict=True
    ):
        for i in range(count):
            stride = 1 if i else first_stride
            if stride == 2:
                maps.append(x)
            drop = stochastic_depth * done / sum(units)
            done += 1
            shape = rounded_width(filters * width), kernel_size, expansion, stride
            x = _unit(x, *shape, drop=drop, name=f"block{done}")
    x = _relu(_norm(conv(x, _LAST_MAPS, 1, name="top_conv"), "top"), "top")
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


def _scaled_units(depth: float) -> list[int]:
    """Of each stage the number of units; the first and the last are not scaled."""
    units = [count for _, _, _, count, _ in _STAGES]
    return [units[0], *(math.ceil(depth * count) for count in units[1:-1]), units[-1]]


def _unit(
    x: keras.KerasTensor,
    maps: int,
    kernel_size: int,
    expansion: int,
    stride: int,
    drop: float,
    name: str,
) -> keras.KerasTensor:
    """An inverted residual unit: widened, each map filtered on its own, narrowed again."""
    y = x
    if expansion > 1:
        expand = f"{name}_expand"
        y = _relu(_norm(conv(y, expansion * x.shape[-1], 1, name=f"{expand}_conv"), expand), expand)
    filtered = f"{name}_depthwise"
    y = layers.DepthwiseConv2D(
        kernel_size,
        strides=stride,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{filtered}_conv",
    )(y)
    y = _relu(_norm(y, filtered), filtered)
    y = _norm(conv(y, maps, 1, name=f"{name}_project_conv"), f"{name}_project")
    if stride > 1 or x.shape[-1] != maps:
        return y
    if drop:
        y = StochasticDepth(drop, name=f"{name}_drop")(y)
    return layers.Add(name=f"{name}_add")([x, y])


def _strided(x: keras.KerasTensor, maps: int) -> keras.KerasTensor:
    return Conv2D(
        maps,
        3,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="stem_conv",
    )(x)


def _norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """With the published momentum and epsilon, which are Keras's own."""
    return BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")(x)


def _relu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.ReLU(max_value=6, name=f"{name}_relu")(x)
