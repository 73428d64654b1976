"""Up-down: the wake-sleep algorithm for deep belief nets, all weights in one compiled step."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.layers.class_rbm import ClassRBM
from kerasuite.layers.rbm import RBM
from kerasuite.training.contrastive_divergence import bernoulli, divergence, drawn_visible


class UpDown:
    """Trains recognition weights, generative weights and the top machine in place.

    Awake, states are drawn upwards from the data, and the generative weights learn to foretell each
    layer from the one above. Asleep, states are drawn downwards from where the top machine's Gibbs
    sampling ended, and the recognition weights learn to foretell each layer from the one below.
    The top machine, which has the classes, learns by contrastive divergence.

    Args:
        up: dense layers with sigmoids, from below: the way of recognition.
        down: machines of the same shapes, of which kernel and visible bias lead down.
        top: the machine above them.
        learning_rate: of all weights.
        steps: of Gibbs sampling in the top machine.
        batch_size: examples per step.
        seed: of the order of examples and the sampling.

    Reference:
        Hinton, Osindero, Teh 2006, "A fast learning algorithm for deep belief nets", section 5 and
        appendix B.
    """

    def __init__(
        self,
        up: Sequence[keras.layers.Dense],
        down: Sequence[RBM],
        top: ClassRBM,
        *,
        learning_rate: float,
        steps: int,
        batch_size: int,
        seed: int,
    ) -> None:
        self.up, self.down, self.top = list(up), list(down), top
        self.learning_rate, self.steps = learning_rate, steps
        self.batch_size, self.seed = batch_size, seed
        self._compiled = tf.function(self._step, autograph=False)

    def epoch(self, inputs: np.ndarray, labels: np.ndarray, number: int) -> float:
        """Learns from all examples once.

        Args:
            inputs: float32 [n, features], as the lowest layer takes them.
            labels: int [n].
            number: of the epoch, which decides about the order and the sampling.

        Returns:
            The mean squared error of the inputs as the layer above them foretells them.
        """
        with tf.device("CPU"):
            rows, known = tf.constant(inputs), tf.one_hot(labels, self.top.classes)
        count = steps_per_epoch(len(inputs), self.batch_size)
        order = iter(shuffled_indices(len(inputs), self.batch_size, self.seed, number))
        total = 0.0
        for step in range(count):
            which = next(order)
            seed = tf.constant([self.seed, number * count + step])
            total += self._compiled(tf.gather(rows, which), tf.gather(known, which), seed)
        return float(total) / count

    def _step(self, visible: tf.Tensor, classes: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        seeds = iter(
            tf.unstack(
                tf.random.experimental.stateless_split(seed, 1 + 2 * len(self.up) + 2 * self.steps)
            )
        )
        states = [self._given(visible, next(seeds))]
        for layer in self.up:
            states.append(bernoulli(layer(states[-1]), next(seeds)))
        joined = tf.concat([states[-1], classes], -1)
        sampled = joined
        for _ in range(self.steps):
            drawn = bernoulli(self.top.hidden_mean(sampled), next(seeds))
            sampled = drawn_visible(self.top, self.top.visible_mean(drawn), next(seeds))
        dreams = self._dreams(sampled[:, : -self.top.classes], seeds)
        hidden = self.top.hidden_mean(joined)
        changes = [
            *zip(
                (self.top.kernel, self.top.bias, self.top.visible_bias),
                divergence((joined, hidden), (sampled, self.top.hidden_mean(sampled))),
                strict=True,
            ),
            *self._lower_changes(states, dreams),
        ]
        above = states[1] if self.up else bernoulli(hidden, seed)
        foretold = (self.down[0] if self.down else self.top).visible_mean(above)
        error = tf.reduce_mean(tf.square(states[0] - foretold[:, : visible.shape[-1]]))
        for weight, change in changes:
            weight.assign_add(self.learning_rate * change)
        return error

    def _given(self, visible: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        lowest = self.down[0] if self.down else self.top
        return bernoulli(visible, seed) if lowest.visible == "binary" else visible

    def _dreams(self, top: tf.Tensor, seeds: Iterator[tf.Tensor]) -> list[tf.Tensor]:
        """The layers' states drawn downwards, the lowest first; of that one, the means."""
        dreams = [top]
        for machine in reversed(self.down):
            mean, seed = machine.visible_mean(dreams[0]), next(seeds)
            lowest = machine is self.down[0]
            dreams.insert(0, mean if lowest else bernoulli(mean, seed))
        return dreams

    def _lower_changes(
        self, states: list[tf.Tensor], dreams: list[tf.Tensor]
    ) -> list[tuple[keras.Variable, tf.Tensor]]:
        """What each weight below the top machine changes by, for a learning rate of 1."""
        changes = []
        count = tf.cast(tf.shape(states[0])[0], tf.float32)
        for i, (layer, machine) in enumerate(zip(self.up, self.down, strict=True)):
            missed = (states[i] - machine.visible_mean(states[i + 1])) / count
            unseen = (dreams[i + 1] - layer(dreams[i])) / count
            changes += [
                (machine.kernel, tf.matmul(missed, states[i + 1], transpose_a=True)),
                (machine.visible_bias, tf.reduce_sum(missed, 0)),
                (layer.kernel, tf.matmul(dreams[i], unseen, transpose_a=True)),
                (layer.bias, tf.reduce_sum(unseen, 0)),
            ]
        return changes
