"""How an action follows from the values of all actions.

Policies take many states at once: `q_values` float [..., actions] gives int [...]. An action that
is not allowed has the value -inf, and no policy takes it.
"""

import math
from typing import Any

import numpy as np


class Policy:
    """Chooses actions. Subclasses define `select_action`.

    The agent that uses a policy sets `agent`: its random numbers (`agent.rng`), its count of steps
    and whether it is training.
    """

    agent: Any = None

    @property
    def rng(self) -> np.random.Generator:
        """The agent's random numbers; own ones without an agent."""
        if self.agent is not None:
            return self.agent.rng
        if not hasattr(self, "_own_rng"):
            self._own_rng = np.random.default_rng()
        return self._own_rng

    @property
    def metrics(self) -> dict[str, float]:
        """What to report of the policy."""
        return {}

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        """Returns one action for each state.

        Args:
            q_values: float [..., actions].

        Returns:
            int64 [...].
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {}

    def state(self) -> dict[str, Any]:
        """Plain values that `restore` takes."""
        return {}

    def restore(self, values: dict[str, Any]) -> None:
        """Puts back what `state` gave."""


class LinearAnnealedPolicy(Policy):
    """Moves an attribute of another policy along a straight line as training goes on.

    Args:
        inner_policy: the policy that chooses.
        attr: name of its attribute, such as "eps".
        value_max: the value at the first step.
        value_min: the value after `nb_steps` and from then on.
        value_test: the value outside training.
        nb_steps: steps of the environment.

    Raises:
        ValueError: if the policy has no such attribute or `nb_steps` is not positive.
    """

    def __init__(
        self,
        inner_policy: Policy,
        attr: str,
        value_max: float,
        value_min: float,
        value_test: float,
        nb_steps: int,
    ) -> None:
        if not hasattr(inner_policy, attr):
            name = type(inner_policy).__name__
            raise ValueError(f"`attr` must be an attribute of {name}. Received: attr={attr!r}")
        if nb_steps <= 0:
            raise ValueError(f"`nb_steps` must be positive. Received: nb_steps={nb_steps}")
        self.inner_policy = inner_policy
        self.attr = attr
        self.value_max, self.value_min, self.value_test = value_max, value_min, value_test
        self.nb_steps = nb_steps

    def get_current_value(self) -> float:
        """The value at the agent's present step."""
        if self.agent is not None and not self.agent.training:
            return self.value_test
        step = 0 if self.agent is None else self.agent.step
        done = min(step / self.nb_steps, 1.0)
        return self.value_max + (self.value_min - self.value_max) * done

    @property
    def metrics(self) -> dict[str, float]:
        return {f"mean_{self.attr}": getattr(self.inner_policy, self.attr)}

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        self.inner_policy.agent = self.agent
        setattr(self.inner_policy, self.attr, self.get_current_value())
        return self.inner_policy.select_action(q_values)

    def get_config(self) -> dict[str, Any]:
        names = ("attr", "value_max", "value_min", "value_test", "nb_steps")
        return {**{n: getattr(self, n) for n in names}, "inner_policy": self.inner_policy}

    def state(self) -> dict[str, Any]:
        return self.inner_policy.state()

    def restore(self, values: dict[str, Any]) -> None:
        self.inner_policy.restore(values)


class GreedyQPolicy(Policy):
    """Takes the action of the largest value, the first of equals."""

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        return np.argmax(q_values, axis=-1)


class EpsGreedyQPolicy(Policy):
    """Takes any action with probability `eps`, else the one of the largest value."""

    def __init__(self, eps: float = 0.1) -> None:
        self.eps = eps

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        greedy = np.argmax(q_values, axis=-1)
        explore = self.rng.random(greedy.shape) < self.eps
        if not np.any(explore):
            return greedy
        chance = self.rng.random(q_values.shape)
        return np.where(explore, np.argmax(_masked(chance, q_values), axis=-1), greedy)

    def get_config(self) -> dict[str, Any]:
        return {"eps": self.eps}


