"""The cross-entropy method: weights are drawn for each episode, and the best of them averaged."""

from typing import Any

import keras
import numpy as np

from kerasuite.errors import InputError
from kerasuite.rl.acting import NumpyNet, UnknownLayer
from kerasuite.rl.checks import check_counts, check_discrete, check_memory_interval
from kerasuite.rl.core import Agent
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import EpisodeParameterMemory, Transition
from kerasuite.rl.policy import BoltzmannQPolicy, GreedyQPolicy, masked


class CEMAgent(Agent):
    """Searches the weights of a small net without gradients; any reward will do.

    The weights of each episode are drawn from independent normal distributions. Of `batch_size`
    episodes the best give the next means and standard deviations, which never fall below a noise
    that dies out: without it the search would stop too early.

    Args:
        model: dense layers; states to one score for each action.
        nb_actions: how many actions there are.
        memory: of episodes, from which those that are compared are drawn; None for the latest
            `batch_size`.
        batch_size: episodes that are compared.
        nb_steps_warmup: steps before the first update.
        train_interval: episodes between two updates.
        elite_frac: the part of them that is averaged, above 0 and at most 1.
        init_std: standard deviation of the first weights; their means are the model's weights.
        noise_ampl: least standard deviation at first.
        noise_decay_const: its exponential decay for each update; 0 for none.
        processor: see `Agent`.
        seed: see `Agent`.
        memory_interval: keras-rl's word; only 1 is taken, see `check_memory_interval`.
        theta_init: keras-rl's word: first means of all weights, then first standard deviations, one
            after another, [2 * weights]; None for the model's weights and `init_std`.

    Raises:
        ValueError: if an argument is out of its range, or the model is not of dense layers.

    Reference:
        Szita & Lorincz 2006, "Learning Tetris using the noisy cross-entropy method", sections 2
        and 3.
    """

    def __init__(
        self,
        model: keras.Model,
        nb_actions: int,
        memory: EpisodeParameterMemory | None = None,
        batch_size: int = 50,
        nb_steps_warmup: int = 0,
        train_interval: int = 50,
        elite_frac: float = 0.1,
        init_std: float = 1.0,
        noise_ampl: float = 0.0,
        noise_decay_const: float = 0.0,
        processor: Any = None,
        seed: int | None = None,
        memory_interval: int = 1,
        theta_init: np.ndarray | None = None,
    ) -> None:
        super().__init__(processor, seed)
        if not 0 < elite_frac <= 1:
            raise ValueError(
                f"`elite_frac` must be above 0 and at most 1. Received: elite_frac={elite_frac}"
            )
        check_counts(batch_size=batch_size, train_interval=train_interval)
        check_memory_interval(memory_interval)
        if model.output_shape != (None, nb_actions):
            raise InputError(
                f"The model's output must have the shape {(None, nb_actions)}. "
                f"Received: {model.output_shape}"
            )
        try:
            self._net = NumpyNet(model)
        except UnknownLayer as e:
            raise InputError("CEMAgent searches small nets of dense layers only") from e
        self.model, self.nb_actions = model, nb_actions
        self.memory = EpisodeParameterMemory(batch_size) if memory is None else memory
        self.window_length, self.batch_size = self.memory.window_length, batch_size
        self.nb_elite = max(int(batch_size * elite_frac), 1)
        self.nb_steps_warmup, self.train_interval = nb_steps_warmup, train_interval
        self.noise_ampl, self.noise_decay_const = noise_ampl, noise_decay_const
        self.mean = self._flat_model()
        self.std = np.full_like(self.mean, init_std)
        if theta_init is not None:
            self._begin_at(np.asarray(theta_init, "float32"))
        self.policy, self.test_policy = BoltzmannQPolicy(), GreedyQPolicy()
        self.policy.agent = self.test_policy.agent = self
        self.updates = self.nb_episodes = 0
        self._weights: list[np.ndarray] = []  # of each environment's episode

    def compile(self, optimizer: None = None, metrics: None = None) -> None:
        """Does nothing: there is no optimizer."""

    @property
    def compiled(self) -> bool:
        return True

    def check(self, environments: Environments) -> None:
        check_discrete(environments.action_space, self.nb_actions, "CEMAgent")
        self.check_nets(self.model, environments=environments)

    def make_room(self, environments: Environments) -> None:
        if len(self._weights) != environments.nb_envs:
            self._draw_all(environments.nb_envs)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        states = self.net_input(states, self.model)
        if not self.training:
            self._net.set_flat(self.mean)
            return self.test_policy.select_action(masked(self._net(states), masks))
        scores = []
        for weights, state in zip(self._weights, states, strict=True):
            self._net.set_flat(weights)
            scores.append(self._net(state[None])[0])
        return self.policy.select_action(masked(np.array(scores), masks))

    def backward(self, transition: Transition) -> None:
        self._rewards += transition.rewards
        done = transition.terminated | transition.truncated
        for i in np.flatnonzero(done):
            self.memory.append(float(self._rewards[i]), self._weights[i])
            self._rewards[i], self._weights[i] = 0, self._drawn()
            self.nb_episodes += 1
            due = self.nb_episodes % self.train_interval == 0
            if due and self.step > self.nb_steps_warmup:
                self._update()

    def _update(self) -> None:
        """Means and standard deviations of the best; the noise sets a floor."""
        rewards, weights = self.memory.sample(self.batch_size, self.rng)
        # Of equal rewards the later one counts: it was drawn from a better distribution.
        best = np.argsort(rewards, kind="stable")[-self.nb_elite :]
        weights = weights[best]
        floor = self.noise_ampl * np.exp(-self.updates * self.noise_decay_const)
        self.mean = weights.mean(axis=0)
        self.std = np.sqrt(weights.var(axis=0) + floor**2)
        self.updates += 1
        self.metrics = {
            "mean_best_reward": float(rewards[best].mean()),
            "std": float(self.std.mean()),
        }
        self._into_model()

    def _begin_at(self, theta: np.ndarray) -> None:
        fits = theta.shape == (2 * self.mean.size,) and np.isfinite(theta).all()
        if not fits or (theta[self.mean.size :] < 0).any():
            raise ValueError(
                f"`theta_init` must hold {self.mean.size} means, then as many standard deviations "
                f"of at least 0. Received: shape {theta.shape}"
            )
        self.mean, self.std = np.split(theta, 2)
        self._into_model()

    def _drawn(self) -> np.ndarray:
        noise = self.rng.standard_normal(len(self.mean))
        return (self.mean + self.std * noise).astype("float32")

    def _draw_all(self, nb_envs: int) -> None:
        self._weights = [self._drawn() for _ in range(nb_envs)]
        self._rewards = np.zeros(nb_envs)

    def _flat_model(self) -> np.ndarray:
        return np.concatenate([keras.ops.convert_to_numpy(w).ravel() for w in self._net.weights])

    def _into_model(self) -> None:
        self._net.set_flat(self.mean)
        for weight, value in zip(self._net.weights, self._net.values, strict=True):
            weight.assign(value)

    def cut(self) -> None:
        self._draw_all(len(self._weights))

    def weights_changed(self) -> None:
        self.mean = self._flat_model()

    def networks(self) -> dict[str, keras.Model]:
        return {"model": self.model}

    def parts(self) -> dict[str, Any]:
        return {"memory": self.memory}

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays, values = super().own_state()
        arrays |= {"std": self.std, "drawn": np.array(self._weights)}
        return arrays, {**values, "updates": self.updates, "nb_episodes": self.nb_episodes}

    def restore_own_state(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        super().restore_own_state(arrays, values)
        self.std, self._weights = arrays["std"], list(arrays["drawn"])
        self.updates, self.nb_episodes = values["updates"], values["nb_episodes"]
