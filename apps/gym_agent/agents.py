"""The agents by name: how each is made from its settings, and what it answers.

A new agent is an entry of `AGENTS` and a table in settings.toml.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from gymnasium import spaces
from keras import ops

from kerasuite.apps.gym_agent.plan import Plan
from kerasuite.errors import InputError
from kerasuite.rl import (
    A2CAgent,
    CEMAgent,
    DDPGAgent,
    DQNAgent,
    NAFAgent,
    PPOAgent,
    SACAgent,
    SARSAAgent,
    TD3Agent,
)
from kerasuite.rl.core import Agent
from kerasuite.rl.networks import bounds
from kerasuite.rl.policy import GreedyQPolicy
from kerasuite.rl.random import (
    AnnealedGaussianProcess,
    GaussianWhiteNoiseProcess,
    OrnsteinUhlenbeckProcess,
)

Answers = dict[str, Any]


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


# --- agents that value each action ---------------------------------------------------------------


def _dqn(plan: Plan) -> Agent:
    nb_actions, noisy = plan.nb_actions("dqn"), plan.settings["enable_noisy_network"]
    agent = DQNAgent(
        plan.net(nb_actions, "q_network"),
        nb_actions,
        plan.memory(),
        GreedyQPolicy() if noisy else plan.exploring(),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(
            "gamma", "batch_size", "nb_steps_warmup", "train_interval", "gradient_steps",
            "target_model_update", "enable_double_dqn", "enable_dueling_network", "n_steps",
            "enable_noisy_network", "enable_categorical", "v_min", "v_max", "delta_clip",
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


_ROLLOUT = (
    "gamma", "lam", "rollout_steps", "value_coefficient", "entropy_coefficient",
    "normalize_advantage", "log_std",
)  # fmt: skip


def _ppo(plan: Plan) -> Agent:
    return _rollout_agent(PPOAgent, plan, *_ROLLOUT, "epochs", "batch_size", "clip_range")


def _a2c(plan: Plan) -> Agent:
    return _rollout_agent(A2CAgent, plan, *_ROLLOUT)


def _rollout_agent(kind: Callable[..., Agent], plan: Plan, *names: str) -> Agent:
    agent = kind(
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


# --- agents of continuous actions ----------------------------------------------------------------

_REPLAYED = ("gamma", "batch_size", "train_interval", "gradient_steps", "target_model_update")


def _ddpg(plan: Plan) -> Agent:
    warmup = plan.settings["nb_steps_warmup"]
    kwargs = {"nb_steps_warmup_critic": warmup, "nb_steps_warmup_actor": warmup}
    return _deterministic(DDPGAgent, plan, **kwargs)


def _td3(plan: Plan) -> Agent:
    names = ("nb_steps_warmup", "policy_delay", "target_noise", "target_noise_clip")
    return _deterministic(TD3Agent, plan, **plan.take(*names))


def _deterministic(kind: Callable[..., Agent], plan: Plan, **kwargs: Any) -> Agent:
    size = plan.size()
    agent = kind(
        size,
        plan.actor(),
        plan.critics(),
        memory=plan.memory(),
        random_process=_swinging(plan, size),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(*_REPLAYED, "exploration_noise"),
        **kwargs,
    )
    agent.compile(plan.optimizer())
    return agent


def _swinging(plan: Plan, size: int) -> AnnealedGaussianProcess | None:
    """Noise that goes one way for a while, if it is asked for."""
    half = _half(plan)
    first, last = (plan.settings[f"{n}swinging_noise"] * half for n in ("", "final_"))
    if not first:
        return None
    steps = max(1, round(0.8 * plan.settings["steps"]))
    return OrnsteinUhlenbeckProcess(
        0.15, sigma=first, dt=1.0, size=size, sigma_min=last, n_steps_annealing=steps
    )


def _half(plan: Plan) -> float:
    """Half of what lies between the bounds of an action; the least of all its numbers'."""
    low, high = bounds(plan.actions)
    return float((high - low).min()) / 2


