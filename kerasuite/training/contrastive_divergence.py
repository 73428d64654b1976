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

# Examples whose reconstructions are measured after each epoch.
_SHOWN = 1000
# That 16 bits can have.
_VALUES = 2.0**16


@dataclass(frozen=True)
class ContrastiveDivergence:
    """How an RBM learns.

    What the data's units are and what the machine draws depend on each other only through the
    weights, so both can be computed side by side, where TensorFlow may do so (see
    `training.machine.start_tensorflow`).

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
        products: precision of the products of matrices, "float32" or "bfloat16". In the latter, the
            kernel and biases are rounded for them to 8 bits, and so are the units' means; drawn
            states are exact in it. The weights are kept and changed in float32.
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
    products: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {getattr(self, name)}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"`momentum` must be from 0 to below 1. Received: {self.momentum}")
        if self.products not in ("float32", "bfloat16"):
            raise ValueError(
                f'`products` must be "float32" or "bfloat16". Received: products={self.products!r}'
            )
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
            Per epoch the mean squared error of reconstructions of some of the inputs, at most about
            a thousand, after it: a coarse figure.

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
        # Of a 0 or a 1 there is nothing to draw.
        chances = rbm.visible == "binary" and bool(((inputs != 0) & (inputs != 1)).any())
        learner = Learner(self, rbm, min(self.batch_size, len(inputs)), chances)
        with tf.device("CPU"):
            rows = tf.constant(inputs)
            if learner.whole:
                rows = tf.cast(rows, self.products)
        shown = tf.constant(inputs[:: -(-len(inputs) // _SHOWN)])
        steps = steps_per_epoch(len(inputs), self.batch_size)
        orders = iter(shuffled_indices(len(inputs), self.batch_size, self.seed).batch(steps))
        errors = []
        for epoch in range(self.epochs):
            learner.learn(rows, next(orders), tf.constant(epoch * steps))
            errors.append(float(learner.error(shown)))
            if on_epoch is not None:
                on_epoch(epoch, errors[-1])
        return errors


class Learner:
    """Steps compiled into one loop, and what they carry from one to the next.

    Args:
        config: how the machine learns.
        rbm: built.
        chains: how many examples a batch has, and chains if they are persistent.
        chances: whether examples are probabilities, and states have to be drawn with them.
    """

    def __init__(self, config: ContrastiveDivergence, rbm: RBM, chains: int, chances: bool) -> None:
        self.config, self.rbm, self.chances = config, rbm, chances
        # Zeros and ones are the same in any precision.
        self.whole = rbm.visible == "binary" and not chances
        self.weights = [rbm.kernel, rbm.bias, rbm.visible_bias]
        self.changes = [tf.Variable(tf.zeros(w.shape), trainable=False) for w in self.weights]
        start = tf.random.stateless_uniform([chains, rbm.units], [config.seed, -1])
        self.chains = tf.Variable(tf.cast(tf.round(start), config.products), trainable=False)
        self.learn = tf.function(self._learn, autograph=False)
        self.error = tf.function(self._error, autograph=False)

    def _learn(self, rows: tf.Tensor, order: tf.Tensor, first: tf.Tensor) -> None:
        """A step for each batch of rows that `order` names; `first` is the first one's number."""

        def body(i: tf.Tensor) -> tuple[tf.Tensor]:
            with tf.device("CPU"):  # where the rows are
                batch = tf.gather(rows, order[i])
            batch.set_shape([self.chains.shape[0], rows.shape[1]])
            self._step(batch, first + i)
            return (i + 1,)

        tf.while_loop(lambda i: i < tf.shape(order)[0], body, (tf.constant(0),))

    def _error(self, visible: tf.Tensor) -> tf.Tensor:
        back = self.rbm.visible_mean(self.rbm.hidden_mean(visible))
        return tf.reduce_mean(tf.square(visible - back))

    def _step(self, visible: tf.Tensor, number: tf.Tensor) -> None:
        config, rbm = self.config, self.rbm
        seed = tf.stack([tf.constant(config.seed), number])
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2 * config.steps + 1))
        kernel = None if config.products == "float32" else tf.cast(rbm.kernel, config.products)
        given = bernoulli(visible, seeds.pop()) if self.chances else visible
        if rbm.visible == "binary":
            given = tf.cast(given, config.products)
        hidden = rbm.hidden_mean(given, kernel)
        # Hidden units are drawn, or they would tell more than a bit each.
        drawn = self.chains if config.persistent else bernoulli(hidden, seeds.pop())
        for k in range(config.steps):
            sampled = drawn_visible(rbm, rbm.visible_mean(drawn, kernel), seeds.pop())
            if k + 1 < config.steps:
                drawn = bernoulli(rbm.hidden_mean(sampled, kernel), seeds.pop())
        explained = rbm.hidden_mean(sampled, kernel)
        if config.persistent:
            self.chains.assign(bernoulli(explained, seeds.pop()))
        self._change((given, hidden), (sampled, explained))

    def _change(self, data: tuple[Any, Any], drawn: tuple[Any, Any]) -> None:
        config = self.config
        rate = config.learning_rate
        gains = divergence(data, drawn, rate, config.products)
        if config.weight_decay:
            gains[0] -= (rate * config.weight_decay) * self.weights[0]
        if config.sparsity_target is not None:
            active = tf.reduce_mean(tf.cast(data[1], tf.float32), 0)
            missing = config.sparsity_target - active
            gains[1] += rate * config.sparsity_weight * missing
        for weight, change, gain in zip(self.weights, self.changes, gains, strict=True):
            # The change becomes momentum * change - lr * grad, and is added to the weight.
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=weight.value.handle,
                accum=change.handle,
                lr=-1.0,
                grad=gain,
                momentum=config.momentum,
            )


