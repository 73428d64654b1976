"""What deep convolutional classifiers share: convolution and norm as published, their ending."""

from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization, Conv2D, GroupedConv2D
from kerasuite.models import parts

# The papers' 1e-5, raised to the least that fused kernels take; keras.applications has the same.
EPSILON = 1.001e-5


def conv(
    x: keras.KerasTensor,
    maps: int,
    kernel_size: int,
    stride: int = 1,
    groups: int = 1,
    *,
    name: str,
) -> keras.KerasTensor:
    """Convolves without bias, padded evenly on all sides as in Torch, where papers come from.

    Keras's own "same" pads strided convolutions of even sizes on one side alone.

    Args:
        x: maps (batch, height, width, channels).
        maps: output maps.
        kernel_size: odd height and width of the kernels.
        stride: step in both directions; the output has ceil(length / stride) rows and columns.
        groups: parts of the channels convolved on their own.
        name: of the convolution.
    """
    even = stride == 1 or kernel_size == 1
    if not even:
        x = layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad")(x)
    layer_class = GroupedConv2D if groups > 1 else Conv2D
    layer = layer_class(
        maps,
        kernel_size,
        strides=stride,
        padding="same" if even else "valid",
        groups=groups,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )
    return layer(x)


def norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Normalizes the batch; the moving statistics take a tenth of each batch, as in Torch."""
    name = f"{name}_bn" if name else "bn"
    return BatchNormalization(momentum=0.9, epsilon=EPSILON, name=name)(x)


def norm_relu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Normalizes the batch, then ReLU."""
    return layers.ReLU(name=f"{name}_relu" if name else "relu")(norm(x, name))


def rounded_width(wanted: float) -> int:
    """A number of maps: the nearest multiple of 8, at least 8 and at most a tenth below."""
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def imagenet_stem(x: keras.KerasTensor, maps: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Returns the activated 7x7 convolution at stride 2, and its maxima at stride 4."""
    x = norm_relu(conv(x, maps, 7, 2, name="conv1_conv"), "conv1")
    # Zeros are never above a ReLU's maximum.
    padded = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return x, layers.MaxPooling2D(3, strides=2, name="pool1_pool")(padded)


def classifier(
    inputs: keras.KerasTensor,
    maps: list[keras.KerasTensor],
    *,
    features_only: bool,
    include_top: bool,
    pooling: str | None,
    classes: int,
    classifier_activation: Any,
    dropout: float,
    name: str,
) -> keras.Model:
    """Returns the model that ends with all of `maps`, with the last, or with a classifier of it.

    Args:
        inputs: of the model.
        maps: feature maps, one for each stride.
        features_only: whether the model's outputs are all of `maps`.
        include_top: else, whether they are probabilities or the last of `maps`.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        dropout: share of the pooled features dropped before the classifier.
        name: of the model.
    """
    if features_only:
        return keras.Model(inputs, maps, name=name)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(maps[-1], pooling), name=name)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(maps[-1])
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)
