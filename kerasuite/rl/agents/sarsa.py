"""SARSA with a net: learns the value of what is really done next, without memory or target net."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.acting import acting_net, flat_weights
from kerasuite.rl.agents.q_network import q_network
from kerasuite.rl.checks import check_counts, check_discrete, check_fractions, check_positive
from kerasuite.rl.core import Agent
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Transition
from kerasuite.rl.policy import EpsGreedyQPolicy, GreedyQPolicy, Policy, masked
from kerasuite.rl.replay import huber, times


class SARSAAgent(Agent):
    """Moves Q(s, a) towards r + gamma * Q(s', a'), where a' is what the policy did in s'.

    Args:
        model: states to one value for each action.
        nb_actions: how many actions there are.
        policy: chooses actions in training; None for `EpsGreedyQPolicy()`.
        test_policy: chooses actions otherwise; None for `GreedyQPolicy()`.
        gamma: the discount of a step, from 0 to 1.
        nb_steps_warmup: steps before learning begins.
        train_interval: learn from every so many steps only, those of all environments counted.
        delta_clip: where Huber's loss turns from square to straight; inf for never.
        processor: see `Agent`.
        seed: see `Agent`.

    Raises:
        ValueError: if an argument is out of its range, or the model has other outputs.

    Reference:
        Rummery & Niranjan 1994, "On-line Q-learning using connectionist systems", equation 5.
    """

    def __init__(
        self,
        model: keras.Model,
        nb_actions: int,
        policy: Policy | None = None,
        test_policy: Policy | None = None,
        gamma: float = 0.99,
        nb_steps_warmup: int = 10,
        train_interval: int = 1,
        delta_clip: float = np.inf,
        processor: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(processor, seed)
        check_fractions(gamma=gamma)
        check_positive(delta_clip=delta_clip)
        self.model = q_network(model, nb_actions)
        self.nb_actions = nb_actions
        self.policy = policy or EpsGreedyQPolicy()
        self.test_policy = test_policy or GreedyQPolicy()
        self.policy.agent = self.test_policy.agent = self
        self.gamma, self.delta_clip = gamma, delta_clip
        check_counts(train_interval=train_interval)
        self.nb_steps_warmup, self.train_interval = nb_steps_warmup, train_interval
        self._previous: Transition | None = None

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer,
        metrics: Any = None,
        jit_compile: bool = True,
    ) -> None:
        """Sets the optimizer.

        Args:
            optimizer: of Keras.
            metrics: of no effect (keras-rl's word): "loss" and "mae" are always there.
            jit_compile: whether XLA compiles learning.
        """
        self.optimizer = keras.optimizers.get(optimizer)
        self.optimizer.build(self.model.trainable_variables)
        self._net = acting_net(self.model)
        self._learn = tf.function(self._gradient_step, jit_compile=jit_compile)

    def check(self, environments: Environments) -> None:
        check_discrete(environments.action_space, self.nb_actions, "SARSAAgent")
        self.check_nets(self.model, environments=environments)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        policy = self.policy if self.training else self.test_policy
        q_values = self._net(self.net_input(states, self.model))
        return policy.select_action(masked(q_values, masks))

    def backward(self, transition: Transition) -> None:
        # Only now is it known what was done after the previous step.
        previous, self._previous = self._previous, transition
        if previous is None or self.step <= self.nb_steps_warmup:
            return
        until_then = self.step - int(np.count_nonzero(transition.valid))
        if not times(self.train_interval, previous, until_then):
            return
        loss, error, flat = self._learn(
            self.net_input(previous.observations, self.model),
            previous.actions,
            previous.rewards,
            (self.gamma * ~previous.terminated).astype("float32"),
            self.net_input(transition.observations, self.model),
            transition.actions,
            previous.valid.astype("float32"),
        )
        self.check_finite(loss.numpy()[None])
        self._net.set_flat(flat.numpy())
        error = float(np.abs(error.numpy()).mean())
        self.metrics = {"loss": float(loss), "mae": error, **self.policy.metrics}

    def _gradient_step(
        self,
        state0: tf.Tensor,
        action0: tf.Tensor,
        reward: tf.Tensor,
        discount: tf.Tensor,
        state1: tf.Tensor,
        action1: tf.Tensor,
        weight: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Learns from one step of all environments, [envs, ...] each."""
        target = reward + discount * tf.stop_gradient(self._value(state1, action1))
        with tf.GradientTape() as tape:
            error = weight * (target - self._value(state0, action0))
            loss = tf.reduce_mean(huber(error, self.delta_clip))
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, error, flat_weights(self._net)

    def _value(self, states: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Q of what was done, float32 [envs]."""
        q_values = self.model(tf.cast(states, self.model.inputs[0].dtype))
        return tf.reduce_sum(q_values * tf.one_hot(actions, self.nb_actions), axis=-1)

    def cut(self) -> None:
        self._previous = None

    def networks(self) -> dict[str, keras.Model]:
        return {"model": self.model}

    def parts(self) -> dict[str, Any]:
        return {"policy": self.policy}