def divergence(
    data: tuple[tf.Tensor, tf.Tensor],
    drawn: tuple[tf.Tensor, tf.Tensor],
    rate: float = 1.0,
    products: str = "float32",
) -> list[tf.Tensor]:
    """The mean gradients of kernel, bias and visible bias that contrastive divergence climbs.

    Args:
        data: visible units (batch, features), and the hidden units' probabilities, given these
            (batch, units).
        drawn: the same of what the machine drew.
        rate: what the gradients are multiplied by.
        products: precision in which the kernel's is computed.
    """
    share = rate / tf.cast(tf.shape(data[0])[0], tf.float32)
    # Scaled where there are fewest numbers.
    sides = [
        (tf.cast(visible, products), tf.cast(hidden, tf.float32) * scale)
        for (visible, hidden), scale in ((data, share), (drawn, -share))
    ]
    if products == "float32":  # side by side
        kernel = tf.add_n([tf.matmul(*side, transpose_a=True) for side in sides])
    else:  # in one product, whose difference is rounded once
        visible, units = (tf.concat(halves, 0) for halves in zip(*sides, strict=True))
        kernel = tf.matmul(visible, tf.cast(units, products), transpose_a=True)
    more = [tf.reduce_sum(tf.cast(visible, tf.float32), 0) for visible, _ in (data, drawn)]
    return [
        tf.cast(kernel, tf.float32),
        tf.add_n([tf.reduce_sum(hidden, 0) for _, hidden in sides]),
        share * (more[0] - more[1]),
    ]


def bernoulli(probability: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Zeros and ones, drawn with these probabilities.

    Each is compared with 16 random bits, half of what a number of the generator has: it takes most
    of the time. A probability is so rounded by at most 1 / 2**17.
    """
    shape = tf.shape(probability)
    count = tf.size(probability)
    pairs = tf.random.stateless_uniform([(count + 1) // 2], seed, None, None, tf.uint32)
    drawn = tf.reshape(tf.reshape(tf.bitcast(pairs, tf.uint16), [-1])[:count], shape)
    # In the middle between two of the values that the bits can have.
    below = tf.cast(drawn, tf.float32) < _VALUES * tf.cast(probability, tf.float32) - 0.5
    return tf.cast(below, probability.dtype)


def drawn_visible(rbm: RBM, mean: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """States of an RBM's visible units, drawn with the means of `visible_mean`."""
    if rbm.visible == "gaussian":
        mean = tf.cast(mean, tf.float32)
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
