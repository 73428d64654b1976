"""The two oldest learning rules: one example after another, one update each."""

from typing import Any

import keras
import numpy as np
from keras import ops


class OnlineUnit(keras.Model):
    """A functional model whose last layer, one linear unit, learns example by example.

    The layers before the unit stay as they are. A batch is gone through in order, each example
    meeting the weights that the one before it left, so that the size of the batch makes no
    difference. Labels are 0 and 1; the unit answers 1 where its score is above 0. The step is
    the learning rate of the optimizer that the model is compiled with; no other part of the
    optimizer is used.

    The figures of an epoch: `loss`, the mean of `criterion`; `accuracy`; and in training
    `mistakes`, how often an example was on the wrong side (or on the border) when its turn came.
    Over the whole of training, the weight `mistakes_seen` counts these mistakes.

    Args:
        inputs, outputs, name: as of a functional `keras.Model`; `outputs` (batch, 1) come from a
            `keras.layers.Dense(1)`.

    Raises:
        ValueError: if the last layer is no such unit.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        unit = self.layers[-1]
        if not isinstance(unit, keras.layers.Dense) or unit.units != 1 or not unit.use_bias:
            raise ValueError(
                "The last layer must be a Dense layer of one unit with a bias. "
                f"Received: {unit.__class__.__name__} called {unit.name!r}"
            )
        self.unit = unit
        # float32: beyond 16 million mistakes it would stand still; nobody waits that long.
        self.mistakes_seen = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="mistakes_seen", dtype="float32"
        )
        self._loss_mean = keras.metrics.Mean("loss")
        self._right_mean = keras.metrics.Mean("accuracy")
        self._mistakes_sum = keras.metrics.Sum("mistakes")

    @staticmethod
    def correction(score: Any, target: Any) -> Any:
        """The step along the example, for a scalar score and a target of -1 or 1."""
        raise NotImplementedError

    @staticmethod
    def criterion(scores: Any, targets: Any) -> Any:
        """What the rule descends, one number an example."""
        raise NotImplementedError

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._loss_mean, self._right_mean, self._mistakes_sum]

    def train_step(self, data: Any) -> dict[str, Any]:
        points, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        targets = _targets(labels)
        scores = self._learn(self._features(points), targets)
        mistakes = ops.cast(targets * scores <= 0, "float32")
        self.mistakes_seen.assign_add(ops.sum(mistakes))
        self._mistakes_sum.update_state(mistakes)
        logs = self._measure(scores, targets)
        return {**logs, "mistakes": self._mistakes_sum.result()}

    def test_step(self, data: Any) -> dict[str, Any]:
        points, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self._measure(self(points, training=False)[:, 0], _targets(labels))

    def _features(self, points: Any) -> Any:
        for layer in self.layers[1:-1]:
            points = layer(points, training=False)
        return ops.cast(points, "float32")

    def _learn(self, features: Any, targets: Any) -> Any:
        """Updates the unit by each example in turn; returns each one's score before its update."""
        rate = ops.cast(self.optimizer.learning_rate, "float32")
        # The bias is the weight of an input that is always 1.
        examples = ops.concatenate([features, ops.ones_like(features[:, :1])], axis=1)
        start = ops.concatenate([self.unit.kernel[:, 0], self.unit.bias])

        def one(weights: Any, row: Any) -> tuple[Any, Any]:
            x, target = row[:-1], row[-1]
            return weights + rate * self.correction(ops.sum(weights * x), target) * x, weights

        # One tensor, not a pair: Keras's scan takes several only if their length is known.
        rows = ops.concatenate([examples, targets[:, None]], axis=1)
        end, before = ops.scan(one, start, rows)
        self.unit.kernel.assign(end[:-1, None])
        self.unit.bias.assign(end[-1:])
        return ops.sum(before * examples, axis=1)

    def _measure(self, scores: Any, targets: Any) -> dict[str, Any]:
        self._loss_mean.update_state(self.criterion(scores, targets))
        self._right_mean.update_state(ops.equal(scores > 0, targets > 0))
        return {"loss": self._loss_mean.result(), "accuracy": self._right_mean.result()}


def _targets(labels: Any) -> Any:
    """Labels 0 and 1, (batch,), as -1 and 1."""
    return 2.0 * ops.cast(ops.reshape(labels, (-1,)), "float32") - 1.0


@keras.saving.register_keras_serializable(package="kerasuite")
class RosenblattPerceptron(OnlineUnit):
    """Learns by error correction: only from mistakes, and by a fixed step.

    `w += rate * target * x` where `target * (w @ x + b) <= 0`, with the bias as the weight of an
    input that is always 1. From zero weights, the rate scales the weights and decides nothing.
    If a plane through the origin of (x, 1) separates the classes with margin g, and no example
    is longer than R, there are at most (R / g)² mistakes, in whatever order examples come.

    Reference:
        Rosenblatt 1958, "The perceptron: a probabilistic model for information storage and
        organization in the brain"; the bound: Novikoff 1962, "On convergence proofs on
        perceptrons", theorem 1.
    """

    @staticmethod
    def correction(score: Any, target: Any) -> Any:
        return ops.where(score * target <= 0, target, ops.zeros_like(target))

    @staticmethod
    def criterion(scores: Any, targets: Any) -> Any:
        """How far on the wrong side, max(0, -target * score)."""
        return ops.relu(-targets * scores)


@keras.saving.register_keras_serializable(package="kerasuite")
class Adaline(OnlineUnit):
    """Learns by least mean squares: `w += rate * (target - score) * x`, from every example.

    The error is that of the score, before the threshold, so the rule goes on after the last
    mistake and approaches the least-squares solution, as near as the rate lets it. It is stable
    for rates below 2 / R², with R the length of the longest (x, 1).

    Reference:
        Widrow & Hoff 1960, "Adaptive switching circuits"; there the step is halved and divided
        by the number of inputs.
    """

    @staticmethod
    def correction(score: Any, target: Any) -> Any:
        return target - score

    @staticmethod
    def criterion(scores: Any, targets: Any) -> Any:
        return ops.square(targets - scores)


def least_squares(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The weights that Adaline approaches.

    Args:
        features: float array (n, features), what the unit sees.
        labels: (n,), 0 or 1.

    Returns:
        float64 (features + 1,): the weights, then the bias, with the least sum of squared
        differences between score and target.
    """
    extended = np.column_stack([np.asarray(features, "float64"), np.ones(len(features))])
    solution, *_ = np.linalg.lstsq(extended, 2.0 * np.asarray(labels) - 1.0, rcond=None)
    return solution
