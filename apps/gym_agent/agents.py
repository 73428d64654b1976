"""The agents by name: how each is made from its settings, and what it answers.

A new agent is an entry of `AGENTS` and a table in settings.toml.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from gymnasium import spaces
from keras import ops

from kerasuite.errors import InputError
from kerasuite.rl import (
    CEMAgent,
    DQNAgent,
    PPOAgent,
    PrioritizedMemory,
    SARSAAgent,
    SequentialMemory,
    default_network,
)
from kerasuite.rl.core import Agent
from kerasuite.rl.policy import EpsGreedyQPolicy, GreedyQPolicy, LinearAnnealedPolicy, Policy
from kerasuite.rl.processors import Normalizer, Processor

Answers = dict[str, Any]


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

    def net(self, outputs: int, name: str) -> keras.Model:
        """A net of `hidden` layers from observations to `outputs` numbers."""
        net = self._net(outputs)
        return keras.Model(net.inputs[0], net.outputs[0], name=name)

    def _net(self, outputs: int) -> keras.Model:
        shape, dtype = self.observations.shape or (), self.observations.dtype
        if isinstance(self.observations, spaces.Discrete) or dtype == "uint8":
            return default_network(self.observations, outputs)
        if not shape:
            raise InputError(
                "Observations must be numbers, vectors or pictures; flatten others with "
                f"--wrappers FlattenObservation. Received: {self.observations}"
            )
        kwargs = {"hidden": self.settings["hidden"], "activation": self.settings["activation"]}
        return default_network(self.observations, outputs, **kwargs)

    def optimizer(self) -> keras.optimizers.Optimizer:
        """Adam, with the settings' learning rate and clipping."""
        clipnorm = self.settings["clipnorm"] or None
        return keras.optimizers.Adam(self.settings["learning_rate"], global_clipnorm=clipnorm)

    def exploring(self) -> Policy:
        """A policy that explores less and less."""
        steps = max(1, round(self.settings["exploration_fraction"] * self.settings["steps"]))
        final = self.settings["final_eps"]
        return LinearAnnealedPolicy(EpsGreedyQPolicy(), "eps", 1.0, final, 0.0, steps)


@dataclass(frozen=True)
class Kind:
    """A kind of agent.

    Attributes:
        make: makes a compiled one.
        answer: (agent, states, mask or None, action space) → what it does and thinks of the
            states, as tensors by name: "action", counted from 0, and "values" among them.
    """

    make: Callable[[Plan], Agent]
    answer: Callable[[Any, Any, Any, spaces.Space], Answers]


def processor(settings: dict[str, Any]) -> Processor | None:
    """What normalises observations and rewards; None if nothing does."""
    observations = settings.get("normalize_observations", False)
    rewards = settings.get("normalize_rewards", False)
    if not (observations or rewards):
        return None
    return Normalizer(observations, rewards, settings.get("gamma", 0.99))


# --- agents that value each action ---------------------------------------------------------------


def _dqn(plan: Plan) -> Agent:
    settings, nb_actions = plan.settings, plan.nb_actions("dqn")
    memory = (PrioritizedMemory if settings["prioritized"] else SequentialMemory)(
        settings["buffer_size"]
    )
    noisy = settings["enable_noisy_network"]
    agent = DQNAgent(
        plan.net(nb_actions, "q_network"),
        nb_actions,
        memory,
        GreedyQPolicy() if noisy else plan.exploring(),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(
            "gamma", "batch_size", "nb_steps_warmup", "train_interval", "gradient_steps",
            "target_model_update", "enable_double_dqn", "enable_dueling_network", "n_steps",
            "enable_noisy_network", "enable_categorical", "v_min", "v_max",
        ),
    )  # fmt: skip
    agent.compile(plan.optimizer())
    return agent


