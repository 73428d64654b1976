"""U-Net: down to context, up to places, with a bridge at every size."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format

Floor = Callable[[keras.KerasTensor, int, str], keras.KerasTensor]


@either_data_format
def UNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (572, 572, 1),
    pooling: str | None = None,
    classes: int = 2,
    classifier_activation: Any = "softmax",
    depth: int = 4,
    width: int = 64,
    padding: str = "valid",
    batch_norm: bool = False,
    dropout: float = 0.5,
    features_only: bool = False,
    name: str = "unet",
) -> keras.Model:
    """Builds U-Net: 31,030,658 parameters as published, from one channel to two classes.

    The published net has no padding: 572x572 pixels give the classes of the 388x388 in their
    middle, and the picture's sizes must halve without remainder on every floor. With
    `padding="same"` every pixel is classified and any size is good: what does not halve is
    padded with zeros on the right and below, and cut off again from the answer.

    Args:
        include_top: whether to end with the classes of each pixel, else with the maps before.
        input_shape: (height, width, channels).
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes; with `classifier_activation="sigmoid"` it may be 1.
        classifier_activation: "softmax" for probabilities, None for logits.
        depth: how often the picture is halved.
        width: maps of the first floor; each floor below has twice as many.
        padding: "valid" or "same".
        batch_norm: whether each convolution is followed by batch norm, which the paper did
            without.
        dropout: share of the maps' numbers dropped in training at the end of the way down, in
            [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps of the
            way down, of strides 1, 2, 4, …
        name: name of the model.

    Returns:
        A functional `keras.Model`, whose output is (batch, height, width, classes).

    Raises:
        ValueError: if an argument is not as described, or a picture of this size does not
            halve `depth` times without padding.

    Reference:
        Ronneberger, Fischer, Brox 2015, "U-Net: convolutional networks for biomedical image
        segmentation", section 2 and figure 1; section 3 (initial weights of He et al. 2015).
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    for value, argument in ((depth, "depth"), (width, "width")):
        parts.check_width(value, argument)
    if padding not in ("valid", "same"):
        raise ValueError(f'`padding` must be "valid" or "same". Received: padding={padding!r}')
    inputs = parts.picture_input(input_shape)
    if padding == "valid":
        _check_size(input_shape, depth)
    floor = functools.partial(_floor, padding=padding, batch_norm=batch_norm)
    features = _way_down(filled(inputs, depth, padding), floor, depth, width, dropout)
    if features_only:
        return keras.Model(inputs, features, name=name)
    x = _way_up(features, floor, width)
    x = cut(x, inputs) if padding == "same" else x
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Conv2D(classes, 1, dtype="float32", name="logits")(x)
    outputs = layers.Activation(classifier_activation, dtype="float32", name="predictions")(x)
    return keras.Model(inputs, outputs, name=name)


def _floor(
    x: keras.KerasTensor, maps: int, name: str, *, padding: str, batch_norm: bool
) -> keras.KerasTensor:
    """Returns two 3x3 convolutions with ReLU."""
    for i in (1, 2):
        here = f"{name}_conv{i}"
        x = layers.Conv2D(
            maps,
            3,
            padding=padding,
            use_bias=not batch_norm,
            kernel_initializer="he_normal",
            name=here,
        )(x)
        if batch_norm:
            x = BatchNormalization(momentum=0.9, name=f"{here}_norm")(x)
        x = layers.ReLU(name=f"{here}_relu")(x)
    return x


def _way_down(
    x: keras.KerasTensor, floor: Floor, depth: int, width: int, dropout: float
) -> list[keras.KerasTensor]:
    """Returns the maps of each floor, from the top."""
    features = []
    for i in range(depth + 1):
        if i:
            x = layers.MaxPooling2D(2, name=f"pool{i}")(x)
        x = floor(x, width * 2**i, f"down{i + 1}")
        # The two lowest floors, as in the authors' own net.
        if dropout and i >= depth - 1:
            x = layers.Dropout(dropout, name=f"dropout{i + 1}")(x)
        features.append(x)
    return features


def _way_up(features: list[keras.KerasTensor], floor: Floor, width: int) -> keras.KerasTensor:
    *bridges, x = features
    for i, bridge in reversed(list(enumerate(bridges))):
        maps = width * 2**i
        x = layers.Conv2DTranspose(
            maps, 2, strides=2, kernel_initializer="he_normal", activation="relu", name=f"up{i + 1}"
        )(x)
        bridge = _middle(bridge, x.shape[1:3], f"crop{i + 1}")
        x = layers.Concatenate(name=f"bridge{i + 1}")([bridge, x])
        x = floor(x, maps, f"up{i + 1}")
    return x


def _middle(x: keras.KerasTensor, size: Sequence[int], name: str) -> keras.KerasTensor:
    """Cuts the middle of `size` out of the maps."""
    spare = [have - want for have, want in zip(x.shape[1:3], size, strict=True)]
    if not any(spare):
        return x
    return layers.Cropping2D([(n // 2, n - n // 2) for n in spare], name=name)(x)


def filled(x: keras.KerasTensor, depth: int, padding: str) -> keras.KerasTensor:
    """Pads pictures to sizes that halve `depth` times."""
    missing = [-n % 2**depth for n in x.shape[1:3]]
    if padding == "valid" or not any(missing):
        return x
    return layers.ZeroPadding2D([(0, n) for n in missing], name="fill")(x)


def cut(x: keras.KerasTensor, like: keras.KerasTensor) -> keras.KerasTensor:
    """Undoes `filled`."""
    spare = [have - want for have, want in zip(x.shape[1:3], like.shape[1:3], strict=True)]
    if not any(spare):
        return x
    return layers.Cropping2D([(0, n) for n in spare], name="cut")(x)


def output_length(length: int, depth: int = 4) -> int | None:
    """Returns how many pixels a U-Net without padding classifies of `length` along one axis.

    Args:
        length: pixels along one axis of its input.
        depth: how often it is halved.

    Returns:
        The pixels left, or None if `length` does not halve `depth` times or nothing is left.
    """
    for _ in range(depth):
        length -= 4
        if length <= 0 or length % 2:
            return None
        length //= 2
    length -= 4
    for _ in range(depth):
        length = 2 * length - 4
    return length if length > 0 else None


def _check_size(input_shape: Sequence[int], depth: int) -> None:
    for length in input_shape[:2]:
        if output_length(length, depth) is None:
            larger = itertools.count(max(length, 4 * 2**depth))
            good = next(n for n in larger if output_length(n, depth))
            raise ValueError(
                f"Without padding, a side of {length} pixels does not halve {depth} times; the "
                f'next that does is {good}. `padding="same"` takes any `input_shape`. '
                f"Received: input_shape={tuple(input_shape)}"
            )
