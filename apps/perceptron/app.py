"""Classifies points of the plane by the rules of 1943, 1958, 1960 and 1986."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.data.points import load_points
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.gradient_check import gradient_error
from kerasuite.evaluation.separation import Separation, separation
from kerasuite.export.signature import Check, Signature
from kerasuite.models.gates import LogicGate
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.online_rules import Adaline, RosenblattPerceptron, least_squares

UNITS = {"rosenblatt": RosenblattPerceptron, "adaline": Adaline}
MOST_FRAMES = 40
CHECKED_POINTS = 64


class Perceptron(App):
    """Learns which side of a border the points of two classes lie on."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_points(
            config.data or "separable",
            points=config.points,
            noise=config.noise,
            margin=config.margin,
            seed=config.seed,
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        config = self.config
        if config.rule == "mcculloch_pitts":
            return LogicGate(config.data)
        if config.rule == "mlp":
            model = self._mlp(info)
            model.compile(
                optimizer=keras.optimizers.SGD(config.learning_rate, momentum=config.momentum),
                loss=keras.losses.BinaryCrossentropy(from_logits=True),
                metrics=[keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)],
                jit_compile=config.jit,
            )
            return model
        inputs = keras.Input((2,), name="points")
        # From zero the learning rate only scales the weights, and the theorem's bound holds.
        unit = keras.layers.Dense(1, kernel_initializer="zeros", dtype="float32", name="unit")
        model = UNITS[config.rule](inputs, unit(_normalized(inputs, info)), name=config.rule)
        model.compile(keras.optimizers.SGD(config.learning_rate), jit_compile=config.jit)
        return model

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        if self.config.rule != "mcculloch_pitts":  # gates are wired, there is nothing to learn
            super().fit(model, splits, callbacks, first_epoch)

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test = splits.test
        headline = {
            "accuracy": float(np.mean((scores_of(model, test.values) > 0) == test.labels)),
            "train_mistakes": _mistakes(model, splits),
        }
        evaluation: dict[str, Any] = {"converged": "no" if headline["train_mistakes"] else "yes"}
        if self.config.rule in UNITS:
            features = features_of(model, splits.train.values)
            evaluation |= _described(separation(features, splits.train.labels))
        if self.config.rule == "rosenblatt":
            headline["updates"] = int(model.mistakes_seen)
        if self.config.rule == "adaline":
            best = least_squares(features, splits.train.labels)
            weights = np.concatenate([np.ravel(w) for w in model.unit.get_weights()])
            headline["distance_to_least_squares"] = float(np.linalg.norm(weights - best))
        if self.config.rule == "mlp":
            evaluation["gradient_check_error"] = self._gradient_error(splits)
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        names = tf.constant(info.class_names)

        def classify(points: tf.Tensor) -> dict[str, tf.Tensor]:
            scores = tf.cast(model(points, training=False), tf.float32)[:, 0]
            return {"class": tf.gather(names, tf.cast(scores > 0, tf.int32)), "score": scores}

        return {
            "serving_default": Signature(
                classify,
                (tf.TensorSpec([None, 2], tf.float32, "points"),),
                {"points": "row"},
                "points x1,x2 → class and score, above 0 for the second class",
            )
        }

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        points = splits.test.values[:CHECKED_POINTS]
        scores = scores_of(model, points)
        names = np.char.encode(np.array(splits.info.class_names), "utf-8")
        answers = {"class": names[(scores > 0).astype(int)], "score": scores}
        return {"serving_default": Check({"points": points}, answers)}

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test, train = splits.test, splits.train
        plane = draw.Plane.around(np.concatenate([train.values, test.values]))
        answers = (scores_of(model, test.values) > 0).astype(int)
        found = [
            draw.decision_boundary(
                plane,
                scores_of(model, plane.places()),
                test.values,
                test.labels,
                answers,
                splits.info.class_names,
            )
        ]
        if self.config.rule == "mcculloch_pitts":
            return found
        memory = self._learned_again(splits, plane)
        found.append(draw.boundary_film(plane, memory.moments, train.values, train.labels))
        if self.config.rule == "rosenblatt":
            found.append(draw.mistake_counts(memory.mistakes, evaluation["mistake_bound"]))
        return found

    def _mlp(self, info: Info, dtype: str | None = None) -> keras.Model:
        config = self.config
        inputs = keras.Input((2,), name="points", dtype=dtype)
        x = _normalized(inputs, info, dtype)
        for i, units in enumerate(config.hidden_units):
            initializer = keras.initializers.GlorotUniform(seed=config.seed + i)
            x = keras.layers.Dense(
                units, config.activation, kernel_initializer=initializer, dtype=dtype,
                name=f"hidden{i + 1}",
            )(x)  # fmt: skip
        initializer = keras.initializers.GlorotUniform(seed=config.seed + len(config.hidden_units))
        last = keras.layers.Dense(
            1, kernel_initializer=initializer, dtype=dtype or "float32", name="unit"
        )
        return keras.Model(inputs, last(x), name="mlp")

    def _gradient_error(self, splits: Splits) -> float:
        """Of the MLP as it was initialised, on some training points."""
        train = splits.train.take(range(min(8, len(splits.train))))
        loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
        targets = train.labels[:, None].astype("float64")
        model = self._mlp(splits.info, "float64")
        return gradient_error(model, train.values.astype("float64"), targets, loss)

    def _learned_again(self, splits: Splits, plane: draw.Plane) -> "Memory":
        """Learns once more, now with an eye on every epoch.

        The same seed gives the same run, and points of the plane are learned within seconds: that
        is simpler than to keep each epoch's weights through stops and resumptions.
        """
        model = self.build(splits.info)
        memory = Memory(plane, self.config.epochs)
        self.fit(model, splits, [memory])
        return memory


