"""What is kept of running episodes: the latest observations, and sums of rewards."""

from typing import Any

import numpy as np

from kerasuite.rl.callbacks import CallbackList
from kerasuite.rl.memory import Transition


class Window:
    """The latest observations of each environment; zeros before the start of an episode."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._frames: np.ndarray | None = None

    def push(self, observations: np.ndarray, first: np.ndarray) -> np.ndarray:
        """Returns the states now, [envs, length, ...], or [envs, ...] for a length of 1.

        Args:
            observations: [envs, ...].
            first: bool [envs], which begin an episode.
        """
        if self.length == 1:
            return observations
        if self._frames is None:
            shape = (len(observations), self.length, *observations.shape[1:])
            self._frames = np.zeros(shape, observations.dtype)
        self._frames = np.roll(self._frames, -1, axis=1)
        self._frames[first] = 0
        self._frames[:, -1] = observations
        return self._frames


class Episodes:
    """Sums rewards and steps of episodes, and tells callbacks of them."""

    def __init__(
        self,
        nb_envs: int,
        count: int,
        listeners: CallbackList,
        quota: np.ndarray | None = None,
    ) -> None:
        self.rewards, self.steps = np.zeros(nb_envs), np.zeros(nb_envs, int)
        self.ended = np.zeros(nb_envs, int)
        self.numbers = np.arange(count, count + nb_envs)
        self.next_number = count + nb_envs
        self.finished = count
        self.listeners, self.quota = listeners, quota
        for number in self.numbers:
            listeners.call("episode_begin", int(number), {})

    def update(self, transition: Transition, rewards: np.ndarray, nb_steps: int) -> int:
        """Takes a step into account; returns how many episodes have ended so far.

        Args:
            transition: the step.
            rewards: float [envs], the environments' own: a processor may change what is learned
                from, but not what an episode is worth.
            nb_steps: of the agent, so far.
        """
        self.rewards += rewards
        self.steps += transition.valid
        done = transition.terminated | transition.truncated
        if done.any():
            for i in np.flatnonzero(done):
                self._end(int(i), nb_steps)
        return self.finished

    def _end(self, i: int, nb_steps: int) -> None:
        logs = {
            "episode_reward": float(self.rewards[i]),
            "nb_episode_steps": int(self.steps[i]),
            "nb_steps": nb_steps,
        }
        if self.quota is None or self.ended[i] < self.quota[i]:
            self.listeners.call("episode_end", int(self.numbers[i]), logs)
            self.finished += 1
        self.ended[i] += 1
        self.rewards[i] = self.steps[i] = 0
        self.numbers[i] = self.next_number
        self.next_number += 1
        if self.quota is None or self.ended[i] < self.quota[i]:
            self.listeners.call("episode_begin", int(self.numbers[i]), {})


def episode_seed(seed: int, step: int) -> int:
    """A seed of the environments for episodes that begin at `step`; -1 stands for a test."""
    return int(np.random.SeedSequence([seed, step + 1]).generate_state(1)[0] >> 1)


def step_logs(transition: Transition, metrics: dict[str, float]) -> dict[str, Any]:
    """What callbacks are told of a step, see `kerasuite.rl.callbacks.Callback`."""
    return {
        "action": transition.actions,
        "observation": transition.next_observations,
        "reward": transition.rewards,
        "valid": transition.valid,
        "metrics": metrics,
    }
