"""Advantage actor-critic: one step on what was just gathered."""

from typing import Any

import keras

from kerasuite.rl.agents.ppo import PPOAgent


class A2CAgent(PPOAgent):
    """Actor and critic that learn once from each rollout, and then forget it.

    It is PPO with a single gradient step: the ratio of probabilities is 1 then, nothing is
    clipped, and its gradient is the plain policy gradient.

    Args:
        actor: see `PPOAgent`.
        critic: see `PPOAgent`.
        gamma: the discount of a step, from 0 to 1.
        lam: see `PPOAgent`; 1 for n-step returns.
        rollout_steps: steps of each environment that are gathered before learning.
        value_coefficient: weight of the critic's loss.
        entropy_coefficient: weight of the policy's entropy.
        normalize_advantage: see `PPOAgent`.
        **kwargs: `log_std`, `processor` and `seed` of `PPOAgent`.

    References:
        Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning", section 4.
        Huang et al. 2022, "A2C is a special case of PPO".
    """

    def __init__(
        self,
        actor: keras.Model,
        critic: keras.Model,
        gamma: float = 0.99,
        lam: float = 1.0,
        rollout_steps: int = 5,
        value_coefficient: float = 0.5,
        entropy_coefficient: float = 0.0,
        normalize_advantage: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            actor,
            critic,
            gamma,
            lam,
            rollout_steps,
            epochs=1,
            batch_size=None,
            value_coefficient=value_coefficient,
            entropy_coefficient=entropy_coefficient,
            normalize_advantage=normalize_advantage,
            **kwargs,
        )
