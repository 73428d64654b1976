"""Good first nets: dense for vectors, convolutions for pictures. Any other Keras model will do."""

from collections.abc import Sequence

import keras
import numpy as np
from gymnasium import spaces

from kerasuite.errors import InputError


def default_network(
    observation_space: spaces.Space, outputs: int, window_length: int = 1, **kwargs
) -> keras.Model:
    """Returns a net that takes states of `observation_space` and has `outputs` numbers.

    Args:
        observation_space: of one environment.
        outputs: how many numbers, without activation.
        window_length: how many observations make a state.
        **kwargs: of `dense_network`, for vectors.

    Raises:
        InputError: if observations are neither numbers, vectors nor pictures.
    """
    shape = observation_space.shape
    if shape is None:
        raise InputError(f"No net is known for observations of {observation_space}")
    if observation_space.dtype == np.uint8 and len(shape) in (2, 3):
        return nature_network(shape, outputs, window_length)
    if isinstance(observation_space, spaces.Discrete):
        return _table(observation_space, outputs, window_length)
    state = shape if window_length == 1 else (window_length, *shape)
    return dense_network(state, outputs, **kwargs)


def dense_network(
    input_shape: Sequence[int],
    outputs: int,
    hidden: Sequence[int] = (64, 64),
    activation: str = "relu",
) -> keras.Model:
    """Returns dense layers of `hidden` units, and one of `outputs` without activation."""
    inputs = x = keras.Input(tuple(input_shape))
    if len(input_shape) != 1:
        x = keras.layers.Flatten()(x)
    for units in hidden:
        x = keras.layers.Dense(units, activation)(x)
    return keras.Model(inputs, keras.layers.Dense(outputs)(x), name="dense_network")


def nature_network(
    picture_shape: Sequence[int], outputs: int, window_length: int = 4
) -> keras.Model:
    """Returns the net that played Atari games, for bytes.

    Args:
        picture_shape: (height, width) or (height, width, channels).
        outputs: how many numbers, without activation.
        window_length: how many pictures make a state.

    Raises:
        InputError: if the pictures are smaller than 36x36.

    Reference:
        Mnih et al. 2015, "Human-level control through deep reinforcement learning", methods,
        "model architecture".
    """
    if min(picture_shape[:2]) < 36:
        raise InputError(
            f"Pictures of at least 36x36 are expected. Received: shape {tuple(picture_shape)}"
        )
    shape = (window_length, *picture_shape) if window_length > 1 else tuple(picture_shape)
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    if len(shape) == 2:
        x = keras.layers.Reshape((*shape, 1))(x)
    elif window_length > 1:
        # The window becomes channels.
        x = keras.layers.Permute((2, 3, 1) if len(shape) == 3 else (2, 3, 1, 4))(x)
        x = keras.layers.Reshape((*picture_shape[:2], -1))(x)
    for filters, size, stride in ((32, 8, 4), (64, 4, 2), (64, 3, 1)):
        x = keras.layers.Conv2D(filters, size, stride, activation="relu")(x)
    x = keras.layers.Dense(512, "relu")(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(outputs)(x), name="nature_network")


def _table(space: spaces.Discrete, outputs: int, window_length: int) -> keras.Model:
    """A row of numbers for each observation: tabular learning, if the window is 1."""
    if space.start != 0:
        raise InputError(f"Observations must count from 0. Received: {space}")
    inputs = keras.Input((window_length,), dtype="int32")
    x = keras.layers.Embedding(int(space.n), outputs)(inputs)
    x = keras.layers.Flatten()(x)
    if window_length > 1:
        x = keras.layers.Dense(outputs)(x)
    return keras.Model(inputs, x, name="table")
