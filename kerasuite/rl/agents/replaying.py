"""What agents that learn from a memory share: when they learn, from what, and what they note."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.acting import acting_net, flat_weights
from kerasuite.rl.checks import check_fractions, check_memory_interval, check_positive
from kerasuite.rl.core import Agent
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Batch, SequentialMemory, Transition
from kerasuite.rl.random import AnnealedGaussianProcess
from kerasuite.rl.replay import Replay, TargetNets, gradient_steps, wants_jit


class ReplayingAgent(Agent):
    """Fills a memory, and every so many steps does fused gradient steps on what it draws from it.

    A subclass defines `figures` and `_gradient_step`, and calls `_compile` when it has its
    optimizers; besides, what `Agent` leaves to it.

    Args:
        memory: what transitions are drawn from; None for the latest 100,000.
        gamma: the discount of a step, from 0 to 1.
        replay: `batch_size`, `nb_steps_warmup`, `train_interval`, `gradient_steps` of `Replay`.
        target_model_update: `update` of `TargetNets`.
        random_process: noise of actions, which begins anew with each episode; None for none.
        processor: see `Agent`.
        seed: see `Agent`.
        memory_interval: keras-rl's word, see `check_memory_interval`.
        custom_model_objects: keras-rl's word: classes and functions by name, which Keras must know
            where nets are copied; None if it knows them all.
    """

    figures: tuple[str, ...] = ("loss", "mean_q")
    """What `_gradient_step` gives besides the errors."""
    n_steps = 1

    def __init__(
        self,
        memory: SequentialMemory | None,
        gamma: float,
        replay: tuple[int, int, int, int],
        target_model_update: float | None,
        random_process: AnnealedGaussianProcess | None = None,
        processor: Any = None,
        seed: int | None = None,
        memory_interval: int = 1,
        custom_model_objects: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(processor, seed)
        check_fractions(gamma=gamma)
        if target_model_update is not None:
            check_positive(target_model_update=target_model_update)
        check_memory_interval(memory_interval)
        self.memory = SequentialMemory(100_000) if memory is None else memory
        self.replay = Replay(self.memory, *replay)
        self.window_length = self.memory.window_length
        self.gamma, self.random_process = gamma, random_process
        self.target_model_update = target_model_update
        self.custom_model_objects = dict(custom_model_objects or {})

    def _gradient_step(self, step: dict[str, Any]) -> tuple[tf.Tensor, ...]:
        """Learns from one batch: errors [batch], and a number for each of `figures`."""
        raise NotImplementedError

    def _knowing(self) -> AbstractContextManager:
        """Keras knows `custom_model_objects` in it."""
        return keras.saving.custom_object_scope(self.custom_model_objects)

    def _compile(
        self,
        acting: keras.Model,
        models: list[keras.Model],
        jit_compile: bool | str,
        copy: Callable[[keras.Model], keras.Model] = keras.models.clone_model,
    ) -> None:
        """Makes the target nets, and the function that learns.

        Args:
            acting: the net that acts.
            models: those of which there are target nets.
            jit_compile: see `wants_jit`.
            copy: see `TargetNets`.
        """
        with self._knowing():
            self.targets = TargetNets(models, self.target_model_update, copy)
        self._acting, self._net = acting, acting_net(acting)
        jit_compile = wants_jit(jit_compile, *self.networks().values())
        self._learn = tf.function(self._gradient_steps, jit_compile=jit_compile)

    def make_room(self, environments: Environments) -> None:
        self.replay.allocate(environments, self.n_steps, self.gamma)

    def backward(self, transition: Transition) -> None:
        if self.random_process is not None:
            self.random_process.reset_states(transition.terminated | transition.truncated)
        for batch in self.replay.append(transition, self.step, self.rng):
            self._learn_from(batch)
        self.targets.after_step(transition, self.step)

    def _learn_from(self, batch: Batch) -> None:
        steps = self.replay.split(batch, lambda states: self.net_input(states, self._acting))
        errors, *found, flat = (t.numpy() for t in self._learn({**steps, **self._drawn(steps)}))
        self.check_finite(sum(found))
        self.memory.update_priorities(batch.indices, errors.ravel())
        self._net.set_flat(flat)
        figures = zip(self.figures, found, strict=True)
        self.metrics = {name: float(values.mean()) for name, values in figures}
        self.metrics["mae"] = float(np.abs(errors).mean())

    def _drawn(self, steps: dict[str, Any]) -> dict[str, np.ndarray]:
        """What gradient steps need besides batches: random numbers [steps, ...] by name."""
        return {}

    def _gradient_steps(self, steps: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        """Errors [steps, batch], figures [steps], and the acting net's new weights as one array."""
        found = gradient_steps(self._gradient_step, steps, 1 + len(self.figures))
        return *found, flat_weights(self._net)

    def cut(self) -> None:
        self.memory.cut()
        if self.random_process is not None:
            self.random_process.reset_states()

    def parts(self) -> dict[str, Any]:
        process = {} if self.random_process is None else {"random_process": self.random_process}
        return {"memory": self.memory, **process}


def descend(
    optimizer: keras.optimizers.Optimizer,
    tape: tf.GradientTape,
    loss: tf.Tensor,
    variables: Iterable[keras.Variable],
) -> None:
    """One step of an optimizer."""
    optimizer.apply(tape.gradient(loss, variables), variables)
