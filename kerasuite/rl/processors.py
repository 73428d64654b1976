"""What lies between an environment and an agent: other observations, rewards, actions."""

from typing import Any

import numpy as np


class Processor:
    """Changes nothing; subclasses override what they need.

    Observations are processed before they are remembered (resize pictures here), batches of states
    before the net sees them (scale pictures here, so that the memory keeps bytes).

    The agent sets `training` while it learns.
    """

    training = False

    def process_observation(self, observation: np.ndarray) -> np.ndarray:
        """Returns what the agent sees of one environment's observation; always of one shape."""
        return observation

    def process_reward(self, reward: float) -> float:
        """Returns the reward that the agent learns from."""
        return reward

    def process_action(self, actions: np.ndarray) -> np.ndarray:
        """Returns what the environments are told, [envs, ...]."""
        return actions

    def process_state_batch(self, batch: np.ndarray) -> np.ndarray:
        """Returns what the net is given, for states [batch, ...] of any batch."""
        return batch

    def state(self) -> dict[str, Any]:
        """Plain values that `restore` takes."""
        return {}

    def restore(self, values: dict[str, Any]) -> None:
        """Puts back what `state` gave."""


class WhiteningNormalizerProcessor(Processor):
    """Normalises observations to mean 0 and standard deviation 1, by all that were seen so far.

    The figures are updated by what an agent acts on in training, and saved with its state.

    Args:
        clip: bound of the normalised numbers.
    """

    def __init__(self, clip: float = 10.0) -> None:
        self.clip = clip
        self.count = 0
        self.mean: np.ndarray | None = None

    def process_observation(self, observation: np.ndarray) -> np.ndarray:
        if self.training:
            self._update(np.asarray(observation, "float64"))
        return observation

    def process_state_batch(self, batch: np.ndarray) -> np.ndarray:
        if self.mean is None:
            return batch
        deviation = np.sqrt(self.squares / max(self.count, 1) + 1e-8)
        return np.clip((batch - self.mean) / deviation, -self.clip, self.clip).astype("float32")

    def state(self) -> dict[str, Any]:
        if self.mean is None:
            return {}
        return {"count": self.count, "mean": self.mean.tolist(), "squares": self.squares.tolist()}

    def restore(self, values: dict[str, Any]) -> None:
        if values:
            self.count = values["count"]
            self.mean, self.squares = np.array(values["mean"]), np.array(values["squares"])

    def _update(self, observation: np.ndarray) -> None:
        """Welford's update of the mean and the sum of squared deviations."""
        if self.mean is None:
            self.mean, self.squares = np.zeros_like(observation), np.zeros_like(observation)
        self.count += 1
        before = observation - self.mean
        self.mean = self.mean + before / self.count
        self.squares = self.squares + before * (observation - self.mean)
