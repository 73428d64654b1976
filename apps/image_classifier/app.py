"""Pictures into classes: any net of the suite, from raw files to a served answer."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerasuite import models
from kerasuite.app import App
from kerasuite.data import catalogue
from kerasuite.data.augment import augmentation, views
from kerasuite.data.load import load_pictures
from kerasuite.data.mixing import mixup, one_hot
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.callbacks import schedule

AUGMENTATION = {"flip": True, "shift": 0.08, "rotate": 10.0, "scale": 0.1}
SHOWN_MISTAKES = 24


class ImageClassifier(App):
    """Trains a registered net on pictures with one label each."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        side = config.image_size
        size = (side, side) if side else None
        if info is not None:
            size = info.shape[:2]
        elif size is None and _is_own_data(config.data):
            size = models.spec(config.model).size
        channels = None if info is None else info.shape[2]
        splits = load_pictures(
            config.data, size=size, channels=channels, seed=config.seed, limit=config.limit
        )
        if info is not None and splits.info.class_names != info.class_names:
            raise InputError(
                f"{splits.info.name} has the classes {_listed(splits.info.class_names)}; the model "
                f"was trained on {_listed(info.class_names)}"
            )
        return splits

    def build(self, info: Info) -> keras.Model:
        config = self.config
        inputs = keras.Input(info.shape, name="pictures")
        variance = [s * s for s in info.std]
        x = keras.layers.Normalization(mean=info.mean, variance=variance, name="normalize")(inputs)
        for layer in self._augmentation(info):
            x = layer(x)
        net = models.create(config.model, **self._net_arguments(info))
        model = keras.Model(inputs, net(x), name=config.model)
        model.compile(
            optimizer=self._optimizer(),
            loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
            metrics=["accuracy"],
            jit_compile=config.jit,
        )
        return model

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        config, classes = self.config, len(splits.info.class_names)
        steps = splits.train.steps_per_epoch(config.batch_size)
        train = splits.train.shuffled_batches(config.batch_size, config.seed, first_epoch)
        train = one_hot(train, classes)
        if config.mixup:
            train = mixup(train, config.mixup, config.seed, first_epoch * steps)
        rate = schedule(config.schedule, config.learning_rate, config.epochs, config.warmup)
        model.fit(
            train,
            steps_per_epoch=steps,
            validation_data=one_hot(splits.validation.batches(config.batch_size), classes),
            initial_epoch=first_epoch,
            epochs=config.epochs,
            callbacks=[rate, *callbacks],
            shuffle=False,  # the data set shuffles
            verbose=0,
        )

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test = splits.test
        answering = self._answering(model, splits.info)
        probabilities = answering.predict(test.batches(self.config.batch_size), verbose=0)
        evaluation = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
        names = ("accuracy", "top_5_accuracy", "loss", "ece", "macro_f1")
        headline = {name: evaluation[name] for name in names if name in evaluation}
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return picture_signatures(self._answering(model, info), info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return picture_checks(self._answering(model, splits.info), splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        # What follows from the evaluation alone, such as the confusion matrix, the report draws.
        names, mistakes = splits.info.class_names, evaluation["mistakes"][:SHOWN_MISTAKES]
        found = []
        if mistakes:
            pictures = splits.test.array([m["index"] for m in mistakes])
            shown = [{**m, "index": i} for i, m in enumerate(mistakes)]
            found.append(draw.mistakes_sheet(pictures, shown, names, SHOWN_MISTAKES))
        kernel = first_kernel(model)
        if kernel is not None:
            found.append(draw.filters(kernel))
        return found

    def _answering(self, model: keras.Model, info: Info) -> keras.Model:
        """The model that is measured and exported: `model`, or its mean over several views."""
        kinds = [k for k in self.config.test_time if k != "flip" or info.mirrors]
        if not kinds:
            return model
        inputs = keras.Input(info.shape, name="pictures")
        answers = [model(view) for view in views(inputs, kinds)]
        return keras.Model(inputs, keras.layers.Average()(answers), name=model.name)

    def _augmentation(self, info: Info) -> list[keras.layers.Layer]:
        wanted = {k: v for k, v in AUGMENTATION.items() if k in self.config.augment}
        if not info.mirrors:
            wanted.pop("flip", None)
        return augmentation(**wanted, seed=self.config.seed)

    def _net_arguments(self, info: Info) -> dict[str, Any]:
        arguments = {"input_shape": info.shape, "classes": len(info.class_names)}
        if self.config.dropout:
            arguments["dropout"] = self.config.dropout
        return arguments

    def _optimizer(self) -> keras.optimizers.Optimizer:
        config = self.config
        decay = config.weight_decay or None
        if config.optimizer == "sgd":
            return keras.optimizers.SGD(
                config.learning_rate, momentum=0.9, nesterov=True, weight_decay=decay
            )
        return keras.optimizers.Adam(config.learning_rate, weight_decay=decay)


def first_kernel(model: keras.Model) -> np.ndarray | None:
    """The kernel of the first convolution, shape (height, width, channels in, filters out)."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            return first_kernel(layer)
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 4:
            return keras.ops.convert_to_numpy(kernel)
    return None


def _is_own_data(source: str | None) -> bool:
    return source is not None and source not in catalogue.names()


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


APP = ImageClassifier
