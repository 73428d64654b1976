"""Deep Q-learning, and what became of it: Rainbow, one switch for each of its parts."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.acting import softmax
from kerasuite.rl.agents.q_network import q_network, twin
from kerasuite.rl.agents.replaying import ReplayingAgent, descend
from kerasuite.rl.checks import check_counts, check_discrete, clip_of
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Batch, LatestMemory, SequentialMemory
from kerasuite.rl.policy import EpsGreedyQPolicy, GreedyQPolicy, Policy, masked
from kerasuite.rl.replay import huber


class DQNAgent(ReplayingAgent):
    """Learns Q(s, a), the discounted sum of rewards to come, and takes what has most of it.

    | switch | what it is | paper |
    |---|---|---|
    | `memory=None`, `target_model_update=None` | naive: learns from what just happened | |
    | `memory`, `target_model_update` | replay and a target net | Mnih et al. 2015 |
    | `enable_double_dqn` | one net chooses, the other values | van Hasselt et al. 2016 |
    | `enable_dueling_network` | Q = V + A | Wang et al. 2016 |
    | `n_steps` | sums rewards over some steps first | Sutton 1988 |
    | `memory=PrioritizedMemory(...)` | what surprised comes more often | Schaul et al. 2016 |
    | `enable_noisy_network` | learned noise in place of chance | Fortunato et al. 2018 |
    | `enable_categorical` | C51: a distribution of the return | Bellemare et al. 2017 |

    All of them together are Rainbow (Hessel et al. 2018).

    Args:
        model: functional or sequential; input: states, output: one value for each action.
        nb_actions: how many actions there are.
        memory: what transitions are drawn from; None learns from the latest one.
        policy: chooses actions in training; None for `EpsGreedyQPolicy()`, or `GreedyQPolicy()`
            with a noisy net.
        test_policy: chooses actions otherwise; None for `GreedyQPolicy()`.
        gamma: the discount of a step, from 0 to 1.
        batch_size: transitions a gradient step. (Without a memory: one for each environment.)
        nb_steps_warmup: steps before learning begins.
        train_interval: learn every so many steps of the environments, over all of them.
        gradient_steps: gradient steps each time, compiled as one.
        target_model_update: 1 or more: every so many steps the target net becomes a copy; below 1:
            its part that is replaced at each gradient step; None for no target net.
        delta_clip: where Huber's loss turns from square to straight; inf for never.
        enable_double_dqn: see above.
        enable_dueling_network: see above; replaces the model's last layer.
        dueling_type: "avg", "max" or "naive", see `kerasuite.layers.Dueling`.
        n_steps: see above.
        enable_noisy_network: see above; replaces the model's dense layers.
        enable_categorical: see above; replaces the model's last layer.
        atoms: how many returns the distribution knows.
        v_min: the least of them.
        v_max: the largest.
        processor: see `Agent`.
        seed: see `Agent`.
        memory_interval: keras-rl's word; only 1 is taken, see `check_memory_interval`.
        delta_range: keras-rl's older word for `delta_clip`, a pair; the second number counts.
        custom_model_objects: keras-rl's word: classes and functions of the net by name, if they
            are not registered with Keras.

    Raises:
        ValueError: if an argument is out of its range, or the model has other outputs.
    """

    def __init__(
        self,
        model: keras.Model,
        nb_actions: int,
        memory: SequentialMemory | None = None,
        policy: Policy | None = None,
        test_policy: Policy | None = None,
        gamma: float = 0.99,
        batch_size: int = 32,
        nb_steps_warmup: int = 1000,
        train_interval: int = 1,
        gradient_steps: int = 1,
        target_model_update: float | None = 10_000,
        delta_clip: float = 1.0,
        enable_double_dqn: bool = False,
        enable_dueling_network: bool = False,
        dueling_type: str = "avg",
        n_steps: int = 1,
        enable_noisy_network: bool = False,
        enable_categorical: bool = False,
        atoms: int = 51,
        v_min: float = -10.0,
        v_max: float = 10.0,
        processor: Any = None,
        seed: int | None = None,
        memory_interval: int = 1,
        delta_range: tuple[float, float] | None = None,
        custom_model_objects: dict[str, Any] | None = None,
    ) -> None:
        replay = (batch_size, nb_steps_warmup, train_interval, gradient_steps)
        latest = LatestMemory() if memory is None else memory
        super().__init__(
            latest, gamma, replay, target_model_update, None, processor, seed, memory_interval,
            custom_model_objects,
        )  # fmt: skip
        check_counts(n_steps=n_steps)
        if atoms < 2 or not v_min < v_max:
            raise ValueError(
                "`atoms` must be at least 2 and `v_min` below `v_max`. "
                f"Received: atoms={atoms}, v_min={v_min}, v_max={v_max}"
            )
        if memory is None and gradient_steps > 1:
            raise ValueError(
                "Without a memory each transition is learned from once. "
                f"Received: memory=None, gradient_steps={gradient_steps}"
            )
        self.nb_actions, self.n_steps = nb_actions, n_steps
        self.delta_clip = clip_of(delta_clip, delta_range)
        self.double, self.noisy = enable_double_dqn, enable_noisy_network
        self.atoms = atoms if enable_categorical else 1
        self.support = np.linspace(v_min, v_max, self.atoms, dtype="float32")
        with self._knowing():
            self.model = q_network(
                model,
                nb_actions,
                dueling_type if enable_dueling_network else None,
                enable_noisy_network,
                self.atoms,
                self.seed,
            )
        self.policy = policy or (GreedyQPolicy() if self.noisy else EpsGreedyQPolicy())
        self.test_policy = test_policy or GreedyQPolicy()
        self.policy.agent = self.test_policy.agent = self

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer,
        metrics: Any = None,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Makes the target net and the learning function.

        Args:
            optimizer: of Keras.
            metrics: of no effect (keras-rl's word): "loss", "mae" and "mean_q" are always there.
            jit_compile: whether XLA compiles the gradient steps; "auto" does unless there are
                convolutions, which gain nothing by it on CPUs.
        """
        self.optimizer = keras.optimizers.get(optimizer)
        self.optimizer.build(self.model.trainable_variables)
        self._compile(self.model, [self.model], jit_compile, twin)
        self.target_model = self.targets.nets[0]

    def check(self, environments: Environments) -> None:
        check_discrete(environments.action_space, self.nb_actions, "DQNAgent")
        self.check_nets(self.model, environments=environments)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        rng = self.rng if self.training and self.noisy else None
        q_values = self._net(self.net_input(states, self.model), rng)
        if self.atoms > 1:
            logits = q_values.reshape(-1, self.nb_actions, self.atoms)
            q_values = softmax(logits) @ self.support
        policy = self.policy if self.training else self.test_policy
        return policy.select_action(masked(q_values, masks))

    def _learn_from(self, batch: Batch) -> None:
        super()._learn_from(batch)
        self.metrics |= self.policy.metrics

    def _gradient_step(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            loss, error, mean_q = self._loss(step)
        descend(self.optimizer, tape, loss, self.model.trainable_variables)
        self.targets.after_gradient_step()
        return error, loss, mean_q

    def _loss(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Loss, errors [batch] and mean value of one batch."""
        outputs = self._outputs(self.model, step["state0"])  # [batch, actions, atoms]
        after = self._outputs(self.target_model, step["state1"])
        # The action to follow: chosen by the online net for double DQN, else by the target net.
        chooser = self._outputs(self.model, step["state1"]) if self.double else after
        q_after = self._values(chooser)
        if step["mask1"] is not None:
            q_after = tf.where(step["mask1"], q_after, q_after.dtype.min)
        chosen = tf.one_hot(tf.argmax(q_after, axis=-1), self.nb_actions)[:, :, None]
        taken = tf.one_hot(step["action"], self.nb_actions)[:, :, None]
        output = tf.reduce_sum(outputs * taken, axis=1)  # [batch, atoms]
        after = tf.stop_gradient(tf.reduce_sum(after * chosen, axis=1))
        reward, discount = step["reward"], step["discount"]
        if self.atoms > 1:
            error = self._categorical_errors(output, after, reward, discount)
            loss = error
        else:
            error = reward + discount * after[:, 0] - output[:, 0]
            loss = huber(error, self.delta_clip)
        mean_q = tf.reduce_mean(tf.reduce_max(self._values(outputs), axis=-1))
        return tf.reduce_mean(step["weight"] * loss), error, mean_q

    def _categorical_errors(
        self, logits: tf.Tensor, after: tf.Tensor, reward: tf.Tensor, discount: tf.Tensor
    ) -> tf.Tensor:
        """Cross-entropy of the predicted and the projected distribution, [batch].

        Bellemare, Dabney, Munos 2017, "A distributional perspective on reinforcement learning",
        equation 7 and algorithm 1.
        """
        z = tf.constant(self.support)
        delta_z = z[1] - z[0]
        shifted = tf.clip_by_value(reward[:, None] + discount[:, None] * z, z[0], z[-1])
        distance = tf.abs(shifted[:, None, :] - z[None, :, None]) / delta_z
        share = tf.clip_by_value(1 - distance, 0.0, 1.0)  # [batch, atoms to, atoms from]
        target = tf.reduce_sum(share * tf.nn.softmax(after)[:, None, :], axis=-1)
        return tf.nn.softmax_cross_entropy_with_logits(tf.stop_gradient(target), logits)

    def _outputs(self, model: keras.Model, states: tf.Tensor) -> tf.Tensor:
        """float32 [batch, actions, atoms]: values, or logits of distributions."""
        outputs = model(tf.cast(states, model.inputs[0].dtype), training=self.noisy)
        return tf.reshape(tf.cast(outputs, tf.float32), [-1, self.nb_actions, self.atoms])

    def _values(self, outputs: tf.Tensor) -> tf.Tensor:
        """Q [batch, actions]."""
        if self.atoms == 1:
            return outputs[:, :, 0]
        return tf.reduce_sum(tf.nn.softmax(outputs) * self.support, axis=-1)

    def update_target_model_hard(self) -> None:
        """Makes the target net a copy of the net."""
        self.targets.renew()

    def networks(self) -> dict[str, keras.Model]:
        return {"model": self.model}

    def parts(self) -> dict[str, Any]:
        return {**super().parts(), "policy": self.policy}
