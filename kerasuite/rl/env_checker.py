"""Checks of an environment before anything is learned in it."""

import re
import warnings
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from kerasuite.errors import InputError

STEPS = 50
_LARGE = 100.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Of Gymnasium's warnings, those that are no reason to worry here.
_HARMLESS = ("infinity", "-inf", "render", "is different from the unwrapped", "spec.max_episode")


def check_environment(env: gymnasium.Env) -> list[str]:
    """Looks for what would spoil training: Gymnasium's own checks, and some more.

    Plays some steps at random. What ships with Gymnasium is only played.

    Args:
        env: a single environment; it is reset, not closed.

    Returns:
        Warnings, a sentence each.

    Raises:
        InputError: if the environment breaks Gymnasium's API, or gives numbers that are not
            finite.
    """
    name = env.spec.id if env.spec is not None else type(env.unwrapped).__name__
    first, again = _play(env, name), _play(env, name)
    # Gymnasium's checks know no masks: they might do what is not allowed.
    masks = "action_mask" in env.reset(seed=0)[1]
    found = [] if masks or _is_gymnasiums(env) else _api(env, name)
    if not all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        found.append("the same seed and actions do not give the same episode: no run is repeatable")
    observations, rewards = first
    if observations.dtype.kind == "f" and np.abs(observations).max() > _LARGE:
        found.append(
            f"observations reach {np.abs(observations).max():.4g}: normalise them "
            "(normalize_observations)"
        )
    if np.abs(rewards).max() > _LARGE:
        found.append(
            f"rewards reach {np.abs(rewards).max():.4g}: normalise them (normalize_rewards)"
        )
    return found


def _is_gymnasiums(env: gymnasium.Env) -> bool:
    return type(env.unwrapped).__module__.startswith("gymnasium.envs.")


def _api(env: gymnasium.Env, name: str) -> list[str]:
    """Gymnasium's checks: its warnings in words, its assertions as an error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            check_env(env.unwrapped, skip_render_check=True, skip_close_check=True)
        except Exception as e:  # assertions, and whatever the environment itself raises
            raise InputError(
                f"The environment {name} breaks Gymnasium's API: {_COLOURS.sub('', str(e))}"
            ) from e
    texts = [_COLOURS.sub("", str(w.message)).removeprefix("WARN: ") for w in caught]
    kept = [t for t in texts if not any(word in t for word in _HARMLESS)]
    return list(dict.fromkeys(kept))


def _play(env: gymnasium.Env, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Observations and rewards of some random steps, always the same actions."""
    env.action_space.seed(0)
    observation, info = _asked(name, env.reset, seed=0)
    shape = env.observation_space.shape
    observations, rewards = [_observed(observation, name, shape)], [0.0]
    for step in range(STEPS):
        mask = _mask(info, env.action_space, name)
        action = env.action_space.sample(mask) if mask is not None else env.action_space.sample()
        result = _asked(name, env.step, action)
        if not isinstance(result, tuple) or len(result) != 5:
            raise InputError(
                f"The environment {name} breaks Gymnasium's API: `step` must return observation, "
                "reward, terminated, truncated and info"
            )
        observation, reward, terminated, truncated, info = result
        observations.append(_observed(observation, name, shape))
        if not np.isfinite(reward):
            raise InputError(f"The environment {name} gave the reward {reward} in step {step + 1}")
        rewards.append(float(reward))
        if terminated or truncated:
            observation, info = _asked(name, env.reset)
            observations.append(_observed(observation, name, shape))
    return np.stack(observations), np.array(rewards)


def _asked(name: str, function: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except Exception as e:
        raise InputError(
            f"The environment {name} failed in `{function.__name__}`: {type(e).__name__}: {e}"
        ) from e


def _observed(observation: Any, name: str, shape: tuple[int, ...] | None) -> np.ndarray:
    try:
        array = np.asarray(observation)
    except ValueError as e:
        array = None
        reason: Any = e
    else:
        reason = array.dtype
    if array is None or array.dtype.kind not in "fiub":
        raise InputError(
            f"Observations of {name} must be arrays of numbers of one shape; flatten others with "
            f"gymnasium.wrappers.FlattenObservation. Received: {reason}"
        )
    if shape is not None and array.shape != shape:
        raise InputError(
            f"Observations of {name} must have the shape of its observation space, {shape}. "
            f"Received: {array.shape}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"The environment {name} gave observations that are not finite")
    return array


def _mask(info: dict[str, Any], space: spaces.Space, name: str) -> np.ndarray | None:
    mask = info.get("action_mask")
    if mask is None:
        return None
    mask, expected = np.asarray(mask), (int(getattr(space, "n", 0)),)
    if mask.shape != expected or not mask.any():
        raise InputError(
            f'info["action_mask"] of {name} must have shape {expected} and allow an action. '
            f"Received: shape {mask.shape} with {np.count_nonzero(mask)} actions allowed"
        )
    return mask.astype("int8")
