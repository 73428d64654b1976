"""The two halves of an autoencoder, dense or convolutional: pictures to codes, and back."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts

_KERNEL = 3


def DenseEncoder(
    code_layer: keras.layers.Layer,
    input_shape: Sequence[int] = (28, 28, 1),
    hidden_units: Sequence[int] = (512,),
    activation: Any = "relu",
    classes: int = 0,
    name: str = "encoder",
) -> keras.Model:
    """Builds fully connected layers from a picture to its code.

    Args:
        code_layer: the last layer, which makes the code; it takes (batch, features).
        input_shape: (height, width, channels).
        hidden_units: units of each layer before it; may be empty.
        activation: of these layers.
        classes: above 0, the encoder also takes the one-hot code of a class, float
            (batch, classes), beside the pixels (a conditional autoencoder).
        name: of the model.

    Returns:
        A functional `keras.Model`, pictures, or [pictures, classes] → codes.

    Raises:
        ValueError: if an argument is not as described.
    """
    inputs = parts.picture_input(input_shape)
    x = layers.Flatten(name="flatten")(inputs)
    x, given = _with_classes(x, classes)
    for i, units in enumerate(hidden_units, 1):
        parts.check_width(units, "hidden_units")
        x = layers.Dense(units, activation, name=f"hidden{i}")(x)
    return keras.Model([inputs, *given] if given else inputs, code_layer(x), name=name)


def DenseDecoder(
    output_shape: Sequence[int] = (28, 28, 1),
    code: int = 32,
    hidden_units: Sequence[int] = (512,),
    activation: Any = "relu",
    classes: int = 0,
    name: str = "decoder",
) -> keras.Model:
    """Builds fully connected layers from a code to numbers for each pixel.

    Args:
        output_shape: (height, width, numbers for each pixel).
        code: size of the code.
        hidden_units: units of each layer between them, in the order of computation.
        activation: of these layers; the output has none.
        classes: as of `DenseEncoder`.
        name: of the model.

    Returns:
        A functional `keras.Model`, codes (batch, code), or [codes, classes] →
        (batch, *output_shape), float32.

    Raises:
        ValueError: if an argument is not as described.
    """
    parts.check_width(code, "code")
    inputs = keras.Input((code,), name="code")
    x, given = _with_classes(inputs, classes)
    for i, units in enumerate(hidden_units, 1):
        parts.check_width(units, "hidden_units")
        x = layers.Dense(units, activation, name=f"hidden{i}")(x)
    x = layers.Dense(math.prod(output_shape), dtype="float32", name="pixels")(x)
    x = layers.Reshape(tuple(output_shape), dtype="float32", name="reshape")(x)
    return keras.Model([inputs, *given] if given else inputs, x, name=name)


def ConvolutionalEncoder(
    code_layer: keras.layers.Layer,
    input_shape: Sequence[int] = (28, 28, 1),
    filters: Sequence[int] = (32, 64),
    activation: Any = "relu",
    classes: int = 0,
    name: str = "encoder",
) -> keras.Model:
    """Builds convolutions of stride 2 from a picture to its code.

    Args:
        code_layer: as of `DenseEncoder`.
        input_shape: (height, width, channels).
        filters: maps of each convolution; each halves the picture.
        activation: of these layers.
        classes: as of `DenseEncoder`; they join where the maps are flat.
        name: of the model.

    Returns:
        A functional `keras.Model`, pictures, or [pictures, classes] → codes.

    Raises:
        ValueError: if an argument is not as described.
    """
    inputs = parts.picture_input(input_shape)
    x = inputs
    for i, maps in enumerate(filters, 1):
        parts.check_width(maps, "filters")
        x = layers.Conv2D(maps, _KERNEL, 2, "same", activation=activation, name=f"conv{i}")(x)
    x, given = _with_classes(layers.Flatten(name="flatten")(x), classes)
    return keras.Model([inputs, *given] if given else inputs, code_layer(x), name=name)


def ConvolutionalDecoder(
    output_shape: Sequence[int] = (28, 28, 1),
    code: int = 32,
    filters: Sequence[int] = (64, 32),
    activation: Any = "relu",
    classes: int = 0,
    name: str = "decoder",
) -> keras.Model:
    """Builds transposed convolutions of stride 2 from a code to numbers for each pixel.

    Where the sides are no multiples of 2 to the power of their number, what is too much is cut off.

    Args:
        output_shape: (height, width, numbers for each pixel).
        code: size of the code.
        filters: maps before each of the transposed convolutions, in the order of computation.
        activation: of all but the last layer.
        classes: as of `DenseEncoder`.
        name: of the model.

    Returns:
        A functional `keras.Model`, codes, or [codes, classes] → (batch, *output_shape), float32.

    Raises:
        ValueError: if an argument is not as described.
    """
    parts.check_width(code, "code")
    if not filters:
        raise ValueError("`filters` must hold a number of maps. Received: filters=()")
    for maps in filters:
        parts.check_width(maps, "filters")
    height, width, numbers = output_shape
    rows, columns = (-(-side // 2 ** len(filters)) for side in (height, width))
    inputs = keras.Input((code,), name="code")
    x, given = _with_classes(inputs, classes)
    x = layers.Dense(rows * columns * filters[0], activation, name="start")(x)
    x = layers.Reshape((rows, columns, filters[0]), name="reshape")(x)
    for i, maps in enumerate([*filters[1:], None], 1):
        last = {"activation": activation} if maps else {"dtype": "float32"}
        wide = layers.Conv2DTranspose(maps or numbers, _KERNEL, 2, "same", name=f"wider{i}", **last)
        x = wide(x)
    grown = 2 ** len(filters)
    cut = ((0, rows * grown - height), (0, columns * grown - width))
    x = layers.Cropping2D(cut, dtype="float32", name="cut")(x)
    return keras.Model([inputs, *given] if given else inputs, x, name=name)


def _with_classes(
    x: keras.KerasTensor, classes: int
) -> tuple[keras.KerasTensor, list[keras.KerasTensor]]:
    """`x`, beside it the one-hot code of a class if there are classes; and the input for it."""
    if not classes:
        return x, []
    given = keras.Input((classes,), name="class")
    return layers.Concatenate(name="with_class")([x, given]), [given]
