"""What agents share that learn from a memory: when to learn, and from what."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.rl.checks import check_counts
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Batch, SequentialMemory, Transition


class Replay:
    """Fills a memory and draws from it when it is time to learn.

    Args:
        memory: of transitions.
        batch_size: transitions a gradient step.
        nb_steps_warmup: steps before learning begins.
        train_interval: learn every so many steps of the environments, over all of them.
        gradient_steps: gradient steps each time, compiled as one.

    Raises:
        ValueError: if an argument is out of its range.
    """

    def __init__(
        self,
        memory: SequentialMemory,
        batch_size: int,
        nb_steps_warmup: int,
        train_interval: int,
        gradient_steps: int,
    ) -> None:
        check_counts(batch_size=batch_size, train_interval=train_interval)
        check_counts(gradient_steps=gradient_steps)
        self.memory, self.batch_size = memory, batch_size
        self.nb_steps_warmup, self.train_interval = nb_steps_warmup, train_interval
        self.gradient_steps = gradient_steps

    def allocate(self, environments: Environments, n_steps: int, gamma: float) -> None:
        """Makes room in the memory; see `SequentialMemory.allocate`."""
        self.memory.allocate(
            environments.observation_space,
            environments.action_space,
            environments.nb_envs,
            n_steps,
            gamma,
            environments.masks is not None,
        )

    def append(
        self, transition: Transition, step: int, rng: np.random.Generator
    ) -> Iterator[Batch]:
        """Remembers a transition and yields what is to be learned from now.

        Args:
            transition: the latest.
            step: steps of the environments, with those of this transition.
            rng: random numbers.
        """
        self.memory.append(transition)
        if step <= self.nb_steps_warmup or not self.memory.nb_ready:
            return
        size = self.gradient_steps * self.batch_size
        for _ in range(times(self.train_interval, transition, step)):
            yield self.memory.sample(size, rng)

    def split(self, batch: Batch, net_input: Callable) -> dict[str, np.ndarray | None]:
        """Returns a batch as arrays [gradient_steps, batch_size, ...] by name.

        Args:
            batch: of `append`.
            net_input: makes of states what nets take.
        """
        batch = batch._replace(state0=net_input(batch.state0), state1=net_input(batch.state1))
        return {
            n: None if x is None else x.reshape(self.gradient_steps, -1, *x.shape[1:])
            for n, x in batch._asdict().items()
            if n != "indices"
        }


class TargetNets:
    """Copies of nets that follow them slowly.

    Args:
        models: the nets.
        update: 1 or more: every so many steps of the environments they become copies; below 1: the
            part of them that is replaced at each gradient step; None: they are the nets themselves.
        copy: makes a model of the same architecture.
    """

    def __init__(
        self,
        models: list[keras.Model],
        update: float | None,
        copy: Callable[[keras.Model], keras.Model] = keras.models.clone_model,
    ) -> None:
        self.models, self.update = models, update
        self.nets = models if update is None else [copy(model) for model in models]
        self.renew()

    @property
    def variables(self) -> list[keras.Variable]:
        """Of all copies; none if they are the nets themselves."""
        return [] if self.update is None else [v for net in self.nets for v in net.variables]

    def renew(self) -> None:
        """Makes them copies of the nets."""
        for target, weight in self._pairs():
            target.assign(weight)

    def after_gradient_step(self) -> None:
        """Moves them a part of the way, if they are to move so; can be compiled."""
        if self.update is not None and self.update < 1:
            for target, weight in self._pairs():
                target.assign(target + self.update * (weight - target))

    def after_step(self, transition: Transition, step: int) -> None:
        """Renews them if it is time to; see `Replay.append` for the arguments."""
        hard = self.update is not None and self.update >= 1
        if hard and times(int(self.update), transition, step):
            self.renew()

    def _pairs(self) -> Iterator[tuple[keras.Variable, keras.Variable]]:
        if self.update is None:
            return
        for net, model in zip(self.nets, self.models, strict=True):
            yield from zip(net.weights, model.weights, strict=True)


def times(interval: int, transition: Transition, step: int) -> int:
    """How many multiples of `interval` a step of all environments reached; see `Replay.append`."""
    before = step - int(np.count_nonzero(transition.valid))
    return step // interval - before // interval


def gradient_steps(
    step: Callable[[dict[str, Any]], tuple[tf.Tensor, ...]],
    batches: dict[str, tf.Tensor | None],
    nb_outputs: int,
) -> list[tf.Tensor]:
    """One gradient step for each row of `batches`, in one loop that can be compiled.

    Args:
        step: learns from one batch; gives `nb_outputs` float32 tensors.
        batches: arrays [steps, ...] by name.
        nb_outputs: see `step`.

    Returns:
        What `step` gave, [steps, ...] each.
    """
    count = batches["reward"].shape[0]
    outputs = [tf.TensorArray(tf.float32, count) for _ in range(nb_outputs)]
    for k in tf.range(count):
        found = step({n: None if x is None else x[k] for n, x in batches.items()})
        outputs = [array.write(k, x) for array, x in zip(outputs, found, strict=True)]
    return [array.stack() for array in outputs]


def wants_jit(jit_compile: bool | str, *models: keras.Model) -> bool:
    """What "auto" means: XLA gains nothing with convolutions on CPUs."""
    if jit_compile != "auto":
        return bool(jit_compile)
    return not any("Conv" in type(layer).__name__ for model in models for layer in model.layers)


def huber(error: tf.Tensor, clip: float) -> tf.Tensor:
    """Half the square of an error up to `clip`, straight beyond."""
    size = tf.abs(error)
    if not np.isfinite(clip):
        return 0.5 * tf.square(error)
    return tf.where(size <= clip, 0.5 * tf.square(error), clip * (size - 0.5 * clip))
