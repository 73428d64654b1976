"""What lies between an environment and an agent: other observations, rewards, actions."""

from typing import Any

import numpy as np


class Processor:
    """Changes nothing; subclasses override what they need.

    Observations are processed before they are remembered (resize pictures here), batches of states
    before the net sees them (scale pictures here, so that the memory keeps bytes).

    The agent sets `training` while it learns. The methods in the plural take all environments at
    once; by default they ask those in the singular about one after another.
    """

    training = False

    def reset(self, nb_envs: int) -> None:
        """Is told that new episodes begin in all environments."""

    def process_observations(self, observations: np.ndarray) -> np.ndarray:
        """Returns what the agent sees, for observations [envs, ...]."""
        return np.stack([self.process_observation(o) for o in observations])

    def process_rewards(self, rewards: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Returns the rewards that the agent learns from, float [envs].

        Args:
            rewards: float [envs].
            ended: bool [envs], where the episode ends with this step.
        """
        return np.array([self.process_reward(r) for r in rewards], "float32")

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


class Normalizer(Processor):
    """Normalises observations, rewards or both by what was seen so far.

    Observations get mean 0 and standard deviation 1 in each feature, when the net is given them:
    the memory keeps what the environment showed. Rewards are divided by the standard deviation of
    the discounted sum of rewards so far; their mean stays, for it tells good from bad.

    The figures are updated in training only, and saved with the agent's state.

    Args:
        observations: whether to normalise observations.
        rewards: whether to normalise rewards.
        gamma: the agent's discount of a step, for rewards.
        clip: bound of the normalised numbers.

    Reference:
        Engstrom et al. 2020, "Implementation matters in deep policy gradients", section 2, on
        scaling rewards by discounted sums.
    """

    def __init__(
        self,
        observations: bool = True,
        rewards: bool = False,
        gamma: float = 0.99,
        clip: float = 10.0,
    ) -> None:
        self.gamma, self.clip = gamma, clip
        self.observations = Moments() if observations else None
        self.rewards = Moments() if rewards else None
        self._returns = np.zeros(1)

    def reset(self, nb_envs: int) -> None:
        self._returns = np.zeros(nb_envs)

    def process_observations(self, observations: np.ndarray) -> np.ndarray:
        if self.observations is not None and self.training:
            self.observations.update(observations)
        return np.array(observations)

    def process_rewards(self, rewards: np.ndarray, ended: np.ndarray) -> np.ndarray:
        if self.rewards is None:
            return rewards
        if self.training:
            self._returns = self.gamma * self._returns + rewards
            self.rewards.update(self._returns)
            self._returns[ended] = 0
        return np.clip(rewards / self.rewards.std, -self.clip, self.clip)

    def process_state_batch(self, batch: np.ndarray) -> np.ndarray:
        if self.observations is None or not self.observations.count:
            return batch
        normal = (batch - self.observations.mean) / self.observations.std
        return np.clip(normal, -self.clip, self.clip).astype("float32")

    def state(self) -> dict[str, Any]:
        kept = {"observations": self.observations, "rewards": self.rewards}
        return {name: moments.state() for name, moments in kept.items() if moments is not None}

    def restore(self, values: dict[str, Any]) -> None:
        for name, state in values.items():
            if (moments := getattr(self, name)) is not None:
                moments.restore(state)


class WhiteningNormalizerProcessor(Normalizer):
    """keras-rl's name for a `Normalizer` of observations.

    Args:
        clip: bound of the normalised numbers.
    """

    def __init__(self, clip: float = 10.0) -> None:
        super().__init__(clip=clip)


class Moments:
    """Mean and standard deviation of all that was seen so far.

    Reference:
        Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
        variances", equation 2.1.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: np.ndarray = np.zeros(())
        self.squares: np.ndarray = np.zeros(())  # summed deviations from the mean, squared

    @property
    def std(self) -> np.ndarray:
        """The standard deviation, a little above 0 where nothing varies; 1 at first."""
        if not self.count:
            return np.ones_like(self.mean)
        return np.sqrt(self.squares / self.count + 1e-8)

    def update(self, batch: np.ndarray) -> None:
        """Takes more into account, [n, ...]."""
        batch = np.asarray(batch, "float64")
        new, mean = len(batch), batch.mean(axis=0)
        both, apart = self.count + new, mean - self.mean
        self.squares = (
            self.squares + ((batch - mean) ** 2).sum(axis=0) + apart**2 * self.count * new / both
        )
        self.mean = self.mean + apart * new / both
        self.count = both

    def state(self) -> dict[str, Any]:
        """Plain values that `restore` takes."""
        return {
            "count": self.count, "mean": self.mean.tolist(), "squares": self.squares.tolist()
        }  # fmt: skip

    def restore(self, values: dict[str, Any]) -> None:
        """Puts back what `state` gave."""
        self.count = values["count"]
        self.mean, self.squares = np.array(values["mean"]), np.array(values["squares"])
