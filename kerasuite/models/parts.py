"""What all builders share: the checks of their arguments, the input, the pooled features."""

import numbers
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import L2Pooling2D, StochasticPooling2D

_POOLING_LAYERS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "l2": L2Pooling2D,
    "stochastic": StochasticPooling2D,
}


def picture_input(input_shape: Sequence[int], least_size: int = 1) -> keras.KerasTensor:
    """Returns the input of a picture model.

    Args:
        input_shape: (height, width, channels), positive integers.
        least_size: the smallest height and width that the model can take.

    Raises:
        ValueError: if `input_shape` is anything else, or Keras is set to channels first.
    """
    return _checked_input(input_shape, ("height", "width", "channels"), least_size)


def clip_input(input_shape: Sequence[int], least_size: int = 1) -> keras.KerasTensor:
    """Returns the input of a model of clips, pictures one after the other.

    Args:
        input_shape: (frames, height, width, channels), positive integers.
        least_size: the smallest height and width that the model can take.

    Raises:
        ValueError: if `input_shape` is anything else, or Keras is set to channels first.
    """
    return _checked_input(input_shape, ("frames", "height", "width", "channels"), least_size)


def check_top(include_top: bool, pooling: str | None, classes: int) -> None:
    """Checks the arguments that every builder has.

    Raises:
        ValueError: if `pooling` is not one of None, "avg" and "max", or `classes` is not a
            positive integer.
    """
    if pooling not in (None, "avg", "max"):
        raise ValueError(
            f'`pooling` must be one of None, "avg" and "max". Received: pooling={pooling!r}'
        )
    if include_top and not _is_count(classes):
        raise ValueError(f"`classes` must be a positive integer. Received: classes={classes}")


def check_rate(rate: float, name: str) -> None:
    """Checks a share of units to drop.

    Raises:
        ValueError: if it is not in [0, 1).
    """
    if not isinstance(rate, numbers.Real) or not 0 <= rate < 1:
        raise ValueError(f"`{name}` must be in [0, 1). Received: {name}={rate}")


def check_width(width: int, name: str) -> None:
    """Checks a number of units.

    Raises:
        ValueError: if it is not a positive integer.
    """
    if not _is_count(width):
        raise ValueError(f"`{name}` must be a positive integer. Received: {name}={width}")


def check_classes_or_none(classes: int) -> None:
    """Checks a number of classes where 0 says that there are none.

    Raises:
        ValueError: if it is not a positive integer or 0.
    """
    if isinstance(classes, bool) or not (_is_count(classes) or classes == 0):
        raise ValueError(
            f"`classes` must be a positive integer, or 0 for none. Received: classes={classes}"
        )


def check_positive_shape(input_shape: Sequence[int], axes: int | None = None) -> None:
    """Checks the shape of an input of any kind.

    Args:
        input_shape: without the batch.
        axes: how many numbers it must have; None for one or more.

    Raises:
        ValueError: if it is not positive integers, as many as `axes`.
    """
    shape = tuple(input_shape) if isinstance(input_shape, Sequence) else ()
    if len(shape) != (axes or max(len(shape), 1)) or any(not _is_count(n) for n in shape):
        count = "positive integers" if axes is None else f"{axes} positive integers"
        raise ValueError(f"`input_shape` must be {count}. Received: input_shape={input_shape}")


def check_channels_last() -> None:
    """Checks that Keras is not set to channels first.

    Raises:
        ValueError: if it is.
    """
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "This model takes channels-last pictures. "
            'Received: keras.config.image_data_format()="channels_first"'
        )


def pooling_class(pooling_layer: str) -> type[keras.layers.Layer]:
    """Returns the layer that shrinks maps between convolutions.

    Args:
        pooling_layer: "max", "average", "l2" (the root of the sum of squares) or "stochastic",
            which needs activations of at least 0.

    Raises:
        ValueError: if there is no such layer.
    """
    if pooling_layer not in _POOLING_LAYERS:
        raise ValueError(
            '`pooling_layer` must be one of "max", "average", "l2" and "stochastic". '
            f"Received: pooling_layer={pooling_layer!r}"
        )
    return _POOLING_LAYERS[pooling_layer]


def pooled_features(x: keras.KerasTensor, pooling: str | None) -> keras.KerasTensor:
    """Returns the features of a model without its top: the maps, or one number a map.

    Args:
        x: feature maps (batch, height, width, channels).
        pooling: None for the maps themselves, "avg" or "max" for (batch, channels).
    """
    if pooling == "avg":
        return layers.GlobalAveragePooling2D(name="avg_pool")(x)
    if pooling == "max":
        return layers.GlobalMaxPooling2D(name="max_pool")(x)
    return x


def predictions(x: keras.KerasTensor, classes: int, activation: Any) -> keras.KerasTensor:
    """Returns the output of a classifier: one number a class, float32 under any policy.

    Args:
        x: features (batch, channels).
        classes: number of classes.
        activation: "softmax" for probabilities, None for logits.
    """
    return layers.Dense(classes, activation=activation, dtype="float32", name="predictions")(x)


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value > 0


def _checked_input(input_shape: Any, axes: tuple[str, ...], least_size: int) -> keras.KerasTensor:
    check_channels_last()
    shape = tuple(input_shape) if isinstance(input_shape, Sequence) else ()
    if len(shape) != len(axes) or any(not _is_count(n) for n in shape):
        raise ValueError(
            f"`input_shape` must be {len(axes)} positive integers, ({', '.join(axes)}). "
            f"Received: input_shape={input_shape}"
        )
    if min(shape[-3:-1]) < least_size:
        raise ValueError(
            f"The height and width of `input_shape` must be at least {least_size}. "
            f"Received: input_shape={input_shape}"
        )
    return keras.Input(shape)
