"""Inception-v4: the pure Inception net, uniform within each grid size."""

from collections.abc import Sequence
from typing import Any

import keras

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier
from kerasuite.models.data_format import either_data_format
from kerasuite.models.inception_parts import AVERAGE, MAX, convolution, mixed


@either_data_format
def InceptionV4(
    include_top: bool = True,
    input_shape: Sequence[int] = (299, 299, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    dropout: float = 0.2,
    features_only: bool = False,
    name: str = "inception_v4",
) -> keras.Model:
    """Builds Inception-v4: 42,679,816 trainable parameters for 1000 classes.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last module.
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
        connections on learning", section 3.1, figures 3 to 9.
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
    x = mixed(stride2, [[MAX], [(96, 3, 2)]], "stem1")
    stride4 = mixed(x, _stem_71(), "stem2")
    x = mixed(stride4, [[(192, 3, 2)], [MAX]], "stem3")
    for i in range(4):
        x = mixed(x, _module_35(), f"mixed_a{i + 1}")
    stride8 = x
    x = mixed(x, _reduction_17(), "reduction_a")
    for i in range(7):
        x = mixed(x, _module_17(), f"mixed_b{i + 1}")
    stride16 = x
    x = mixed(x, _reduction_8(), "reduction_b")
    for i in range(3):
        x = mixed(x, _module_8(), f"mixed_c{i + 1}")
    return [stride2, stride4, stride8, stride16, x]


def _stem_71() -> list[Any]:
    """The middle of figure 3."""
    last = (96, 3, 1, "valid")
    return [[(64, 1), last], [(64, 1), (64, (1, 7)), (64, (7, 1)), last]]


def _module_35() -> list[Any]:
    """Figure 4, Inception-A."""
    return [
        [(96, 1)],
        [(64, 1), (96, 3)],
        [(64, 1), (96, 3), (96, 3)],
        [AVERAGE, (96, 1)],
    ]


def _reduction_17() -> list[Any]:
    """Figure 7 with k, l, m, n = 192, 224, 256, 384."""
    return [[(384, 3, 2)], [(192, 1), (224, 3), (256, 3, 2)], [MAX]]


def _module_17() -> list[Any]:
    """Figure 5, Inception-B."""
    row, column = (1, 7), (7, 1)
    return [
        [(384, 1)],
        [(192, 1), (224, row), (256, column)],
        [(192, 1), (192, column), (224, row), (224, column), (256, row)],
        [AVERAGE, (128, 1)],
    ]


def _reduction_8() -> list[Any]:
    """Figure 8."""
    return [
        [(192, 1), (192, 3, 2)],
        [(256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3, 2)],
        [MAX],
    ]


def _module_8() -> list[Any]:
    """Figure 6, Inception-C: the last convolutions of two branches are side by side."""
    split = [[(256, (1, 3))], [(256, (3, 1))]]
    return [
        [(256, 1)],
        [(384, 1), split],
        [(384, 1), (448, (3, 1)), (512, (1, 3)), split],
        [AVERAGE, (256, 1)],
    ]
