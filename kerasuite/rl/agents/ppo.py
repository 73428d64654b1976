"""Proximal policy optimisation: many small steps on what was just gathered, none of them large."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.layers import AppendWeights
from kerasuite.rl.acting import acting_net, flat_weights
from kerasuite.rl.checks import check_counts, check_fractions, check_positive
from kerasuite.rl.core import Agent
from kerasuite.rl.distributions import DiagonalGaussian, distribution_of
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Transition
from kerasuite.rl.replay import wants_jit
from kerasuite.rl.rollout import Rollout, generalized_advantages


class PPOAgent(Agent):
    """Actor and critic; the policy's probabilities move by no more than `clip_range` at a time.

    Args:
        actor: states to logits, one for each action (for each action of each choice with
            MultiDiscrete), or to means of continuous actions, whose standard deviations are then
            learned apart; or to means and logarithms of standard deviations.
        critic: states to one value. It may share layers with the actor.
        gamma: the discount of a step, from 0 to 1.
        lam: the lambda of generalised advantages, from 0 to 1.
        rollout_steps: steps of each environment that are gathered before learning.
        epochs: how often what was gathered is gone through.
        batch_size: transitions a gradient step; must divide what is gathered. None for all of it.
        clip_range: how far the ratio of probabilities may move from 1.
        value_coefficient: weight of the critic's loss.
        entropy_coefficient: weight of the policy's entropy.
        normalize_advantage: bring each batch's advantages to mean 0 and standard deviation 1.
        log_std: logarithm of the first standard deviation of continuous actions.
        processor: see `Agent`.
        seed: see `Agent`.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Schulman, Wolski, Dhariwal, Radford, Klimov 2017, "Proximal policy optimization
        algorithms", equations 7, 9 and 11, algorithm 1.
    """

    def __init__(
        self,
        actor: keras.Model,
        critic: keras.Model,
        gamma: float = 0.99,
        lam: float = 0.95,
        rollout_steps: int = 128,
        epochs: int = 4,
        batch_size: int | None = 256,
        clip_range: float = 0.2,
        value_coefficient: float = 0.5,
        entropy_coefficient: float = 0.0,
        normalize_advantage: bool = True,
        log_std: float = 0.0,
        processor: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(processor, seed)
        check_fractions(gamma=gamma, lam=lam)
        check_counts(
            rollout_steps=rollout_steps,
            epochs=epochs,
            batch_size=1 if batch_size is None else batch_size,
        )
        check_positive(clip_range=clip_range)
        if critic.output_shape != (None, 1):
            raise InputError(
                "The critic's output must have the shape (None, 1). "
                f"Received: {critic.output_shape}"
            )
        self.actor, self.critic = actor, critic
        self.gamma, self.lam = gamma, lam
        self.epochs, self.batch_size = epochs, batch_size
        self.clip_range = clip_range
        self.value_coefficient = value_coefficient
        self.entropy_coefficient = entropy_coefficient
        self.normalize_advantage = normalize_advantage
        self.log_std = log_std
        self.rollout = Rollout(rollout_steps)
        self.distribution: Any = None

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer,
        metrics: Any = None,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Sets the optimizer.

        Args:
            optimizer: of Keras.
            metrics: of no effect (keras-rl's word).
            jit_compile: whether XLA compiles learning; "auto" does unless there are convolutions.
        """
        self.optimizer = keras.optimizers.get(optimizer)
        jit_compile = wants_jit(jit_compile, self.actor, self.critic)
        self._learn = tf.function(self._epochs, jit_compile=jit_compile)
        if self.distribution is not None:
            self.optimizer.build(self._variables_to_learn())

    def check(self, environments: Environments) -> None:
        distribution = distribution_of(environments.action_space)
        self.check_nets(self.actor, self.critic, environments=environments)
        if self.distribution is None:
            self._complete(distribution)
        if self.actor.output_shape != (None, distribution.parameters):
            raise InputError(
                f"The actor's output does not fit {environments.action_space}: shape "
                f"{(None, distribution.parameters)} is expected. "
                f"Received: {self.actor.output_shape}"
            )

    def make_room(self, environments: Environments) -> None:
        gathered = self.rollout.length * environments.nb_envs
        if self.batch_size is not None and gathered % self.batch_size:
            raise InputError(
                f"`batch_size` must divide rollout_steps * environments = {gathered}. "
                f"Received: batch_size={self.batch_size}"
            )

    def _complete(self, distribution: Any) -> None:
        """Gives a continuous actor its standard deviations, and the optimizer its moments."""
        gaussian = isinstance(distribution, DiagonalGaussian)
        if gaussian and self.actor.output_shape == (None, distribution.size):
            initial = keras.initializers.Constant(self.log_std)
            layer = AppendWeights(distribution.size, initial, name="log_std")
            self.actor = keras.Model(self.actor.input, layer(self.actor.output))
        self.distribution = distribution
        self._net = acting_net(self.actor)
        if self.optimizer is not None:
            self.optimizer.build(self._variables_to_learn())

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        self._states = self.net_input(states, self.actor)
        parameters = self._net(self._states)
        if self.training:
            return self.distribution.sample(parameters, self.rng, masks)
        return self.distribution.mode(parameters, masks)

    def backward(self, transition: Transition) -> None:
        self.rollout.append(self._states, transition)
        if not self.rollout.full:
            return
        last = self.net_input(transition.next_observations, self.actor)
        arrays = self.rollout.arrays(last)
        self.rollout.clear()
        size = arrays["rewards"].size
        order = [self.rng.permutation(size) for _ in range(self.epochs)]
        batches = np.reshape(order, (-1, self.batch_size or size)).astype("int32")
        losses, figures, flat = (t.numpy() for t in self._learn(arrays, batches))
        self.check_finite(losses)
        self._net.set_flat(flat)
        names = ("policy_loss", "value_loss", "entropy", "kl")
        self.metrics = dict(zip(names, map(float, figures), strict=True))

    def _epochs(
        self, rollout: dict[str, tf.Tensor], batches: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Learns from a rollout, one gradient step for each row of indices in `batches`.

        Returns:
            Losses [steps], means of the figures, and the actor's weights as one array.
        """
        states = rollout["states"]
        every = tf.reshape(states, [-1, *states.shape[2:]])
        values = tf.reshape(self._values(every), states.shape[:2])
        advantages = generalized_advantages(
            rollout["rewards"],
            values,
            rollout["terminated"],
            rollout["truncated"],
            self.gamma,
            self.lam,
        )
        data = {n: rollout[n] for n in ("actions", "valid", "masks")}
        data |= {"states": states[:-1], "advantages": advantages}
        data["returns"] = advantages + values[:-1]
        data = {
            n: None if x is None else tf.reshape(x, [-1, *x.shape[2:]]) for n, x in data.items()
        }
        data["log_prob"] = self._log_prob(data)[0]  # of the policy that acted

        variables = self._variables_to_learn()
        losses = tf.TensorArray(tf.float32, batches.shape[0])
        total = tf.zeros([4])
        for i in tf.range(batches.shape[0]):
            batch = {n: None if x is None else tf.gather(x, batches[i]) for n, x in data.items()}
            with tf.GradientTape() as tape:
                loss, figures = self._loss(batch)
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            losses, total = losses.write(i, loss), total + figures
        return losses.stack(), total / batches.shape[0], flat_weights(self._net)

    def _loss(self, batch: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of one batch, and its figures [4]. Steps that only reset weigh nothing."""
        weight = tf.cast(batch["valid"], tf.float32)
        weight /= tf.reduce_sum(weight)

        def mean(x: tf.Tensor) -> tf.Tensor:
            return tf.reduce_sum(weight * x)

        advantages = batch["advantages"]
        if self.normalize_advantage:
            advantages -= mean(advantages)
            advantages /= tf.sqrt(mean(advantages**2)) + 1e-8
        log_prob, parameters = self._log_prob(batch)
        ratio = tf.exp(log_prob - batch["log_prob"])
        clipped = tf.clip_by_value(ratio, 1 - self.clip_range, 1 + self.clip_range)
        policy_loss = -mean(tf.minimum(ratio * advantages, clipped * advantages))
        value_loss = mean((self._values(batch["states"]) - batch["returns"]) ** 2)
        entropy = mean(self.distribution.entropy(parameters, batch["masks"]))
        loss = (
            policy_loss + self.value_coefficient * value_loss - self.entropy_coefficient * entropy
        )
        kl = mean(ratio - 1 - (log_prob - batch["log_prob"]))
        return loss, tf.stack([policy_loss, value_loss, entropy, kl])

    def _log_prob(self, batch: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        parameters = self.actor(tf.cast(batch["states"], self.actor.inputs[0].dtype))
        parameters = tf.cast(parameters, tf.float32)
        return self.distribution.log_prob(parameters, batch["actions"], batch["masks"]), parameters

    def _values(self, states: tf.Tensor) -> tf.Tensor:
        """Values [batch]."""
        return tf.cast(self.critic(tf.cast(states, self.critic.inputs[0].dtype)), tf.float32)[:, 0]

    def _variables_to_learn(self) -> list[keras.Variable]:
        """Of actor and critic; what they share once."""
        every = [*self.actor.trainable_variables, *self.critic.trainable_variables]
        return list({id(v): v for v in every}.values())

    @property
    def busy(self) -> bool:
        return len(self.rollout) > 0

    def cut(self) -> None:
        self.rollout.clear()

    def networks(self) -> dict[str, keras.Model]:
        return {"actor": self.actor, "critic": self.critic}
