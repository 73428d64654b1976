"""What agents check: arguments, nets against environments, losses."""

import warnings
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from gymnasium import spaces

from kerasuite.errors import InputError, KerasuiteError


def check_fractions(**values: float) -> None:
    """Refuses what is not from 0 to 1.

    Raises:
        ValueError: naming it.
    """
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"`{name}` must be from 0 to 1. Received: {name}={value}")


def check_positive(**values: float) -> None:
    """Refuses what is not above 0.

    Raises:
        ValueError: naming it.
    """
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"`{name}` must be positive. Received: {name}={value}")


def check_counts(**values: int) -> None:
    """Refuses what is no whole number of at least 1.

    Raises:
        ValueError: naming it.
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value}")


def check_memory_interval(memory_interval: int) -> None:
    """Refuses keras-rl's `memory_interval`, unless it is 1.

    Of steps that it left out keras-rl lost the rewards and the ends of episodes, so that what was
    remembered had never happened.

    Raises:
        ValueError: saying what to use.
    """
    if memory_interval != 1:
        raise ValueError(
            "`memory_interval` must be 1: every step is remembered, or rewards and ends of "
            "episodes would be lost. DQN's `n_steps` learns from several steps at once, "
            "`action_repetition` of fit() makes one step of several. "
            f"Received: memory_interval={memory_interval}"
        )


def clip_of(delta_clip: float, delta_range: tuple[float, float] | None) -> float:
    """Returns `delta_clip`, or what keras-rl's older word said, with a warning.

    Args:
        delta_clip: where Huber's loss turns from square to straight.
        delta_range: the older word: a pair, of which the second counts; None if it is not used.

    Raises:
        ValueError: if the number is not positive.
    """
    if delta_range is not None:
        delta_clip = delta_range[1]
        warnings.warn(
            f"`delta_range` is deprecated: use `delta_clip={delta_clip}`",
            FutureWarning,
            stacklevel=3,
        )
    check_positive(delta_clip=delta_clip)
    return delta_clip


def check_discrete(space: spaces.Space, nb_actions: int, agent: str) -> None:
    """Refuses other spaces than one of `nb_actions` actions.

    Raises:
        InputError: saying which is expected and which was received.
    """
    if not isinstance(space, spaces.Discrete) or space.n != nb_actions:
        raise InputError(
            f"{agent} chooses one of nb_actions={nb_actions} actions: the action space must be "
            f"Discrete({nb_actions}). Received: {space}"
        )


def check_box(space: spaces.Space, nb_actions: int, bounded: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns the bounds of actions, float32 [nb_actions] each.

    Raises:
        InputError: if they are not `nb_actions` numbers, or have no bounds where that is needed.
    """
    fits = isinstance(space, spaces.Box) and space.shape == (nb_actions,)
    if not fits or (bounded and not space.is_bounded()):
        raise InputError(
            f"The action space must be a Box of shape ({nb_actions},), as nb_actions={nb_actions}"
            f"{', with bounds on both sides' if bounded else ''}. Received: {space}"
        )
    return space.low.astype("float32"), space.high.astype("float32")


def check_output(model: keras.Model, size: int, name: str) -> None:
    """Refuses a net of other outputs than [batch, size].

    Raises:
        InputError: naming both shapes.
    """
    if model.output_shape != (None, size):
        raise InputError(
            f"The {name}'s output must have the shape {(None, size)}. "
            f"Received: {model.output_shape}"
        )


def check_input(
    model: keras.Model | tuple, observation_space: spaces.Space, window_length: int
) -> None:
    """Compares what a net (or an input of this shape) takes with what an environment shows.

    keras-rl's nets have an axis for the window even if its length is 1.

    Raises:
        InputError: if they differ, naming both shapes.
    """
    shape = (window_length, *observation_space.shape)
    fitting = [shape, shape[1:]] if window_length == 1 else [shape]
    received = model if isinstance(model, tuple) else model.input_shape
    given = received if isinstance(received, tuple) else ()
    if tuple(given[1:]) not in fitting:
        expected = " or ".join(str((None, *s)) for s in fitting)
        raise InputError(
            f"The model's input does not fit the environment: observations of shape "
            f"{observation_space.shape} with window_length={window_length} need an input of shape "
            f"{expected}. Received: {received}"
        )


def check_finite(losses: np.ndarray, step: int, models: Iterable[Any]) -> None:
    """Stops training whose loss is no longer a number.

    Args:
        losses: float [steps], of consecutive gradient steps.
        step: of the environments.
        models: what is learned.

    Raises:
        KerasuiteError: naming step, gradient step and the first weights that are not finite.
    """
    if np.isfinite(losses).all():
        return
    first = int(np.argmin(np.isfinite(losses)))
    raise KerasuiteError(
        f"The loss became {losses[first]} after {step} steps, in gradient step {first + 1} of "
        f"{len(losses)}; {_not_finite(models)}"
    )


def check_actions(actions: np.ndarray, step: int, models: Iterable[Any]) -> None:
    """Stops an agent whose actions are no longer numbers, before the environment is told.

    Args:
        actions: [envs, ...].
        step: of the environments.
        models: what is learned.

    Raises:
        KerasuiteError: naming the step and the first weights that are not finite.
    """
    # The sum is not finite if any number is not.
    if actions.dtype.kind == "f" and not np.isfinite(actions.sum()):
        wrong = actions[~np.isfinite(actions)]
        if len(wrong):
            raise KerasuiteError(
                f"An action became {wrong[0]} after {step} steps; {_not_finite(models)}"
            )


def _not_finite(models: Iterable[Any]) -> str:
    """Names the first weights that are not finite, and what may help."""
    weights = [w for model in models for w in model.weights]
    wrong = [w.path for w in weights if not np.isfinite(keras.ops.convert_to_numpy(w)).all()]
    return (
        f"not finite any more: {', '.join(wrong[:3]) or 'no weight yet'}. A smaller learning rate, "
        "or clipping (global_clipnorm of the optimizer), may help"
    )