def _sarsa(plan: Plan) -> Agent:
    nb_actions = plan.nb_actions("sarsa")
    agent = SARSAAgent(
        plan.net(nb_actions, "q_network"),
        nb_actions,
        plan.exploring(),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take("gamma", "nb_steps_warmup", "delta_clip"),
    )
    agent.compile(plan.optimizer())
    return agent


def _cem(plan: Plan) -> Agent:
    nb_actions = plan.nb_actions("cem")
    names = ("batch_size", "train_interval", "elite_frac", "init_std", "noise_ampl")
    return CEMAgent(
        plan.net(nb_actions, "q_network"),
        nb_actions,
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(*names, "noise_decay_const"),
    )


def _action_values(agent: Any, states: Any, mask: Any, actions: spaces.Space) -> Answers:
    """The action of the largest value, and the values of all."""
    values = ops.cast(agent.model(states), "float32")
    if getattr(agent, "atoms", 1) > 1:
        logits = ops.reshape(values, (-1, agent.nb_actions, agent.atoms))
        values = ops.sum(ops.softmax(logits) * agent.support, axis=-1)
    return {"action": ops.argmax(_allowed(values, mask), axis=-1), "values": values}


# --- agents with a policy and a critic -----------------------------------------------------------


def _ppo(plan: Plan) -> Agent:
    names = (
        "gamma", "lam", "rollout_steps", "epochs", "batch_size", "clip_range", "value_coefficient",
        "entropy_coefficient", "normalize_advantage", "log_std",
    )  # fmt: skip
    agent = PPOAgent(
        plan.net(_policy_outputs(plan.actions), "actor"),
        plan.net(1, "critic"),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(*names),
    )
    agent.compile(plan.optimizer())
    return agent


def _policy_outputs(actions: spaces.Space) -> int:
    """A logit for each action, or a mean for each number of a continuous one."""
    if isinstance(actions, spaces.Discrete):
        return int(actions.n)
    if isinstance(actions, spaces.MultiDiscrete):
        return int(actions.nvec.sum())
    if isinstance(actions, spaces.Box) and len(actions.shape) == 1:
        return int(actions.shape[0])
    raise InputError(
        "The action space must be Discrete, or MultiDiscrete or Box with one axis. "
        f"Received: {actions}"
    )


def _policy_and_value(agent: Any, states: Any, mask: Any, actions: spaces.Space) -> Answers:
    """The likeliest action with its alternatives' probabilities, or the mean; and V."""
    outputs = ops.cast(agent.actor(states), "float32")
    values = ops.cast(agent.critic(states), "float32")
    if isinstance(actions, spaces.Box):
        means = outputs[:, : actions.shape[0]]
        return {"action": _bounded(means, actions), "values": values}
    if isinstance(actions, spaces.Discrete):
        outputs = _allowed(outputs, mask)
        return {
            "action": ops.argmax(outputs, axis=-1),
            "values": values,
            "probabilities": ops.softmax(outputs),
        }
    ends = [int(n) for n in actions.nvec.cumsum()]
    parts = [outputs[:, end - int(n) : end] for n, end in zip(actions.nvec, ends, strict=True)]
    chosen = ops.stack([ops.argmax(part, axis=-1) for part in parts], axis=-1)
    return {"action": chosen, "values": values}


def _allowed(scores: Any, mask: Any) -> Any:
    """Scores [batch, actions], the least of all where `mask` is 0."""
    return scores if mask is None else ops.where(ops.cast(mask, "bool"), scores, -1e9)


def _bounded(actions: Any, space: spaces.Box) -> Any:
    low, high = (b if b.size > 1 else float(b[0]) for b in (space.low, space.high))
    return ops.clip(actions, low, high)


AGENTS: dict[str, Kind] = {
    "dqn": Kind(_dqn, _action_values),
    "sarsa": Kind(_sarsa, _action_values),
    "cem": Kind(_cem, _action_values),
    "ppo": Kind(_ppo, _policy_and_value),
}
