"""Inception-ResNet-v2: Inception modules as scaled residuals."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier
from kerasuite.models.data_format import either_data_format
from kerasuite.models.inception_parts import AVERAGE, MAX, convolution, mixed

# The branches whose joined maps are the residual, at 35x35, 17x17 and 8x8 (figures 16, 17, 19).
_BLOCK_35 = [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]]
_BLOCK_17 = [[(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))]]
_BLOCK_8 = [[(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))]]


@either_data_format
def InceptionResNetV2(
    include_top: bool = True,
    input_shape: Sequence[int] = (299, 299, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    dropout: float = 0.2,
    features_only: bool = False,
    name: str = "inception_resnet_v2",
) -> keras.Model:
    """Builds Inception-ResNet-v2: 55,843,464 trainable parameters for 1000 classes.

    It is the net that its authors released, which all published weights are for: 10, 20 and 10
    blocks, residuals scaled by 0.17, 0.1 and 0.2, and the stem of Inception-v3, where the paper
    draws 5, 10 and 5 blocks and the stem of Inception-v4. `keras.applications` leaves out the
    scales of batch norm (30,272 gammas); here they are weights like any other.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last layer.
        input_shape: (height, width, channels), height and width at least 75.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        dropout: share of the pooled features dropped in training, in [0, 1); 0.2 in the paper.
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 2, 4, 8, 16 and 32.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the impact of residual
        connections on learning", sections 3.2 and 3.3.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    inputs = parts.picture_input(input_shape, least_size=75)
    features = _features(inputs)
    return classifier(
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


def _features(x: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Returns the last maps of each of the strides 2, 4, 8, 16 and 32."""
    x = convolution(x, 32, 3, 2, name="conv1")
    x = convolution(x, 32, 3, 1, "valid", name="conv2")
    stride2 = convolution(x, 64, 3, name="conv3")
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(stride2)
    x = convolution(x, 80, 1, name="conv4")
    stride4 = convolution(x, 192, 3, 1, "valid", name="conv5")
    x = layers.MaxPooling2D(3, strides=2, name="pool2")(stride4)
    x = mixed(x, _mixed_35(), "mixed_5b")
    for i in range(10):
        x = _residual(x, _BLOCK_35, 0.17, f"block35_{i + 1}")
    stride8 = x
    x = mixed(x, [[(384, 3, 2)], [(256, 1), (256, 3), (384, 3, 2)], [MAX]], "mixed_6a")
    for i in range(20):
        x = _residual(x, _BLOCK_17, 0.1, f"block17_{i + 1}")
    stride16 = x
    x = mixed(x, _reduction_8(), "mixed_7a")
    for i in range(9):
        x = _residual(x, _BLOCK_8, 0.2, f"block8_{i + 1}")
    x = _residual(x, _BLOCK_8, 1.0, "block8_10", relu=False)
    x = convolution(x, 1536, 1, name="conv_7b")
    return [stride2, stride4, stride8, stride16, x]


def _mixed_35() -> list[Any]:
    return [
        [(96, 1)],
        [(48, 1), (64, 5)],
        [(64, 1), (96, 3), (96, 3)],
        [AVERAGE, (64, 1)],
    ]


def _reduction_8() -> list[Any]:
    """Figure 18."""
    return [
        [(256, 1), (384, 3, 2)],
        [(256, 1), (288, 3, 2)],
        [(256, 1), (288, 3), (320, 3, 2)],
        [MAX],
    ]


def _residual(
    x: keras.KerasTensor, branches: list[Any], scale: float, name: str, relu: bool = True
) -> keras.KerasTensor:
    """Adds the branches, brought to as many maps by a linear 1x1 convolution and scaled."""
    change = mixed(x, branches, f"{name}_mixed")
    change = layers.Conv2D(x.shape[-1], 1, name=f"{name}_conv")(change)
    if scale != 1:
        change = layers.Rescaling(scale, name=f"{name}_scale")(change)
    x = layers.Add(name=name)([x, change])
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x
