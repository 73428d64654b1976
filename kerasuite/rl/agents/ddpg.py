"""Deterministic policy gradients: DDPG, and TD3 by switches."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.acting import outputs
from kerasuite.rl.agents.critics import Critics, least, optimizers
from kerasuite.rl.agents.replaying import ReplayingAgent, descend
from kerasuite.rl.checks import check_box, check_counts, check_output, clip_of
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import SequentialMemory
from kerasuite.rl.random import AnnealedGaussianProcess
from kerasuite.rl.replay import huber


class DDPGAgent(ReplayingAgent):
    """An actor that climbs the slope of a critic, and a critic that learns as in DQN.

    | switch | what it is |
    |---|---|
    | `nb_critics=2` | targets use the lesser value of two critics |
    | `policy_delay` | the actor and the target nets move less often than the critics |
    | `target_noise` | the target's action is blurred, so that narrow peaks are not believed |

    All three are TD3, see `TD3Agent`.

    Args:
        nb_actions: how many numbers an action has.
        actor: states to actions, in the environment's units; what is out of bounds is clipped.
        critic: an action and a state to one value; a pair of such models for two critics (of one,
            the second is a copy with weights of its own).
        critic_action_input: which input of the critic takes the action; None for the one called
            "action".
        memory: what transitions are drawn from; None for the latest 100,000.
        gamma: the discount of a step, from 0 to 1.
        batch_size: transitions a gradient step.
        nb_steps_warmup_critic: steps before learning begins. Where actions have bounds they are
            drawn evenly until then.
        nb_steps_warmup_actor: steps before the actor learns.
        train_interval: learn every so many steps of the environments, over all of them.
        gradient_steps: gradient steps each time, compiled as one.
        delta_clip: where Huber's loss turns from square to straight; inf for never.
        random_process: noise that is added to actions in training, see `kerasuite.rl.random`; None
            for none, or for `exploration_noise`.
        exploration_noise: standard deviation of Gaussian noise on actions, where 1 is half of what
            lies between their bounds.
        target_model_update: see `DQNAgent`.
        nb_critics: see above.
        policy_delay: gradient steps of the critics for one of the actor.
        target_noise: standard deviation of the noise on the target's action, in the units of
            `exploration_noise`.
        target_noise_clip: bound of that noise.
        processor: see `Agent`.
        seed: see `Agent`.
        memory_interval: keras-rl's word; only 1 is taken, see `check_memory_interval`.
        delta_range: keras-rl's older word for `delta_clip`, a pair; the second number counts.
        custom_model_objects: keras-rl's word: classes and functions of the nets by name, if they
            are not registered with Keras.

    Raises:
        ValueError: if an argument is out of its range, or a critic is no such net.

    References:
        Lillicrap et al. 2016, "Continuous control with deep reinforcement learning", algorithm 1.
        Fujimoto, van Hoof, Meger 2018, "Addressing function approximation error in actor-critic
        methods", algorithm 1.
    """

    figures = ("loss", "actor_loss", "mean_q")

    def __init__(
        self,
        nb_actions: int,
        actor: keras.Model,
        critic: Any,
        critic_action_input: Any = None,
        memory: SequentialMemory | None = None,
        gamma: float = 0.99,
        batch_size: int = 32,
        nb_steps_warmup_critic: int = 1000,
        nb_steps_warmup_actor: int = 1000,
        train_interval: int = 1,
        gradient_steps: int = 1,
        delta_clip: float = np.inf,
        random_process: AnnealedGaussianProcess | None = None,
        exploration_noise: float = 0.0,
        target_model_update: float = 0.001,
        nb_critics: int = 1,
        policy_delay: int = 1,
        target_noise: float = 0.0,
        target_noise_clip: float = 0.5,
        processor: Any = None,
        seed: int | None = None,
        memory_interval: int = 1,
        delta_range: tuple[float, float] | None = None,
        custom_model_objects: dict[str, Any] | None = None,
    ) -> None:
        replay = (batch_size, nb_steps_warmup_critic, train_interval, gradient_steps)
        super().__init__(
            memory, gamma, replay, target_model_update, random_process, processor, seed,
            memory_interval, custom_model_objects,
        )  # fmt: skip
        check_counts(nb_actions=nb_actions, nb_critics=nb_critics, policy_delay=policy_delay)
        self.nb_actions, self.nb_steps_warmup_actor = nb_actions, nb_steps_warmup_actor
        self.delta_clip = clip_of(delta_clip, delta_range)
        self.exploration_noise, self.policy_delay = exploration_noise, policy_delay
        self.target_noise, self.target_noise_clip = target_noise, target_noise_clip
        check_output(actor, nb_actions, "actor")
        self.actor = actor
        with self._knowing():
            self.critics = Critics(critic, critic_action_input, nb_critics, nb_actions, self.seed)

    def compile(
        self,
        optimizer: Any,
        metrics: Any = None,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Makes the target nets and the learning function.

        Args:
            optimizer: of Keras; or two, of the actor and of the critics. (Of one, the other is a
                copy.)
            metrics: of no effect (keras-rl's word): "loss", "actor_loss", "mae" and "mean_q" are
                always there.
            jit_compile: whether XLA compiles the gradient steps; "auto" does unless there are
                convolutions.
        """
        self.actor_optimizer, self.optimizer = optimizers(optimizer, 2)
        self.actor_optimizer.build(self.actor.trainable_variables)
        self.optimizer.build(self.critics.trainable_variables)
        self._compile(self.actor, [self.actor, *self.critics.models], jit_compile)

    def check(self, environments: Environments) -> None:
        scaled = self.exploration_noise > 0 or self.target_noise > 0
        self.low, self.high = check_box(environments.action_space, self.nb_actions, scaled)
        self.check_nets(self.actor, environments=environments)
        self.critics.check(environments, self.window_length)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        bounded = np.isfinite(self.low).all() and np.isfinite(self.high).all()
        if self.training and bounded and self.step < self.replay.nb_steps_warmup:
            actions = self.rng.uniform(self.low, self.high, (len(states), self.nb_actions))
            return actions.astype("float32")
        actions = self._net(self.net_input(states, self.actor))
        if self.training and self.random_process is not None:
            actions = actions + self.random_process.sample(len(states), self.rng)
        elif self.training and self.exploration_noise:
            noise = self.rng.standard_normal(actions.shape, np.float32)
            actions = actions + self.exploration_noise * (self.high - self.low) / 2 * noise
        return np.clip(actions, self.low, self.high).astype("float32")

    def _drawn(self, steps: dict[str, Any]) -> dict[str, np.ndarray]:
        learns = self.step > self.nb_steps_warmup_actor
        drawn = {"actor_learns": np.full(self.replay.gradient_steps, learns)}
        if self.target_noise:
            drawn["noise"] = self.rng.standard_normal(steps["action"].shape, np.float32)
        return drawn

    def _gradient_step(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            loss, error, mean_q = self._critic_loss(step)
        descend(self.optimizer, tape, loss, self.critics.trainable_variables)
        if self.policy_delay == 1:
            actor_loss = self._actor_step(step)
        else:
            turn = self.optimizer.iterations.value % self.policy_delay == 0
            # The value of an actor that waits is not computed.
            actor_loss = tf.cond(turn, lambda: self._actor_step(step), lambda: tf.zeros([]))
        return error, loss, actor_loss, mean_q

    def _actor_step(self, step: dict[str, tf.Tensor]) -> tf.Tensor:
        """Moves the actor, then all target nets; returns the actor's loss."""
        with tf.GradientTape() as tape:
            loss = self._actor_loss(step)
        variables = self.actor.trainable_variables
        gradients = tape.gradient(loss, variables)
        tf.cond(
            step["actor_learns"],
            lambda: self.actor_optimizer.apply(gradients, variables),
            lambda: None,
        )
        self.targets.after_gradient_step()
        return loss

    def _critic_loss(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Loss, errors of the first critic [batch], and mean value of one batch."""
        actor, *critics = self.targets.nets
        after = outputs(actor, step["state1"])
        if self.target_noise:
            noise = tf.clip_by_value(
                self.target_noise * step["noise"], -self.target_noise_clip, self.target_noise_clip
            )
            after = tf.clip_by_value(
                after + noise * (self.high - self.low) / 2, self.low, self.high
            )
        target = least(self.critics.values(step["state1"], after, critics))[:, 0]
        target = tf.stop_gradient(step["reward"] + step["discount"] * target)
        values = self.critics.values(step["state0"], step["action"])
        errors = [target - value[:, 0] for value in values]
        loss = sum(tf.reduce_mean(step["weight"] * huber(e, self.delta_clip)) for e in errors)
        return loss, errors[0], tf.reduce_mean(values[0])

    def _actor_loss(self, step: dict[str, tf.Tensor]) -> tf.Tensor:
        actions = outputs(self.actor, step["state0"])
        critic = self.critics.models[:1]
        return -tf.reduce_mean(self.critics.values(step["state0"], actions, critic)[0])

    def networks(self) -> dict[str, keras.Model]:
        return {"actor": self.actor, **self.critics.named()}

    def variables(self) -> dict[str, list[keras.Variable]]:
        return {**super().variables(), "actor_optimizer": self.actor_optimizer.variables}
