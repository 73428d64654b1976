"""LeNet-5, as published in 1998 and as it is taught today."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from kerasuite.layers import (
    ConnectionTableConv2D,
    EuclideanRBF,
    FanInUniform,
    TrainableSubsampling2D,
    scaled_tanh,
)
from kerasuite.models import lenet_codes, parts
from kerasuite.models.data_format import either_data_format

# Table I of the paper: the maps of S2 that each map of C3 sees.
C3_TABLE = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, i + 1, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    tuple(range(6)),
)

_SIZE = 32


@either_data_format
def LeNet5(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 1),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    activation: Any = "tanh",
    pooling_layer: str = "average",
    name: str = "lenet5",
) -> keras.Model:
    """Builds LeNet-5 with full connections, the usual form of it today.

    Two convolutions of 5x5 with 6 and 16 maps, each pooled by 2, then dense layers of 120 and
    84 units: 61,706 parameters for 32x32x1 and 10 classes. Smaller pictures are padded with
    zeros to 32x32, evenly; larger ones enlarge the first dense layer.

    Args:
        include_top: whether to end with the dense layers, else with the maps of 5x5x16.
        input_shape: (height, width, channels).
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        activation: activation of the hidden layers; the paper's is a tanh.
        pooling_layer: "average", "max", "l2", or "stochastic" with an activation of at least 0.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        section II.B. `LeNet5Original` is the network of that section to the letter.
    """
    parts.check_top(include_top, pooling, classes)
    pool = parts.pooling_class(pooling_layer)
    if pooling_layer == "stochastic" and activation == "tanh":
        raise ValueError(
            '`pooling_layer="stochastic"` needs an activation of at least 0, such as "relu". '
            f"Received: activation={activation!r}"
        )
    inputs = parts.picture_input(input_shape)
    x = _padded(inputs)
    x = layers.Conv2D(6, 5, activation=activation, name="c1")(x)
    x = pool(2, name="s2")(x)
    x = layers.Conv2D(16, 5, activation=activation, name="c3")(x)
    x = pool(2, name="s4")(x)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(120, activation=activation, name="c5")(x)
    x = layers.Dense(84, activation=activation, name="f6")(x)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)


@either_data_format
def LeNet5Original(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 1),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    rubbish_penalty: float | None = 10.0,
    digit_codes: bool = True,
    name: str = "lenet5_1998",
) -> keras.Model:
    """Builds LeNet-5 as it was published: 60,000 trainable parameters for 32x32x1.

    C3 sees the maps of S2 by the paper's table I, the subsampling layers have a coefficient
    and a bias a map, units squash by `1.7159 tanh(2x/3)`, and the output layer measures the
    squared distance of F6 to a fixed code for each class. The codes of the ten digits are
    stylised bitmaps, 7 wide and 12 high. Other classes get codes of 84 bits that differ from
    each other in 42 places or more.

    The paper gives the distances y as a penalty and trains with its equation 9, the maximum a
    posteriori criterion `y[k] + log(exp(-j) + sum_i exp(-y[i]))` of the true class k. That is
    the cross-entropy of the probabilities softmax(-y), which are this model's output, plus a
    part that does not depend on k, which the output layer adds as a loss (see `EuclideanRBF`).
    Train it with Keras's cross-entropy. On JAX and torch, where Keras clips probabilities, give
    it the negative distances (`classifier_activation=None`) and `from_logits=True`: distances
    are in the hundreds, and clipping would take the gradient from the worst errors.

    Smaller pictures are padded with zeros to 32x32, evenly. On larger ones C5, a convolution,
    has several positions, and F6 sees their mean, so the parameters stay the same.

    Args:
        include_top: whether to end with F6 and the output layer, else with the maps of C5.
        input_shape: (height, width, channels).
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes, 168 at most.
        classifier_activation: "softmax" for probabilities, None for the negative distances.
        rubbish_penalty: the constant j, for which the paper gives no value; None leaves its part
            of the criterion out.
        digit_codes: whether ten classes are the digits 0 to 9, in this order; False gives ten
            classes codes without meaning.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        sections II.B and II.C, appendix A (initialisation: uniform within 2.4 / fan-in).
    """
    parts.check_top(include_top, pooling, classes)
    codes = _codes(classes, digit_codes) if include_top else None
    inputs = parts.picture_input(input_shape)
    x = _padded(inputs)
    x = layers.Conv2D(6, 5, **_squashing(), name="c1")(x)
    x = TrainableSubsampling2D(2, **_subsampling(), name="s2")(x)
    x = ConnectionTableConv2D(C3_TABLE, 5, **_squashing(), name="c3")(x)
    x = TrainableSubsampling2D(2, **_subsampling(), name="s4")(x)
    x = layers.Conv2D(120, 5, **_squashing(), name="c5")(x)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.GlobalAveragePooling2D(name="positions")(x)
    x = layers.Dense(lenet_codes.LENGTH, **_squashing(), name="f6")(x)
    # Distances are sums of 84 squares: float32 under any policy.
    rbf = EuclideanRBF(codes, rubbish_penalty, dtype="float32", name="output")
    distances = rbf(x)
    logits = layers.Rescaling(-1.0, dtype="float32", name="negative")(distances)
    outputs = layers.Activation(classifier_activation, dtype="float32", name="predictions")(logits)
    return keras.Model(inputs, outputs, name=name)


def _padded(x: keras.KerasTensor) -> keras.KerasTensor:
    """Pads pictures smaller than 32x32 evenly with zeros."""
    missing = [max(0, _SIZE - length) for length in x.shape[1:3]]
    if not any(missing):
        return x
    return layers.ZeroPadding2D([(n // 2, n - n // 2) for n in missing], name="pad")(x)


def _codes(classes: int, digit_codes: bool) -> np.ndarray:
    if classes == 10 and digit_codes:
        return lenet_codes.digit_codes()
    return lenet_codes.separated_codes(classes)


def _squashing() -> dict[str, Any]:
    return {"activation": scaled_tanh, "kernel_initializer": FanInUniform(2.4)}


def _subsampling() -> dict[str, Any]:
    # A unit of a subsampling layer has four inputs that share one coefficient.
    limit = 2.4 / math.prod((2, 2))
    return {
        "activation": scaled_tanh,
        "coefficient_initializer": keras.initializers.RandomUniform(-limit, limit),
    }
