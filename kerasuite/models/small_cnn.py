"""A small modern convolutional net, made to train fast on a CPU."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format


@either_data_format
def SmallCNN(
    include_top: bool = True,
    input_shape: Sequence[int] = (28, 28, 1),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    width: int = 16,
    dropout: float = 0.0,
    pooling_layer: str = "max",
    name: str = "small_cnn",
) -> keras.Model:
    """Builds three stages of two 3x3 convolutions, each with batch norm and ReLU.

    The stages have `width`, `2 * width` and `4 * width` maps, with maximum pooling by 2 between
    them, then global average pooling: 72,666 trainable parameters for 28x28x1 and 10 classes.
    Any picture of at least 8x8 will do.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last stage.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        width: maps of the first stage; CPUs are fastest with multiples of 16.
        dropout: share of the pooled features dropped in training, in [0, 1).
        pooling_layer: between the stages: "max", "average", "l2" or "stochastic".
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Simonyan & Zisserman 2014, "Very deep convolutional networks" (the stages); Ioffe &
        Szegedy 2015, "Batch normalization"; Lin et al. 2013, "Network in network", section 3.2
        (global average pooling).
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_width(width, "width")
    parts.check_rate(dropout, "dropout")
    pool = parts.pooling_class(pooling_layer)
    inputs = parts.picture_input(input_shape, least_size=8)
    x = inputs
    for stage in range(3):
        if stage:
            x = pool(2, name=f"pool{stage}")(x)
        for i in (1, 2):
            x = _conv_norm_relu(x, width * 2**stage, f"stage{stage + 1}_{i}")
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)


def _conv_norm_relu(x: keras.KerasTensor, maps: int, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(
        maps,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    # A tenth of each batch, not Keras's hundredth: the moving statistics settle within an epoch.
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
