"""Trains one configuration of the lab, and looks into its layers."""

from typing import Any

import keras
import numpy as np

from kerasuite.app import App
from kerasuite.apps.training_lab.nets import NetBuilder
from kerasuite.data.augment import augmentation
from kerasuite.data.load import load_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.evaluation.layer_statistics import layer_statistics
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.losses import SparseSquaredError
from kerasuite.training.rprop import Rprop

AUGMENTATION = {"flip": True, "shift": 0.08, "rotate": 10.0, "scale": 0.1}
PROBED_PICTURES = 256


class TrainingLab(App):
    """One net, and every choice of its training an option."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        size, channels = (None, None) if info is None else (info.shape[:2], info.shape[2])
        splits = load_pictures(
            config.data, size=size, channels=channels, seed=config.seed, limit=config.limit
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        config = self.config
        inputs = keras.Input(info.shape, name="pictures")
        variance = [s * s for s in info.std]
        x = keras.layers.Normalization(mean=info.mean, variance=variance, name="normalize")(inputs)
        wanted = {k: v for k, v in AUGMENTATION.items() if k in config.augment}
        if not info.mirrors:
            wanted.pop("flip", None)
        for layer in augmentation(**wanted, seed=config.seed):
            x = layer(x)
        x = NetBuilder(config)(x, len(info.class_names))
        name = f"{'residual' if config.residual else 'plain'}_{config.net}"
        model = keras.Model(inputs, x, name=name)
        losses = {"cross_entropy": "sparse_categorical_crossentropy", "l2": SparseSquaredError()}
        model.compile(
            optimizer=self._optimizer(),
            loss=losses[config.loss],
            metrics=["accuracy"],
            jit_compile=config.jit,
        )
        return model

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test = splits.test
        probabilities = model.predict(test.batches(self.config.batch_size), verbose=0)
        evaluation = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
        headline = {name: evaluation[name] for name in ("accuracy", "loss")}
        probed = splits.train.subset(PROBED_PICTURES, seed=0)
        pictures = probed.array(np.arange(len(probed))).astype("float32")
        evaluation["layers"] = {
            # Every start follows from the seed, so the net as it began can be built again.
            "start": layer_statistics(self.build(splits.info), pictures, probed.labels),
            "end": layer_statistics(model, pictures, probed.labels),
        }
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return picture_signatures(model, info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return picture_checks(model, splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        return [draw.layer_profile(evaluation["layers"])]

    def _optimizer(self) -> keras.optimizers.Optimizer:
        config, optimizers = self.config, keras.optimizers
        rate = config.learning_rate
        if config.optimizer in ("sgd", "momentum", "nesterov"):
            momentum = 0.0 if config.optimizer == "sgd" else config.momentum
            return optimizers.SGD(rate, momentum, nesterov=config.optimizer == "nesterov")
        others = {
            "rprop": Rprop,
            "adagrad": optimizers.Adagrad,
            "rmsprop": optimizers.RMSprop,
            "adam": optimizers.Adam,
        }
        return others[config.optimizer](rate)


APP = TrainingLab
