"""AlexNet, with the two groups of maps that lived on two graphics cards."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import GroupedConv2D, LocalResponseNormalization
from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format


@either_data_format
def AlexNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (227, 227, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    groups: int = 2,
    units: int = 4096,
    dropout: float = 0.5,
    features_only: bool = False,
    name: str = "alexnet",
) -> keras.Model:
    """Builds AlexNet: 60,965,224 parameters for 227x227x3 and 1000 classes.

    Convolutions 2, 4 and 5 see only the maps of their own group; local response normalization
    runs across the maps of both. The paper writes 224x224, which does not give its 55x55 maps;
    227x227 does.

    Args:
        include_top: whether to end with the dense layers, else with the last pooled maps.
        input_shape: (height, width, channels), height and width at least 67.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        groups: 2, or 1 for the same maps in one group (62,378,344 parameters).
        units: units of each of the two dense layers before the classifier.
        dropout: share of those units dropped in training, in [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 4, 8, 16 and 32: the ends of convolutions 1, 2 and 5, and the last pooling.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional
        neural networks", section 3 and figure 2; section 5 (normal weights of deviation 0.01,
        biases of one where most units would else be silent).
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_width(units, "units")
    parts.check_rate(dropout, "dropout")
    if groups not in (1, 2):
        raise ValueError(f"`groups` must be 1 or 2. Received: groups={groups}")
    inputs = parts.picture_input(input_shape, least_size=67)
    features = _features(inputs, groups)
    x = features[-1]
    if features_only:
        return keras.Model(inputs, features, name=name)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Flatten(name="flatten")(x)
    for i in (6, 7):
        x = layers.Dense(units, "relu", **_initial(0.005, bias=1), name=f"fc{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout{i}")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)


def _features(x: keras.KerasTensor, groups: int) -> list[keras.KerasTensor]:
    """Returns the last maps of each of the strides 4, 8, 16 and 32."""
    conv1 = _convolution(x, 96, 11, "conv1", strides=4, padding="valid")
    x = _pooled(LocalResponseNormalization(name="norm1")(conv1), "pool1")
    conv2 = _convolution(x, 256, 5, "conv2", groups=groups, bias=1)
    x = _pooled(LocalResponseNormalization(name="norm2")(conv2), "pool2")
    x = _convolution(x, 384, 3, "conv3")
    x = _convolution(x, 384, 3, "conv4", groups=groups, bias=1)
    conv5 = _convolution(x, 256, 3, "conv5", groups=groups, bias=1)
    return [conv1, conv2, conv5, _pooled(conv5, "pool5")]


def _convolution(
    x: keras.KerasTensor,
    maps: int,
    kernel: int,
    name: str,
    groups: int = 1,
    bias: int = 0,
    strides: int = 1,
    padding: str = "same",
) -> keras.KerasTensor:
    return GroupedConv2D(
        maps,
        kernel,
        strides=strides,
        padding=padding,
        groups=groups,
        activation="relu",
        **_initial(0.01, bias),
        name=name,
    )(x)


def _initial(deviation: float, bias: int) -> dict[str, Any]:
    return {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=deviation),
        "bias_initializer": "ones" if bias else "zeros",
    }


def _pooled(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.MaxPooling2D(3, strides=2, name=name)(x)
