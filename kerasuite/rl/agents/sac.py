"""Soft actor-critic: rewards, and the entropy of what is done."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.acting import outputs
from kerasuite.rl.agents.critics import Critics, least, optimizers
from kerasuite.rl.agents.replaying import ReplayingAgent, descend
from kerasuite.rl.checks import check_box, check_discrete, check_output, check_positive
from kerasuite.rl.distributions import Categorical, SquashedGaussian
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import SequentialMemory
from kerasuite.rl.policy import masked


class SACAgent(ReplayingAgent):
    """A stochastic actor and two critics; how much entropy is worth, the temperature, is learned.

    Continuous actions are `tanh` of normal numbers, brought to the bounds of the environment.
    Discrete ones are drawn by logits, and expectations over them are exact.

    Args:
        nb_actions: how many numbers an action has, or how many discrete actions there are.
        actor: states to means and logarithms of standard deviations, 2 * nb_actions numbers
            before `tanh`; for discrete actions to `nb_actions` logits.
        critic: an action and a state to one value; for discrete actions states to a value for each
            of them. A pair of models, or one, of which the second is a copy with other weights.
        critic_action_input: which input of the critic takes the action; None for the one called
            "action".
        memory: what transitions are drawn from; None for the latest 100,000.
        gamma: the discount of a step, from 0 to 1.
        batch_size: transitions a gradient step.
        nb_steps_warmup: steps before learning begins; until then actions are drawn evenly.
        train_interval: learn every so many steps of the environments, over all of them.
        gradient_steps: gradient steps each time, compiled as one.
        target_model_update: see `DQNAgent`.
        temperature: what a nat of entropy is worth; None to learn it.
        initial_temperature: what it is at first, if it is learned.
        target_entropy: the entropy that the temperature is to keep up, in nats; None for
            -nb_actions (densities from -1 to 1), and for discrete actions 0.98 * log(nb_actions).
        processor: see `Agent`.
        seed: see `Agent`.

    Raises:
        ValueError: if an argument is out of its range, or a net has other outputs.

    References:
        Haarnoja et al. 2018, "Soft actor-critic algorithms and applications", algorithm 1.
        Christodoulou 2019, "Soft actor-critic for discrete action settings", algorithm 1.
    """

    figures = ("loss", "actor_loss", "mean_q", "entropy", "temperature")

    def __init__(
        self,
        nb_actions: int,
        actor: keras.Model,
        critic: Any,
        critic_action_input: Any = None,
        memory: SequentialMemory | None = None,
        gamma: float = 0.99,
        batch_size: int = 256,
        nb_steps_warmup: int = 1000,
        train_interval: int = 1,
        gradient_steps: int = 1,
        target_model_update: float = 0.005,
        temperature: float | None = None,
        initial_temperature: float = 1.0,
        target_entropy: float | None = None,
        processor: Any = None,
        seed: int | None = None,
    ) -> None:
        replay = (batch_size, nb_steps_warmup, train_interval, gradient_steps)
        super().__init__(memory, gamma, replay, target_model_update, None, processor, seed)
        check_positive(initial_temperature=initial_temperature)
        self.nb_actions = nb_actions
        self.critics = Critics(critic, critic_action_input, 2, nb_actions, self.seed)
        self.discrete = self.critics.discrete
        check_output(actor, nb_actions if self.discrete else 2 * nb_actions, "actor")
        self.actor = actor
        self.learns_temperature = temperature is None
        first = initial_temperature if temperature is None else max(temperature, 1e-30)
        self.log_temperature = keras.Variable(math.log(first), name="log_temperature")
        if target_entropy is None:
            target_entropy = 0.98 * math.log(nb_actions) if self.discrete else -nb_actions
        self.target_entropy = float(target_entropy)

    def compile(
        self, optimizer: Any, metrics: Any = None, jit_compile: bool | str = "auto"
    ) -> None:
        """Makes the target nets and the learning function.

        Args:
            optimizer: of Keras; or three, of the actor, the critics and the temperature. (Of one,
                the others are copies.)
            metrics: of no effect (keras-rl's word): "loss", "actor_loss", "mae", "mean_q",
                "entropy" and "temperature" are always there.
            jit_compile: whether XLA compiles the gradient steps; "auto" does unless there are
                convolutions.
        """
        self.actor_optimizer, self.optimizer, self.temperature_optimizer = optimizers(optimizer, 3)
        self.actor_optimizer.build(self.actor.trainable_variables)
        self.optimizer.build(self.critics.trainable_variables)
        self.temperature_optimizer.build([self.log_temperature])
        self._compile(self.actor, self.critics.models, jit_compile)

    def check(self, environments: Environments) -> None:
        space = environments.action_space
        if self.discrete:
            check_discrete(space, self.nb_actions, "SACAgent, whose critic has one input,")
            self.distribution = Categorical(space)
        else:
            self.distribution = SquashedGaussian(*check_box(space, self.nb_actions, True))
        self.check_nets(self.actor, environments=environments)
        self.critics.check(environments, self.window_length)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        if self.training and self.step < self.replay.nb_steps_warmup:
            return self._drawn_evenly(len(states), masks)
        parameters = self._net(self.net_input(states, self.actor))
        if self.discrete:
            parameters = masked(parameters, masks)
        if self.training:
            return self.distribution.sample(parameters, self.rng)
        return self.distribution.mode(parameters)

    def _drawn_evenly(self, nb_envs: int, masks: np.ndarray | None) -> np.ndarray:
        if self.discrete:
            logits = np.zeros((nb_envs, self.nb_actions), np.float32)
            return self.distribution.sample(masked(logits, masks), self.rng)
        box, size = self.distribution, (nb_envs, self.nb_actions)
        return box.middle + box.half * self.rng.uniform(-1, 1, size).astype("float32")

    def _drawn(self, steps: dict[str, Any]) -> dict[str, np.ndarray]:
        if self.discrete:
            return {}
        shape = steps["action"].shape
        return {n: self.rng.standard_normal(shape, np.float32) for n in ("noise0", "noise1")}

    def _gradient_step(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        temperature = tf.exp(self.log_temperature.value)
        with tf.GradientTape() as tape:
            loss, error, mean_q = self._critic_loss(step, temperature)
        descend(self.optimizer, tape, loss, self.critics.trainable_variables)
        with tf.GradientTape() as tape:
            actor_loss, entropy = self._actor_loss(step, temperature)
        descend(self.actor_optimizer, tape, actor_loss, self.actor.trainable_variables)
        if self.learns_temperature:
            # The slope of log_temperature * (entropy - target_entropy).
            slope = tf.stop_gradient(entropy) - self.target_entropy
            self.temperature_optimizer.apply([slope], [self.log_temperature])
        self.targets.after_gradient_step()
        return error, loss, actor_loss, mean_q, entropy, temperature

    def _critic_loss(
        self, step: dict[str, tf.Tensor], temperature: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Loss, errors of the first critic [batch], and mean value of one batch."""
        weights, log_prob, actions = self._policy(step, "1")
        after = least(self.critics.values(step["state1"], actions, self.targets.nets))
        after = tf.reduce_sum(weights * (after - temperature * log_prob), axis=-1)
        target = tf.stop_gradient(step["reward"] + step["discount"] * after)
        taken = 1.0
        if self.discrete:
            taken = tf.one_hot(step["action"], self.nb_actions)
        values = self.critics.values(step["state0"], step["action"])
        values = [tf.reduce_sum(taken * value, axis=-1) for value in values]
        loss = sum(tf.reduce_mean(step["weight"] * (target - v) ** 2) / 2 for v in values)
        return loss, target - values[0], tf.reduce_mean(values[0])

    def _actor_loss(
        self, step: dict[str, tf.Tensor], temperature: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and mean entropy of one batch."""
        weights, log_prob, actions = self._policy(step, "0")
        value = least(self.critics.values(step["state0"], actions))
        loss = tf.reduce_sum(weights * (temperature * log_prob - value), axis=-1)
        entropy = -tf.reduce_sum(weights * log_prob, axis=-1)
        return tf.reduce_mean(loss), tf.reduce_mean(entropy)

    def _policy(
        self, step: dict[str, tf.Tensor], which: str
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
        """What the actor would do in "state0" or "state1".

        Returns:
            Weights and log probabilities [batch, n] of n actions, and the actions [batch, size]:
            of one that is drawn (n = 1), or of all discrete ones (None).
        """
        parameters = outputs(self.actor, step[f"state{which}"])
        if self.discrete:
            log_prob = self.distribution.log_probs(parameters, step[f"mask{which}"])
            return tf.exp(log_prob), log_prob, None
        actions, log_prob = self.distribution.draw(parameters, step[f"noise{which}"])
        return tf.ones_like(log_prob)[:, None], log_prob[:, None], actions

    def networks(self) -> dict[str, keras.Model]:
        return {"actor": self.actor, **self.critics.named()}

    def variables(self) -> dict[str, list[keras.Variable]]:
        return {
            **super().variables(),
            "actor_optimizer": self.actor_optimizer.variables,
            "temperature_optimizer": self.temperature_optimizer.variables,
            "temperature": [self.log_temperature],
        }
