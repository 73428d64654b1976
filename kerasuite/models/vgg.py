"""VGG: stacks of 3x3 convolutions, the plain deep net."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts
from kerasuite.models.convolutional import EPSILON
from kerasuite.models.data_format import either_data_format
from kerasuite.models.sizes import sized

# Convolutions of each of the five blocks (table 1: columns A, B, D and E), and their maps.
_CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2,) * 5, 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_MAPS = (64, 128, 256, 512, 512)


@either_data_format
def VGG(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    depth: int = 16,
    batch_norm: bool = False,
    units: int = 4096,
    dropout: float = 0.5,
    features_only: bool = False,
    name: str = "vgg",
) -> keras.Model:
    """Builds VGG-11, 13, 16 or 19: five blocks of 3x3 convolutions, each pooled by 2.

    VGG-16 has 138,357,544 parameters for 224x224x3 and 1000 classes, VGG-19 143,667,240; nine
    tenths of them are in the first dense layer, which grows with the picture.

    With batch norm the convolutions keep their biases, which then change nothing: the weights
    are those of the usual published models, one for one.

    Args:
        include_top: whether to end with the dense layers, else with the maps of the last block.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        depth: layers with weights: 11, 13, 16 or 19.
        batch_norm: whether each convolution is followed by batch norm, which the paper did
            without.
        units: units of each of the two dense layers before the classifier.
        dropout: share of those units dropped in training, in [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 1, 2, 4, 8, 16 and 32: the end of each block and the last pooling.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Simonyan & Zisserman 2014, "Very deep convolutional networks for large-scale image
        recognition", section 2 and table 1. Convolutions start as of He et al. 2015, "Delving
        deep into rectifiers"; the paper started the deep nets from trained shallow ones.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_width(units, "units")
    parts.check_rate(dropout, "dropout")
    if depth not in _CONVOLUTIONS:
        raise ValueError(f"`depth` must be 11, 13, 16 or 19. Received: depth={depth}")
    inputs = parts.picture_input(input_shape, least_size=32)
    x, features = inputs, []
    for block, count in enumerate(_CONVOLUTIONS[depth]):
        for i in range(count):
            x = _convolution(x, _MAPS[block], batch_norm, f"block{block + 1}_conv{i + 1}")
        features.append(x)
        x = layers.MaxPooling2D(2, name=f"block{block + 1}_pool")(x)
    if features_only:
        return keras.Model(inputs, [*features, x], name=name)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Flatten(name="flatten")(x)
    for i in (1, 2):
        x = layers.Dense(units, "relu", kernel_initializer="he_normal", name=f"fc{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout{i}")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)


def _convolution(x: keras.KerasTensor, maps: int, batch_norm: bool, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(maps, 3, padding="same", kernel_initializer="he_normal", name=name)(x)
    if batch_norm:
        x = BatchNormalization(momentum=0.9, epsilon=EPSILON, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _vgg(depth: int, batch_norm: bool = False) -> Callable:
    function, norm = (f"VGG{depth}_BN", ", with batch norm") if batch_norm else (f"VGG{depth}", "")
    return sized(VGG, function, f"Builds VGG-{depth}{norm}.", depth=depth, batch_norm=batch_norm)


VGG11, VGG11_BN = _vgg(11), _vgg(11, batch_norm=True)
VGG13, VGG13_BN = _vgg(13), _vgg(13, batch_norm=True)
VGG16, VGG16_BN = _vgg(16), _vgg(16, batch_norm=True)
VGG19, VGG19_BN = _vgg(19), _vgg(19, batch_norm=True)
