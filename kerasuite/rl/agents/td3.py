"""TD3: deterministic policy gradients that do not overestimate."""

from typing import Any

import keras

from kerasuite.rl.agents.ddpg import DDPGAgent
from kerasuite.rl.memory import SequentialMemory


class TD3Agent(DDPGAgent):
    """Twin delayed DDPG: `DDPGAgent` with all its switches on and the paper's values.

    Args: see `DDPGAgent`; `nb_steps_warmup` stands for both of its warm-ups.

    Reference:
        Fujimoto, van Hoof, Meger 2018, "Addressing function approximation error in actor-critic
        methods", algorithm 1 and section 6.1.
    """

    def __init__(
        self,
        nb_actions: int,
        actor: keras.Model,
        critic: Any,
        critic_action_input: Any = None,
        memory: SequentialMemory | None = None,
        batch_size: int = 256,
        nb_steps_warmup: int = 1000,
        exploration_noise: float = 0.1,
        target_model_update: float = 0.005,
        policy_delay: int = 2,
        target_noise: float = 0.2,
        target_noise_clip: float = 0.5,
        **kwargs,
    ) -> None:
        super().__init__(
            nb_actions,
            actor,
            critic,
            critic_action_input,
            memory,
            batch_size=batch_size,
            nb_steps_warmup_critic=nb_steps_warmup,
            nb_steps_warmup_actor=nb_steps_warmup,
            exploration_noise=exploration_noise,
            target_model_update=target_model_update,
            nb_critics=2,
            policy_delay=policy_delay,
            target_noise=target_noise,
            target_noise_clip=target_noise_clip,
            **kwargs,
        )
