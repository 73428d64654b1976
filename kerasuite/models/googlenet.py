"""GoogLeNet, the first Inception net."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import LocalResponseNormalization
from kerasuite.models import parts
from kerasuite.models.convolutional import classifier
from kerasuite.models.data_format import either_data_format

# Table 1, for each module: maps of the 1x1 convolution; of the 3x3 and its reduction before; of
# the 5x5 and its reduction before; of the projection behind the pooling.
_MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


@either_data_format
def GoogLeNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    auxiliary: bool = False,
    dropout: float = 0.4,
    features_only: bool = False,
    name: str = "googlenet",
) -> keras.Model:
    """Builds GoogLeNet: 22 layers deep, 6,998,552 parameters for 1000 classes.

    With the two auxiliary classifiers, which the paper trains at 0.3 of the loss each and then
    discards, there are 13,378,280 for 224x224x3.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last module.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        auxiliary: whether to add the classifiers on modules 4a and 4d; the output is then a dict
            of "predictions", "auxiliary1" and "auxiliary2", for training. They take pictures
            larger than 64x64.
        dropout: share of the pooled features dropped in training, in [0, 1). The auxiliary
            classifiers drop 0.7 of theirs, as in the paper.
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 2, 4, 8, 16 and 32.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Szegedy et al. 2014, "Going deeper with convolutions", section 5, table 1, figure 3.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    inputs = parts.picture_input(input_shape, least_size=65 if auxiliary else 32)
    features, sides = _features(inputs)
    model = classifier(
        inputs,
        features,
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )
    if features_only or not (include_top and auxiliary):
        return model
    outputs = {"predictions": model.output}
    for i, side in enumerate(sides, 1):
        key = f"auxiliary{i}"
        outputs[key] = _auxiliary(side, classes, classifier_activation, key)
    return keras.Model(inputs, outputs, name=name)


def _features(x: keras.KerasTensor) -> tuple[list[keras.KerasTensor], list[keras.KerasTensor]]:
    """Returns the last maps of the strides 2 to 32, and those for the auxiliary classifiers."""
    features, sides = [], []
    x = _convolution(x, 64, 7, "conv1", strides=2)
    features.append(x)
    x = _normalized(_pooled(x, "pool1"), "norm1")
    x = _convolution(x, 64, 1, "conv2_reduce")
    x = _convolution(x, 192, 3, "conv2")
    features.append(x)
    x = _pooled(_normalized(x, "norm2"), "pool2")
    for module in _MODULES:
        x = _module(x, *_MODULES[module], f"mixed_{module}")
        if module in ("4a", "4d"):
            sides.append(x)
        if module in ("3b", "4e", "5b"):
            features.append(x)
        if module in ("3b", "4e"):
            x = _pooled(x, f"pool{module[0]}")
    return features, sides


def _module(
    x: keras.KerasTensor,
    narrow: int,
    middle: tuple[int, int],
    wide: tuple[int, int],
    projection: int,
    name: str,
) -> keras.KerasTensor:
    """Figure 2b."""
    branches = [_convolution(x, narrow, 1, f"{name}_1x1")]
    for kernel, (reduction, maps) in ((3, middle), (5, wide)):
        reduced = _convolution(x, reduction, 1, f"{name}_{kernel}x{kernel}_reduce")
        branches.append(_convolution(reduced, maps, kernel, f"{name}_{kernel}x{kernel}"))
    pooled = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    branches.append(_convolution(pooled, projection, 1, f"{name}_projection"))
    return layers.Concatenate(name=name)(branches)


def _auxiliary(x: keras.KerasTensor, classes: int, activation: Any, name: str) -> keras.KerasTensor:
    """Section 5: 1x1 convolution with 128 maps and 1024 units on the means of 5x5 windows."""
    x = layers.AveragePooling2D(5, strides=3, name=f"{name}_pool")(x)
    x = _convolution(x, 128, 1, f"{name}_conv")
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(1024, "relu", kernel_initializer="he_normal", name=f"{name}_fc")(x)
    x = layers.Dropout(0.7, name=f"{name}_dropout")(x)
    return layers.Dense(classes, activation, dtype="float32", name=name)(x)


def _convolution(
    x: keras.KerasTensor, maps: int, kernel: int, name: str, strides: int = 1
) -> keras.KerasTensor:
    return layers.Conv2D(
        maps,
        kernel,
        strides=strides,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )(x)


def _pooled(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)


def _normalized(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    # The paper gives no constants. These are Caffe's, which its released net was trained with:
    # 1e-4 of the mean of five squares.
    return LocalResponseNormalization(5, bias=1.0, alpha=1e-4 / 5, beta=0.75, name=name)(x)
