"""Environments small enough to reason about, and broken ones."""

import gymnasium
import numpy as np
from gymnasium import spaces


class Identity(gymnasium.Env):
    """The observation says which action is right: 1 for it, 0 otherwise. Ten steps an episode.

    Args:
        actions: how many there are.
        masked: allow, in each step, the right action and one more.
    """

    def __init__(self, actions=3, masked=False, length=10):
        self.actions, self.masked, self.length = actions, masked, length
        self.observation_space = spaces.Box(0, 1, (actions,), np.float32)
        self.action_space = spaces.Discrete(actions)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observe()

    def step(self, action):
        if self.masked:
            assert self.mask[action]
        reward = float(action == self.right)
        self.steps += 1
        observation, info = self._observe()
        return observation, reward, False, self.steps >= self.length, info

    def _observe(self):
        self.right = int(self.np_random.integers(self.actions))
        self.mask = np.zeros(self.actions, np.int8)
        self.mask[[self.right, (self.right + 1) % self.actions]] = 1
        info = {"action_mask": self.mask} if self.masked else {}
        return np.eye(self.actions, dtype=np.float32)[self.right], info


class ContinuousIdentity(gymnasium.Env):
    """The action should equal the observation, a number from -1 to 1. Ten steps an episode."""

    observation_space = spaces.Box(-1, 1, (1,), np.float32)
    action_space = spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observe(), {}

    def step(self, action):
        reward = -float(abs(action[0] - self.right[0]))
        self.steps += 1
        return self._observe(), reward, False, self.steps >= 10, {}

    def _observe(self):
        self.right = self.np_random.uniform(-1, 1, 1).astype("float32")
        return self.right


class Count(gymnasium.Env):
    """Shows the number of the step and rewards with it: every transition can be told.

    A seed makes it count from 0 again.

    Args:
        length: of an episode.
        terminates: whether it ends by termination, else by truncation.
    """

    def __init__(self, length=4, terminates=True):
        self.length, self.terminates = length, terminates
        self.observation_space = spaces.Box(0, 1e6, (1,), np.float32)
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps, self.now = 0, self.now + 1 if seed is None else 0
        return self._observe(), {}

    def step(self, action):
        reward = float(self.now)
        self.steps, self.now = self.steps + 1, self.now + 1
        over = self.steps >= self.length
        return self._observe(), reward, over and self.terminates, over and not self.terminates, {}

    def _observe(self):
        return np.array([self.now], np.float32)


class Broken(Count):
    """After three steps does what `how` says."""

    def __init__(self, how):
        super().__init__(length=10)
        self.how = how

    def step(self, action):
        result = super().step(action)
        if self.steps < 3:
            return result
        if self.how == "nan":
            return np.array([np.nan], np.float32), *result[1:]
        if self.how == "reward":
            return result[0], float("inf"), *result[2:]
        if self.how == "shape":
            return np.zeros(2, np.float32), *result[1:]
        if self.how == "raise":
            raise RuntimeError("the simulator crashed")
        return result[:4]  # the old API


def vector(count, make=Identity, **kwargs):
    """`count` of them, one after another."""
    return gymnasium.vector.SyncVectorEnv([lambda: make(**kwargs)] * count)