class EzGreedyQPolicy(Policy):
    """Begins, with probability `eps`, to take any action over and over, else takes the largest.

    How long such an action is held is drawn by P(n) ~ n ** -mu. So even a little chance goes far
    from where it began, which single random actions seldom do.

    Args:
        eps: probability of beginning to explore.
        mu: above 1; the smaller, the longer actions are held.
        longest: bound of how long.

    Raises:
        ValueError: if `mu` is not above 1.

    Reference:
        Dabney, Ostrovski, Barreto 2021, "Temporally-extended epsilon-greedy exploration",
        algorithm 1.
    """

    def __init__(self, eps: float = 0.1, mu: float = 2.0, longest: int = 10_000) -> None:
        if not mu > 1:
            raise ValueError(f"`mu` must be above 1. Received: mu={mu}")
        self.eps, self.mu, self.longest = eps, mu, longest
        self._left = np.zeros(0, np.int64)  # steps for which each state's action is held
        self._held = np.zeros(0, np.int64)

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        greedy = np.argmax(q_values, axis=-1)
        if self._left.shape != greedy.shape:
            self._left, self._held = np.zeros_like(greedy), np.zeros_like(greedy)
        begin = (self._left == 0) & (self.rng.random(greedy.shape) < self.eps)
        if np.any(begin):
            chance = np.argmax(_masked(self.rng.random(q_values.shape), q_values), axis=-1)
            lengths = np.minimum(self.rng.zipf(self.mu, greedy.shape), self.longest)
            self._held = np.where(begin, chance, self._held)
            self._left = np.where(begin, lengths, self._left)
        allowed = ~np.isneginf(np.take_along_axis(q_values, self._held[..., None], -1)[..., 0])
        hold = (self._left > 0) & allowed
        self._left = np.where(hold, self._left - 1, 0)
        return np.where(hold, self._held, greedy)

    def get_config(self) -> dict[str, Any]:
        return {"eps": self.eps, "mu": self.mu, "longest": self.longest}

    def state(self) -> dict[str, Any]:
        return {"left": self._left.tolist(), "held": self._held.tolist()}

    def restore(self, values: dict[str, Any]) -> None:
        self._left = np.array(values["left"], np.int64)
        self._held = np.array(values["held"], np.int64)


class BoltzmannQPolicy(Policy):
    """Takes actions with probabilities softmax(q_values / tau).

    Args:
        tau: the temperature: the larger, the more even.
        clip: bounds of q_values / tau.
    """

    def __init__(self, tau: float = 1.0, clip: tuple[float, float] = (-500.0, 500.0)) -> None:
        self.tau = tau
        self.clip = clip

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        scaled = np.clip(np.asarray(q_values, "float64") / self.tau, *self.clip)
        # The largest of values with Gumbel noise is distributed as their softmax.
        noise = self.rng.gumbel(size=scaled.shape)
        return np.argmax(_masked(scaled + noise, q_values), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {"tau": self.tau, "clip": self.clip}


class MaxBoltzmannQPolicy(BoltzmannQPolicy):
    """Follows `BoltzmannQPolicy` with probability `eps`, else takes the largest value.

    Reference:
        Wiering 1999, "Explorations in efficient reinforcement learning", section 4.2.
    """

    def __init__(
        self, eps: float = 0.1, tau: float = 1.0, clip: tuple[float, float] = (-500.0, 500.0)
    ) -> None:
        super().__init__(tau, clip)
        self.eps = eps

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        greedy = np.argmax(q_values, axis=-1)
        explore = self.rng.random(greedy.shape) < self.eps
        return np.where(explore, super().select_action(q_values), greedy)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "eps": self.eps}


class BoltzmannGumbelQPolicy(Policy):
    """Takes the largest of values with Gumbel noise that shrinks as an action is taken more often.

    For training only: the counts are not kept afterwards.

    Args:
        C: bound on the standard deviation of the rewards, positive.

    Raises:
        ValueError: if `C` is not positive.

    Reference:
        Cesa-Bianchi, Gentile, Lugosi, Neu 2017, "Boltzmann exploration done right", section 4.
    """

    def __init__(self, C: float = 1.0) -> None:
        if not C > 0:
            raise ValueError(f"`C` must be positive. Received: C={C}")
        self.C = C
        self.action_counts: np.ndarray | None = None

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        if self.action_counts is None:
            self.action_counts = np.ones(q_values.shape[-1])
        noise = self.rng.gumbel(size=q_values.shape) * self.C / np.sqrt(self.action_counts)
        actions = np.argmax(q_values + noise, axis=-1)
        np.add.at(self.action_counts, actions, 1)
        return actions

    def get_config(self) -> dict[str, Any]:
        return {"C": self.C}

    def state(self) -> dict[str, Any]:
        return {} if self.action_counts is None else {"counts": self.action_counts.tolist()}

    def restore(self, values: dict[str, Any]) -> None:
        if values:
            self.action_counts = np.array(values["counts"])


class SoftmaxPolicy(Policy):
    """Takes actions with given probabilities; `q_values` holds probabilities here."""

    def select_action(self, q_values: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            logits = np.log(np.maximum(q_values, 0))
        return np.argmax(logits + self.rng.gumbel(size=q_values.shape), axis=-1)


def masked(q_values: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
    """Returns the values with -inf for what `masks`, bool of their shape, does not allow.

    Where nothing is allowed at all the mask is of no use (the episode has ended): it is ignored.
    """
    if masks is None or masks.all():
        return q_values
    allowed = masks | ~masks.any(axis=-1, keepdims=True)
    return np.where(allowed, q_values, -math.inf)


def _masked(scores: np.ndarray, q_values: np.ndarray) -> np.ndarray:
    return np.where(np.isneginf(q_values), -math.inf, scores)