def _naf(plan: Plan) -> Agent:
    size = plan.size()
    sigma = plan.settings["exploration_noise"] * _half(plan)
    agent = NAFAgent(
        plan.net(1, "V"),
        plan.net(size * (size + 1) // 2, "L"),
        plan.actor(),
        size,
        plan.memory(),
        GaussianWhiteNoiseProcess(sigma=sigma, size=size),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(*_REPLAYED, "nb_steps_warmup"),
    )
    agent.compile(plan.optimizer())
    return agent


def _sac(plan: Plan) -> Agent:
    discrete = isinstance(plan.actions, spaces.Discrete)
    size = int(plan.actions.n) if discrete else plan.size()
    agent = SACAgent(
        size,
        plan.net(size if discrete else 2 * size, "actor"),
        plan.critics(),
        memory=plan.memory(),
        processor=plan.processor,
        seed=plan.seed,
        **plan.take(*_REPLAYED, "nb_steps_warmup", "initial_temperature"),
    )
    agent.compile(plan.optimizer())
    return agent


def _action_and_q(agent: Any, states: Any, mask: Any, actions: spaces.Space) -> Answers:
    """The actor's action, and the lesser of the critics' values of it."""
    action = _bounded(ops.cast(agent.actor(states), "float32"), actions)
    return {"action": action, "values": _least(agent, states, action)}


def _mode_and_q(agent: Any, states: Any, mask: Any, actions: spaces.Space) -> Answers:
    """The middle of SAC's distribution, and the lesser of the critics' values."""
    parameters = ops.cast(agent.actor(states), "float32")
    if isinstance(actions, spaces.Discrete):
        logits = _allowed(parameters, mask)
        values = [ops.cast(critic(states), "float32") for critic in agent.critics.models]
        return {
            "action": ops.argmax(logits, axis=-1),
            "values": ops.minimum(*values),
            "probabilities": ops.softmax(logits),
        }
    low, high = bounds(actions)
    mean = parameters[:, : len(low)]
    scale = keras.layers.Rescaling(((high - low) / 2).tolist(), ((high + low) / 2).tolist())
    action = scale(ops.tanh(mean))
    return {"action": action, "values": _least(agent, states, action)}


def _mu_and_v(agent: Any, states: Any, mask: Any, actions: spaces.Space) -> Answers:
    """NAF's best action and its value."""
    action = _bounded(ops.cast(agent.mu_model(states), "float32"), actions)
    return {"action": action, "values": ops.cast(agent.V_model(states), "float32")}


def _least(agent: Any, states: Any, action: Any) -> Any:
    """Q [batch, 1], the least of all critics'."""
    place = agent.critics.action_place
    given = [states, action] if place else [action, states]
    values = [ops.cast(critic(given), "float32") for critic in agent.critics.models]
    return values[0] if len(values) == 1 else ops.minimum(*values)


def _allowed(scores: Any, mask: Any) -> Any:
    """Scores [batch, actions], the least of all where `mask` is 0."""
    return scores if mask is None else ops.where(ops.cast(mask, "bool"), scores, -1e9)


def _bounded(actions: Any, space: spaces.Box) -> Any:
    """Actions [batch, size] within their bounds, as the environment is given them."""
    if not space.is_bounded():
        return actions
    low, high = bounds(space)
    middle, half = (high + low) / 2, (high - low) / 2
    # In a model, ops.clip can be saved with plain numbers only.
    unit = keras.layers.Rescaling((1 / half).tolist(), (-middle / half).tolist())(actions)
    return keras.layers.Rescaling(half.tolist(), middle.tolist())(ops.clip(unit, -1.0, 1.0))


AGENTS: dict[str, Kind] = {
    "dqn": Kind(_dqn, _action_values),
    "sarsa": Kind(_sarsa, _action_values),
    "cem": Kind(_cem, _action_values),
    "ppo": Kind(_ppo, _policy_and_value),
    "a2c": Kind(_a2c, _policy_and_value),
    "ddpg": Kind(_ddpg, _action_and_q),
    "td3": Kind(_td3, _action_and_q),
    "sac": Kind(_sac, _mode_and_q),
    "naf": Kind(_naf, _mu_and_v),
}
