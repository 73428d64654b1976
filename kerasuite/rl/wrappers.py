"""What keras-rl's `fit` and `test` do to a single environment, as Gymnasium's wrappers."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from kerasuite.errors import InputError
from kerasuite.rl.checks import check_counts


class ActionRepetition(gymnasium.Wrapper):
    """Takes each action several times and sums the rewards, until the episode ends.

    Args:
        env: an environment.
        count: how many times.
    """

    def __init__(self, env: gymnasium.Env, count: int) -> None:
        super().__init__(env)
        self.count = count

    def step(self, action: Any) -> tuple:
        total = 0.0
        for _ in range(self.count):
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += float(reward)
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, info


class RandomStart(gymnasium.Wrapper):
    """Takes some steps at the start of each episode that the agent does not see.

    Args:
        env: an environment.
        most: the most steps; how many is drawn for each episode, from 0.
        policy: an observation to an action; None for any action.
    """

    def __init__(
        self, env: gymnasium.Env, most: int, policy: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(env)
        self.most, self.policy = most, policy
        self._rng = np.random.default_rng()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
            self.env.action_space.seed(seed)
        observation, info = self.env.reset(seed=seed, options=options)
        for _ in range(self._rng.integers(self.most + 1)):
            sample = self.env.action_space.sample
            action = sample() if self.policy is None else self.policy(observation)
            observation, _, terminated, truncated, info = self.env.step(action)
            if terminated or truncated:
                return self.env.reset(options=options)
        return observation, info


def wrapped(
    env: Any,
    action_repetition: int = 1,
    nb_max_start_steps: int = 0,
    start_step_policy: Callable[[Any], Any] | None = None,
) -> Any:
    """Returns `env` so changed; itself if nothing is to change.

    Args:
        env: a Gymnasium environment; anything else only if nothing is to change.
        action_repetition: how often each action is taken.
        nb_max_start_steps: the most steps at the start of an episode that the agent does not see.
        start_step_policy: an observation to an action, for these; None for any action.

    Raises:
        InputError: if `env` is no single environment.
        ValueError: if a number is out of its range.
    """
    check_counts(action_repetition=action_repetition, nb_max_start_steps=nb_max_start_steps + 1)
    if action_repetition == 1 and nb_max_start_steps == 0:
        return env
    if not isinstance(env, gymnasium.Env):
        raise InputError(
            "action_repetition and nb_max_start_steps are for a single gymnasium.Env; wrap each "
            "environment of a vector with kerasuite.rl.wrappers instead. "
            f"Received: {type(env).__name__}"
        )
    if nb_max_start_steps:
        env = RandomStart(env, nb_max_start_steps, start_step_policy)
    return ActionRepetition(env, action_repetition) if action_repetition > 1 else env
