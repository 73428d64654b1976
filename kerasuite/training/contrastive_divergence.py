"""How restricted Boltzmann machines learn: contrastive divergence, all chains in one product."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.evaluation.likelihood import check_unit_interval
from kerasuite.layers.class_rbm import ClassRBM
from kerasuite.layers.rbm import RBM


@dataclass(frozen=True)
class ContrastiveDivergence:
    """How an RBM learns.

    Attributes:
        steps: of Gibbs sampling before the negative statistics, k; at least 1.
        persistent: whether chains go on from one batch to the next, and do not begin at the data.
        epochs: passes over the data.
        batch_size: examples per step, and chains.
        learning_rate: of the mean gradient.
        momentum: share of the last change that is kept, from 0 to below 1.
        weight_decay: of the kernel, as a fraction of the learning rate.
        sparsity_target: mean activation that hidden units are drawn to; None for none.
        sparsity_weight: how strongly.
        seed: of the order of examples and the sampling.

    Reference:
        Hinton 2002, "Training products of experts by minimizing contrastive divergence"; Tieleman
        2008, "Training restricted Boltzmann machines using approximations to the likelihood
        gradient" (persistent); Hinton 2012, "A practical guide", sections 4, 9, 10 and 11.
    """

    steps: int = 1
    persistent: bool = False
    epochs: int = 10
    batch_size: int = 100
    learning_rate: float = 0.05
    momentum: float = 0.5
    weight_decay: float = 2e-4
    sparsity_target: float | None = None
    sparsity_weight: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {getattr(self, name)}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"`momentum` must be from 0 to below 1. Received: {self.momentum}")
        if self.sparsity_target is not None and not 0 < self.sparsity_target < 1:
            raise ValueError(
                f"`sparsity_target` must be between 0 and 1. Received: {self.sparsity_target}"
            )

    def train(
        self,
        rbm: RBM,
        inputs: np.ndarray,
        on_epoch: Callable[[int, float], None] | None = None,
    ) -> list[float]:
        """Trains an RBM in place.

        Args:
            rbm: built or not; an unbuilt one's visible biases begin at the data's logits.
            inputs: float32 [n, features]; for binary units from 0 to 1, each a 0 or 1 or the
                probability of a 1.
            on_epoch: called with the number of each epoch and its error.

        Returns:
            Per epoch the mean squared error of reconstructions after one step, a coarse figure.

        Raises:
            ValueError: if inputs are not as described.
        """
        inputs = np.asarray(inputs, "float32")
        if inputs.ndim != 2 or not len(inputs):
            raise ValueError(
                f"`inputs` must be rows of numbers, at least one. Received: shape {inputs.shape}"
            )
        if rbm.visible == "binary":
            check_unit_interval(inputs, "inputs")
        if not rbm.built:
            rbm.build((None, inputs.shape[1] - getattr(rbm, "classes", 0)))
            rbm.visible_bias.assign(first_bias(inputs, rbm.visible))
        learner = Learner(self, rbm, min(self.batch_size, len(inputs)), inputs.shape[1])
        with tf.device("CPU"):
            rows = tf.constant(inputs)
        order = iter(shuffled_indices(len(inputs), self.batch_size, self.seed))
        steps = steps_per_epoch(len(inputs), self.batch_size)
        errors, number = [], 0
        for epoch in range(self.epochs):
            total = 0.0
            for _ in range(steps):
                total += learner.step(tf.gather(rows, next(order)), tf.constant(number))
                number += 1
            errors.append(float(total) / steps)
            if on_epoch is not None:
                on_epoch(epoch, errors[-1])
        return errors


class Learner:
    """One compiled step, and what it carries from one to the next.

    Args:
        config: how the machine learns.
        rbm: built.
        chains: how many examples a batch has, and chains if they are persistent.
        features: of an example.
    """

    def __init__(self, config: ContrastiveDivergence, rbm: RBM, chains: int, features: int) -> None:
        self.config, self.rbm = config, rbm
        self.weights = [rbm.kernel, rbm.bias, rbm.visible_bias]
        self.changes = [tf.Variable(tf.zeros(w.shape), trainable=False) for w in self.weights]
        start = tf.random.stateless_uniform([chains, features], [config.seed, -1])
        self.chains = tf.Variable(tf.round(start), trainable=False)
        self.step = tf.function(self._step, autograph=False)

    def _step(self, visible: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        config, rbm = self.config, self.rbm
        seed = tf.stack([tf.constant(config.seed), number])
        seeds = tf.random.experimental.stateless_split(seed, 2 * config.steps + 1)
        binary = rbm.visible == "binary"
        given = bernoulli(visible, seeds[0]) if binary else visible
        hidden = rbm.hidden_mean(given)
        sampled = self.chains if config.persistent else given
        for k in range(config.steps):
            # Hidden units are drawn, or they would tell more than a bit each.
            mean = rbm.hidden_mean(sampled) if k or config.persistent else hidden
            drawn = bernoulli(mean, seeds[2 * k + 1])
            mean = rbm.visible_mean(drawn)
            if not k:
                # Persistent chains have gone elsewhere: the data's own step is asked for then.
                near = rbm.visible_mean(hidden) if config.persistent else mean
                error = tf.reduce_mean(tf.square(given - near))
            sampled = drawn_visible(rbm, mean, seeds[2 * k + 2])
        if config.persistent:
            self.chains.assign(sampled)
        self._change(given, hidden, sampled, rbm.hidden_mean(sampled))
        return error

    def _change(
        self, given: tf.Tensor, hidden: tf.Tensor, sampled: tf.Tensor, dreamt: tf.Tensor
    ) -> None:
        config = self.config
        gradients = divergence(given, hidden, sampled, dreamt)
        gradients[0] -= config.weight_decay * self.weights[0]
        if config.sparsity_target is not None:
            missing = config.sparsity_target - tf.reduce_mean(hidden, 0)
            gradients[1] += config.sparsity_weight * missing
        for weight, change, gradient in zip(self.weights, self.changes, gradients, strict=True):
            change.assign(config.momentum * change + config.learning_rate * gradient)
            weight.assign_add(change)


def divergence(
    given: tf.Tensor, hidden: tf.Tensor, sampled: tf.Tensor, dreamt: tf.Tensor
) -> list[tf.Tensor]:
    """The mean gradients of kernel, bias and visible bias that contrastive divergence climbs.

    Args:
        given: the data's visible units (batch, features).
        hidden: their hidden units' probabilities (batch, units).
        sampled: visible units that the machine drew (batch, features).
        dreamt: their hidden units' probabilities (batch, units).
    """
    count = tf.cast(tf.shape(given)[0], tf.float32)
    products = tf.matmul(given, hidden, transpose_a=True)
    return [
        (products - tf.matmul(sampled, dreamt, transpose_a=True)) / count,
        tf.reduce_mean(hidden, 0) - tf.reduce_mean(dreamt, 0),
        tf.reduce_mean(given, 0) - tf.reduce_mean(sampled, 0),
    ]


def bernoulli(probability: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Zeros and ones, drawn with these probabilities."""
    drawn = tf.random.stateless_uniform(tf.shape(probability), seed)
    return tf.cast(drawn < probability, probability.dtype)


def drawn_visible(rbm: RBM, mean: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """States of an RBM's visible units, drawn with the means of `visible_mean`."""
    if rbm.visible == "gaussian":
        return mean + tf.random.stateless_normal(tf.shape(mean), seed)
    if not isinstance(rbm, ClassRBM):
        return bernoulli(mean, seed)
    features, chances = mean[:, : -rbm.classes], mean[:, -rbm.classes :]
    seeds = tf.random.experimental.stateless_split(seed, 2)
    label = tf.random.stateless_categorical(tf.math.log(chances), 1, seeds[1])[:, 0]
    one = tf.one_hot(label, rbm.classes, dtype=mean.dtype)
    return tf.concat([bernoulli(features, seeds[0]), one], -1)


def first_bias(inputs: np.ndarray, visible: str) -> Any:
    """The biases under which the visible units alone have the data's means."""
    mean = inputs.mean(0)
    if visible == "gaussian":
        return mean
    mean = mean.clip(0.01, 0.99)
    return np.log(mean / (1 - mean))
