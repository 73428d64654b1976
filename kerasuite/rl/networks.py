"""Good first nets: dense for vectors, convolutions for pictures. Any other Keras model will do."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from gymnasium import spaces

from kerasuite.errors import InputError

_LEAST = 36  # height and width of a picture that the convolutions leave something of


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
    if _shows_pictures(observation_space):
        return nature_network(shape, outputs, window_length)
    if isinstance(observation_space, spaces.Discrete):
        return _table(observation_space, outputs, window_length)
    state = shape if window_length == 1 else (window_length, *shape)
    return dense_network(state, outputs, **kwargs)


def default_actor(
    observation_space: spaces.Space, action_space: spaces.Box, window_length: int = 1, **kwargs
) -> keras.Model:
    """Returns a net of states to actions within the bounds of `action_space`, near their middle
    at first.

    Args:
        observation_space: of one environment.
        action_space: of one environment, with one axis.
        window_length: how many observations make a state.
        **kwargs: `hidden` and `activation`, as of `dense_network`.

    Raises:
        InputError: if actions have no bounds, or no net is known for the observations.
    """
    low, high = bounds(action_space)
    inputs, x = _body(observation_space, window_length, None, **kwargs)
    # Small, or tanh is flat from the start: Lillicrap et al. 2016, section 7.
    small = keras.initializers.RandomUniform(-3e-3, 3e-3)
    x = keras.layers.Dense(len(low), "tanh", kernel_initializer=small)(x)
    middle, half = (high + low) / 2, (high - low) / 2
    outputs = keras.layers.Rescaling(half.tolist(), middle.tolist())(x)
    return keras.Model(inputs, outputs, name="actor")


def default_critic(
    observation_space: spaces.Space, action_space: spaces.Box, window_length: int = 1, **kwargs
) -> keras.Model:
    """Returns a net of states and actions to one value; see `default_actor`.

    The input of actions is called "action".
    """
    low, high = bounds(action_space)
    action = keras.Input((len(low),), name="action")
    middle, half = (high + low) / 2, (high - low) / 2
    scaled = keras.layers.Rescaling((1 / half).tolist(), (-middle / half).tolist())(action)
    inputs, x = _body(observation_space, window_length, scaled, **kwargs)
    return keras.Model([action, inputs], dense(x, 1), name="critic")


def bounds(action_space: spaces.Space) -> tuple[np.ndarray, np.ndarray]:
    """Returns the least and the largest actions, float32 [size] each.

    Raises:
        InputError: if there are none.
    """
    box = isinstance(action_space, spaces.Box) and len(action_space.shape) == 1
    if not box or not action_space.is_bounded():
        raise InputError(
            "The action space must be a Box with one axis and bounds on both sides. "
            f"Received: {action_space}"
        )
    return action_space.low.astype("float32"), action_space.high.astype("float32")


def dense_network(
    input_shape: Sequence[int],
    outputs: int,
    hidden: Sequence[int] = (64, 64),
    activation: str = "relu",
) -> keras.Model:
    """Returns dense layers of `hidden` units, and one of `outputs` without activation."""
    inputs = keras.Input(tuple(input_shape))
    x = _hidden(inputs, hidden, activation)
    return keras.Model(inputs, dense(x, outputs), name="dense_network")


def dense(x: Any, units: int, activation: str | None = None) -> Any:
    """A dense layer of weights and biases from -1 / sqrt(f) to 1 / sqrt(f) for f inputs.

    Reference:
        Lillicrap et al. 2016, "Continuous control with deep reinforcement learning", section 7.
    """
    limit = x.shape[-1] ** -0.5
    return keras.layers.Dense(
        units,
        activation,
        kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
        bias_initializer=keras.initializers.RandomUniform(-limit, limit),
    )(x)


def nature_network(
    picture_shape: Sequence[int], outputs: int, window_length: int = 4
) -> keras.Model:
    """Returns the net that played Atari games, for bytes.

    Args:
        picture_shape: (height, width) or (height, width, channels); with another axis before them
            if observations are stacks of pictures.
        outputs: how many numbers, without activation.
        window_length: how many observations make a state.

    Raises:
        InputError: if the pictures are smaller than 36x36, or stacks are to be stacked.

    Reference:
        Mnih et al. 2015, "Human-level control through deep reinforcement learning", methods,
        "model architecture".
    """
    shape = (window_length, *picture_shape) if window_length > 1 else tuple(picture_shape)
    inputs = keras.Input(shape)
    x = _convolutions(inputs, _one_picture(picture_shape, window_length))
    x = keras.layers.Dense(512, "relu")(x)
    return keras.Model(inputs, keras.layers.Dense(outputs)(x), name="nature_network")


def _convolutions(inputs: Any, picture: tuple[int, ...]) -> Any:
    """The features of `nature_network`, of a picture of this shape or of several."""
    x = keras.layers.Rescaling(1 / 255)(inputs)
    if len(inputs.shape) - 1 > len(picture):  # several become channels
        x = keras.layers.Permute((2, 3, 1) if len(picture) == 2 else (2, 3, 1, 4))(x)
        x = keras.layers.Reshape((*picture[:2], -1))(x)
    elif len(picture) == 2:
        x = keras.layers.Reshape((*picture, 1))(x)
    for filters, size, stride in ((32, 8, 4), (64, 4, 2), (64, 3, 1)):
        x = keras.layers.Conv2D(filters, size, stride, activation="relu")(x)
    return keras.layers.Flatten()(x)


def _body(
    space: spaces.Space,
    window_length: int,
    beside: Any,
    hidden: Sequence[int] = (64, 64),
    activation: str = "relu",
) -> tuple[Any, Any]:
    """An input of states, and features of them and of what is `beside` (None for nothing)."""
    shape = space.shape
    if shape is None or isinstance(space, spaces.Discrete):
        raise InputError(f"No net of continuous actions is known for observations of {space}")
    shape = shape if window_length == 1 else (window_length, *shape)
    inputs = x = keras.Input(shape)
    if _shows_pictures(space):
        x = _convolutions(inputs, _one_picture(space.shape, window_length))
        hidden = (512,)
    return inputs, _hidden(x, hidden, activation, beside)


def _hidden(x: Any, hidden: Sequence[int], activation: str, beside: Any = None) -> Any:
    if len(x.shape) != 2:
        x = keras.layers.Flatten()(x)
    if beside is not None:
        x = keras.layers.Concatenate()([x, beside])
    for units in hidden:
        x = dense(x, units, activation)
    return x


def _shows_pictures(space: spaces.Space) -> bool:
    """Whether observations are pictures, or stacks of them."""
    return space.dtype == np.uint8 and 2 <= len(space.shape) <= 4


def _one_picture(shape: Sequence[int], window_length: int) -> tuple[int, ...]:
    """The shape of one picture, where observations of `shape` may be stacks of them.

    That is how Gymnasium's FrameStackObservation and Atari's vectors of environments show them.
    """
    shape = tuple(shape)
    stacked = len(shape) == 4 or (len(shape) == 3 and shape[0] < _LEAST <= min(shape[1:]))
    if stacked and window_length > 1:
        raise InputError(
            f"Observations of shape {shape} are stacks of pictures already: window_length must be "
            f"1. Received: {window_length}"
        )
    picture = shape[1:] if stacked else shape
    if min(picture[:2]) < _LEAST:
        raise InputError(
            f"Pictures of at least {_LEAST}x{_LEAST} are expected. Received: shape {shape}"
        )
    return picture


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