class Memory(keras.callbacks.Callback):
    """Notes mistakes and, in some forty epochs, what the model says across the plane.

    Args:
        plane: where it is asked.
        epochs: how many there will be.
    """

    def __init__(self, plane: draw.Plane, epochs: int) -> None:
        super().__init__()
        self.places = plane.places()
        self.shown = set(np.linspace(0, epochs - 1, min(epochs, MOST_FRAMES)).round().astype(int))
        self.moments: list[tuple[str, np.ndarray]] = []
        self.mistakes: list[float] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._note("before", self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        self.mistakes.append(logs.get("mistakes", 0.0))
        if epoch in self.shown:
            self._note(f"epoch {epoch + 1}, accuracy {logs['accuracy']:.1%}", self.model)

    def _note(self, words: str, model: keras.Model) -> None:
        self.moments.append((words, scores_of(model, self.places)))


def scores_of(model: keras.Model, points: np.ndarray) -> np.ndarray:
    """The model's scores of points [n, 2], float32 [n]; above 0 is the second class."""
    return keras.ops.convert_to_numpy(model(points, training=False))[:, 0].astype("float32")


def features_of(model: keras.Model, points: np.ndarray) -> np.ndarray:
    """What the unit of a model sees of points [n, 2]: they are normalised, float32 [n, 2]."""
    return keras.ops.convert_to_numpy(model.get_layer("normalize")(points))


def _normalized(inputs: keras.KerasTensor, info: Info, dtype: str | None = None) -> Any:
    variance = [s * s for s in info.std]
    return keras.layers.Normalization(
        mean=info.mean, variance=variance, dtype=dtype, name="normalize"
    )(inputs)


def _mistakes(model: keras.Model, splits: Splits) -> int:
    train = splits.train
    return int(np.sum((scores_of(model, train.values) > 0) != train.labels))


def _described(found: Separation) -> dict[str, Any]:
    separable = found.margin > 0
    return {
        "separable": "yes" if separable else "no",
        "radius": found.radius,
        "margin": found.margin,
        "mistake_bound": found.bound if separable else None,
    }


APP = Perceptron
