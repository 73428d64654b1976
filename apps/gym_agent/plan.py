"""What an agent is made of: spaces, settings, nets, memory, optimizer."""

from dataclasses import dataclass
from typing import Any

import keras
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.rl import (
    PrioritizedMemory,
    SequentialMemory,
    default_actor,
    default_critic,
    default_network,
)
from kerasuite.rl.networks import bounds
from kerasuite.rl.policy import EpsGreedyQPolicy, EzGreedyQPolicy, LinearAnnealedPolicy, Policy
from kerasuite.rl.processors import Normalizer, Processor


@dataclass(frozen=True)
class Plan:
    """What an agent is made of.

    Attributes:
        observations: space of one environment.
        actions: space of one environment.
        settings: all of them; `take` gives some.
        processor: the agent's; None for none.
        seed: of all that is random.
    """

    observations: spaces.Space
    actions: spaces.Space
    settings: dict[str, Any]
    processor: Processor | None
    seed: int

    def take(self, *names: str) -> dict[str, Any]:
        """The settings of these names."""
        return {name: self.settings[name] for name in names if name in self.settings}

    def nb_actions(self, agent: str) -> int:
        """How many actions there are to choose from.

        Raises:
            InputError: if they are not of that kind.
        """
        if not isinstance(self.actions, spaces.Discrete):
            raise InputError(
                f"{agent} chooses one of several actions: the action space must be Discrete. "
                f"Received: {self.actions}"
            )
        return int(self.actions.n)

    def size(self) -> int:
        """How many numbers an action has.

        Raises:
            InputError: if it has not so and so many, with bounds.
        """
        return len(bounds(self.actions)[0])

    def actor(self) -> keras.Model:
        """A net of states to actions within their bounds."""
        net = default_actor(self.observations, self.actions, **self.take("hidden", "activation"))
        return _named(net, "actor")

    def critics(self) -> list[keras.Model]:
        """Two nets of actions and states to a value; of states to values of discrete actions."""
        if isinstance(self.actions, spaces.Discrete):
            return [self.net(int(self.actions.n), f"critic_{i}") for i in (1, 2)]
        hidden = self.take("hidden", "activation")
        nets = [default_critic(self.observations, self.actions, **hidden) for _ in (1, 2)]
        return [_named(net, f"critic_{i}") for i, net in enumerate(nets, start=1)]

    def memory(self) -> SequentialMemory:
        """A memory of `buffer_size` transitions."""
        kind = PrioritizedMemory if self.settings.get("prioritized") else SequentialMemory
        return kind(self.settings["buffer_size"])

    def net(self, outputs: int, name: str) -> keras.Model:
        """A net of `hidden` layers from observations to `outputs` numbers."""
        return _named(self._net(outputs), name)

    def _net(self, outputs: int) -> keras.Model:
        if not (self.observations.shape or isinstance(self.observations, spaces.Discrete)):
            raise InputError(
                "Observations must be numbers, vectors or pictures; flatten others with "
                f"--wrappers FlattenObservation. Received: {self.observations}"
            )
        return default_network(self.observations, outputs, **self.take("hidden", "activation"))

    def optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer, Adam if none is named, with the settings' learning rate and clipping."""
        rate, clipnorm = self.settings["learning_rate"], self.settings["clipnorm"] or None
        name = self.settings.get("optimizer", "adam")
        if name == "adam":
            return keras.optimizers.Adam(rate, global_clipnorm=clipnorm)
        if name == "rmsprop":  # as in TensorFlow 1, which A2C was tuned with
            return keras.optimizers.RMSprop(rate, rho=0.99, epsilon=1e-5, global_clipnorm=clipnorm)
        raise InputError(f'The setting optimizer must be "adam" or "rmsprop". Received: {name!r}')

    def exploring(self) -> Policy:
        """A policy that explores less and less."""
        steps = max(1, round(self.settings["exploration_fraction"] * self.settings["steps"]))
        final, held = self.settings["final_eps"], self.settings.get("held_actions", 0)
        chance = EzGreedyQPolicy(mu=1.25, longest=held) if held else EpsGreedyQPolicy()
        return LinearAnnealedPolicy(chance, "eps", 1.0, final, 0.0, steps)


def _named(net: keras.Model, name: str) -> keras.Model:
    """The same net under another name: within a player names must differ."""
    inputs = net.inputs if len(net.inputs) > 1 else net.inputs[0]
    return keras.Model(inputs, net.outputs[0], name=name)


def processor(settings: dict[str, Any]) -> Processor | None:
    """What normalises observations and rewards; None if nothing does."""
    observations = settings.get("normalize_observations", False)
    rewards = settings.get("normalize_rewards", False)
    if not (observations or rewards):
        return None
    return Normalizer(observations, rewards, settings.get("gamma", 0.99))
