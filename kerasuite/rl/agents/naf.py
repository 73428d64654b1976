"""Normalised advantage functions: Q-learning with continuous actions."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.rl.acting import outputs
from kerasuite.rl.agents.replaying import ReplayingAgent, descend
from kerasuite.rl.checks import check_box, check_counts, check_output, clip_of
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import SequentialMemory
from kerasuite.rl.random import AnnealedGaussianProcess
from kerasuite.rl.replay import huber


class NAFAgent(ReplayingAgent):
    """Q(s, a) = V(s) - 1/2 (a - mu)' P (a - mu): the best action is mu(s), its value V(s).

    P = L L', L lower triangular with exponentials on its diagonal.

    Args:
        V_model: states to one value.
        L_model: states to the numbers of L: nb_actions * (nb_actions + 1) / 2, row by row, or
            `nb_actions` for "diag". (keras-rl's had the action as a second input; then mu would
            not be the best action.)
        mu_model: states to actions, in the environment's units; what is out of bounds is clipped.
        nb_actions: how many numbers an action has.
        memory: what transitions are drawn from; None for the latest 100,000.
        random_process: noise that is added to actions in training, see `kerasuite.rl.random`; None
            for none.
        covariance_mode: "full" or "diag", what L is.
        gamma: the discount of a step, from 0 to 1.
        batch_size: transitions a gradient step.
        nb_steps_warmup: steps before learning begins.
        train_interval: learn every so many steps of the environments, over all of them.
        gradient_steps: gradient steps each time, compiled as one.
        target_model_update: see `DQNAgent`.
        delta_clip: where Huber's loss turns from square to straight; inf for never.
        processor: see `Agent`.
        seed: see `Agent`.
        memory_interval: keras-rl's word; only 1 is taken, see `check_memory_interval`.
        delta_range: keras-rl's older word for `delta_clip`, a pair; the second number counts.
        custom_model_objects: keras-rl's word: classes and functions of the nets by name, if they
            are not registered with Keras.

    Raises:
        ValueError: if an argument is out of its range, or a net has other outputs.

    Reference:
        Gu, Lillicrap, Sutskever, Levine 2016, "Continuous deep Q-learning with model-based
        acceleration", section 4, algorithm 1.
    """

    def __init__(
        self,
        V_model: keras.Model,
        L_model: keras.Model,
        mu_model: keras.Model,
        nb_actions: int,
        memory: SequentialMemory | None = None,
        random_process: AnnealedGaussianProcess | None = None,
        covariance_mode: str = "full",
        gamma: float = 0.99,
        batch_size: int = 32,
        nb_steps_warmup: int = 1000,
        train_interval: int = 1,
        gradient_steps: int = 1,
        target_model_update: float | None = 0.001,
        delta_clip: float = np.inf,
        processor: Any = None,
        seed: int | None = None,
        memory_interval: int = 1,
        delta_range: tuple[float, float] | None = None,
        custom_model_objects: dict[str, Any] | None = None,
    ) -> None:
        replay = (batch_size, nb_steps_warmup, train_interval, gradient_steps)
        super().__init__(
            memory, gamma, replay, target_model_update, random_process, processor, seed,
            memory_interval, custom_model_objects,
        )  # fmt: skip
        check_counts(nb_actions=nb_actions)
        sizes = {"full": nb_actions * (nb_actions + 1) // 2, "diag": nb_actions}
        if covariance_mode not in sizes:
            raise ValueError(
                '`covariance_mode` must be "full" or "diag". '
                f"Received: covariance_mode={covariance_mode!r}"
            )
        if len(L_model.inputs) != 1:
            raise InputError(
                "L_model must take states only: if it took the action too, mu would not be the "
                f"best action. Received: {len(L_model.inputs)} inputs"
            )
        check_output(V_model, 1, "V_model")
        check_output(L_model, sizes[covariance_mode], "L_model")
        check_output(mu_model, nb_actions, "mu_model")
        self.V_model, self.L_model, self.mu_model = V_model, L_model, mu_model
        self.nb_actions, self.covariance_mode = nb_actions, covariance_mode
        self.delta_clip = clip_of(delta_clip, delta_range)
        self._places = _places(nb_actions, covariance_mode)

    def compile(
        self, optimizer: Any, metrics: Any = None, jit_compile: bool | str = "auto"
    ) -> None:
        """Makes the target net and the learning function.

        Args:
            optimizer: of Keras.
            metrics: of no effect (keras-rl's word): "loss", "mae" and "mean_q" are always there.
            jit_compile: whether XLA compiles the gradient steps; "auto" does unless there are
                convolutions.
        """
        self.optimizer = keras.optimizers.get(optimizer)
        self.optimizer.build(self._variables_to_learn())
        self._compile(self.mu_model, [self.V_model], jit_compile)

    def check(self, environments: Environments) -> None:
        self.low, self.high = check_box(environments.action_space, self.nb_actions, False)
        self.check_nets(*self.networks().values(), environments=environments)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        actions = self._net(self.net_input(states, self.mu_model))
        if self.training and self.random_process is not None:
            actions = actions + self.random_process.sample(len(states), self.rng)
        return np.clip(actions, self.low, self.high).astype("float32")

    def _gradient_step(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            loss, error, mean_q = self._loss(step)
        descend(self.optimizer, tape, loss, self._variables_to_learn())
        self.targets.after_gradient_step()
        return error, loss, mean_q

    def _loss(self, step: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Loss, errors [batch] and mean value of one batch."""
        after = outputs(self.targets.nets[0], step["state1"])[:, 0]
        target = tf.stop_gradient(step["reward"] + step["discount"] * after)
        error = target - self._values(step["state0"], step["action"])
        loss = tf.reduce_mean(step["weight"] * huber(error, self.delta_clip))
        return loss, error, tf.reduce_mean(target)

    def _values(self, states: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Q, float32 [batch]."""
        away = actions - outputs(self.mu_model, states)
        rows = tf.reshape(
            outputs(self.L_model, states) @ self._places,
            [-1, self.nb_actions, self.nb_actions],
        )
        lower = tf.linalg.set_diag(rows, tf.exp(tf.linalg.diag_part(rows)))
        scaled = tf.einsum("bij,bi->bj", lower, away)  # L' (a - mu)
        return outputs(self.V_model, states)[:, 0] - 0.5 * tf.reduce_sum(scaled**2, axis=-1)

    def _variables_to_learn(self) -> list[keras.Variable]:
        """Of the three nets; what they share once."""
        every = [v for model in self.networks().values() for v in model.trainable_variables]
        return list({id(v): v for v in every}.values())

    def networks(self) -> dict[str, keras.Model]:
        return {"V": self.V_model, "L": self.L_model, "mu": self.mu_model}


def _places(size: int, covariance_mode: str) -> np.ndarray:
    """Where the numbers of L go: 0 and 1, float32 [numbers, size * size]."""
    rows, columns = np.tril_indices(size) if covariance_mode == "full" else 2 * (np.arange(size),)
    places = np.zeros((len(rows), size * size), np.float32)
    places[np.arange(len(rows)), rows * size + columns] = 1
    return places
