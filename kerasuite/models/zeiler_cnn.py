"""The net that stochastic pooling was measured with."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import LocalResponseNormalization
from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format


@either_data_format
def ZeilerCNN(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 3),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    pooling_layer: str = "stochastic",
    width: int = 64,
    name: str = "zeiler_cnn",
) -> keras.Model:
    """Builds three convolutions, each pooled and normalized, and one dense layer.

    Each stage is a 5x5 convolution of `width` maps with ReLU, pooling of 3x3 windows in steps of
    2, and a local response normalization: 220,042 trainable parameters for 32x32x3 and 10
    classes. There is no dropout: pooling alone is to keep the net from learning by heart.

    Not from the paper: the constants of the normalization, which are AlexNet's, and the start of
    the weights, which is He et al.'s for ReLU.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last stage.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        pooling_layer: "stochastic", "max", "average" or "l2": the paper compares the first three.
        width: maps of each stage.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Zeiler & Fergus 2013, "Stochastic pooling for regularization of deep convolutional
        neural networks", section 4.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_width(width, "width")
    pool = parts.pooling_class(pooling_layer)
    inputs = parts.picture_input(input_shape, least_size=8)
    x = inputs
    for stage in (1, 2, 3):
        x = layers.Conv2D(
            width,
            5,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"conv{stage}",
        )(x)
        x = pool(3, strides=2, padding="same", name=f"pool{stage}")(x)
        x = LocalResponseNormalization(name=f"norm{stage}")(x)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)
