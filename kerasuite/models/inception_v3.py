"""Inception-v3: factorized convolutions side by side."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier
from kerasuite.models.data_format import either_data_format
from kerasuite.models.inception_parts import AVERAGE, MAX, convolution, mixed


@either_data_format
def InceptionV3(
    include_top: bool = True,
    input_shape: Sequence[int] = (299, 299, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    auxiliary: bool = False,
    dropout: float = 0.2,
    features_only: bool = False,
    name: str = "inception_v3",
) -> keras.Model:
    """Builds Inception-v3: 23,834,568 trainable parameters for 1000 classes.

    `keras.applications` leaves out the scales of batch norm (17,216 gammas); here they are
    weights like any other, and start at one. With the auxiliary classifier there are 27,161,264.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last module.
        input_shape: (height, width, channels), height and width at least 75.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        auxiliary: whether to add the paper's second classifier on the maps of 17x17; the output
            is then a dict of "predictions" and "auxiliary", for training. It takes pictures of
            at least 139x139.
        dropout: share of the pooled features dropped in training, in [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 2, 4, 8, 16 and 32.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Szegedy et al. 2015, "Rethinking the Inception architecture for computer vision",
        section 6, figures 5 to 7 and 10; section 4 (the auxiliary classifier).
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    inputs = parts.picture_input(input_shape, least_size=139 if auxiliary else 75)
    features = _features(inputs)
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
    second = _auxiliary(features[-2], classes, classifier_activation)
    return keras.Model(inputs, {"predictions": model.output, "auxiliary": second}, name=name)


def _features(x: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Returns the last maps of each of the strides 2, 4, 8, 16 and 32."""
    x = convolution(x, 32, 3, 2, name="conv1")
    x = convolution(x, 32, 3, 1, "valid", name="conv2")
    stride2 = convolution(x, 64, 3, name="conv3")
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(stride2)
    x = convolution(x, 80, 1, name="conv4")
    stride4 = convolution(x, 192, 3, 1, "valid", name="conv5")
    x = layers.MaxPooling2D(3, strides=2, name="pool2")(stride4)
    for i, pooled in enumerate((32, 64, 64)):
        x = mixed(x, _module_35(pooled), f"mixed{i}")
    stride8 = x
    x = mixed(x, _reduction_17(), "mixed3")
    for i, narrow in enumerate((128, 160, 160, 192), 4):
        x = mixed(x, _module_17(narrow), f"mixed{i}")
    stride16 = x
    x = mixed(x, _reduction_8(), "mixed8")
    for i in (9, 10):
        x = mixed(x, _module_8(), f"mixed{i}")
    return [stride2, stride4, stride8, stride16, x]


def _module_35(pooled: int) -> list[Any]:
    """Figure 5, at 35x35."""
    return [
        [(64, 1)],
        [(48, 1), (64, 5)],
        [(64, 1), (96, 3), (96, 3)],
        [AVERAGE, (pooled, 1)],
    ]


def _reduction_17() -> list[Any]:
    """Figure 10, from 35x35 to 17x17."""
    return [[(384, 3, 2)], [(64, 1), (96, 3), (96, 3, 2)], [MAX]]


def _module_17(narrow: int) -> list[Any]:
    """Figure 6, at 17x17: 7x7 convolutions as products of 1x7 and 7x1."""
    row, column = (1, 7), (7, 1)
    return [
        [(192, 1)],
        [(narrow, 1), (narrow, row), (192, column)],
        [(narrow, 1), (narrow, column), (narrow, row), (narrow, column), (192, row)],
        [AVERAGE, (192, 1)],
    ]


def _reduction_8() -> list[Any]:
    """From 17x17 to 8x8."""
    return [
        [(192, 1), (320, 3, 2)],
        [(192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2)],
        [MAX],
    ]


def _module_8() -> list[Any]:
    """Figure 7, at 8x8: the last convolutions of two branches are side by side."""
    split = [[(384, (1, 3))], [(384, (3, 1))]]
    return [
        [(320, 1)],
        [(384, 1), split],
        [(448, 1), (384, 3), split],
        [AVERAGE, (192, 1)],
    ]


def _auxiliary(x: keras.KerasTensor, classes: int, activation: Any) -> keras.KerasTensor:
    x = layers.AveragePooling2D(5, strides=3, name="auxiliary_pool")(x)
    x = convolution(x, 128, 1, name="auxiliary_conv1")
    # 5x5 on the maps of the paper's size, and as large as it goes on those of smaller pictures.
    x = convolution(x, 768, 5, 1, _fitting(x), name="auxiliary_conv2")
    x = layers.GlobalAveragePooling2D(name="auxiliary_avg_pool")(x)
    return layers.Dense(classes, activation, dtype="float32", name="auxiliary")(x)


def _fitting(x: keras.KerasTensor) -> str:
    """Returns "valid" where a 5x5 convolution fits without padding, else "same"."""
    return "valid" if min(x.shape[1:3]) >= 5 else "same"
