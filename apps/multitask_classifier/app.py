"""Trains one net on several label sets at once, from raw files to a served answer."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.multitask_classifier.nets import NET, build_net
from kerasuite.data.augment import augmentation
from kerasuite.data.multitask_sets import load_multitask
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError
from kerasuite.evaluation.multitask import evaluate_tasks, residual_shares
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.models import fold_batch_norms
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.report.words import readable
from kerasuite.training.callbacks import schedule
from kerasuite.training.optimizers import create_optimizer

AUGMENTATION = {"flip": True, "shift": 0.08, "rotate": 10.0, "scale": 0.1}
SHOWN_PICTURES = 20
PROBED_PICTURES = 256


class MultitaskClassifier(App):
    """Trains a cross-residual net, or one of those it is compared with."""

    monitor = ("val_mean_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        size = (config.image_size, config.image_size) if config.image_size else None
        splits = load_multitask(
            config.data,
            tasks=config.tasks,
            column=config.column,
            labels=config.labels,
            size=size if info is None else info.shape[:2],
            channels=None if info is None else info.shape[2],
            seed=config.seed,
            limit=config.limit,
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
        net = build_net(config, info.shape, {task: len(names) for task, names in info.tasks})
        model = keras.Model(inputs, net(x), name=config.arrangement)
        model.compile(
            optimizer=create_optimizer(config.optimizer, config.learning_rate, config.weight_decay),
            loss={task: "sparse_categorical_crossentropy" for task, _ in info.tasks},
            loss_weights=self._loss_weights(info),
            metrics={task: ["accuracy"] for task, _ in info.tasks},
            jit_compile=config.jit,
        )
        return model

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        return _by_task(super().training_batches(splits, first_epoch), splits.info)

    def validation_batches(self, splits: Splits) -> tf.data.Dataset:
        return _by_task(super().validation_batches(splits), splits.info)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        rate = schedule(config.schedule, config.learning_rate, config.epochs)
        return [rate, MeanAccuracy([task for task, _ in splits.info.tasks])]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, tasks = splits.test, splits.info.tasks
        details = evaluate_tasks(test.labels, self._probabilities(model, splits), tasks)
        headline = {name: value for name, value in details.items() if name.endswith("accuracy")}
        if self.config.arrangement == "cross_residual":
            info = splits.info
            pictures = test.array(range(min(PROBED_PICTURES, len(test))))
            normal = (pictures - np.array(info.mean)) / np.array(info.std)
            details["cross_residuals"] = residual_shares(model.get_layer(NET), normal)
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return picture_signatures(fold_batch_norms(model), info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return picture_checks(fold_batch_norms(model), splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        tasks, test = splits.info.tasks, splits.test
        shown = np.arange(min(SHOWN_PICTURES, len(test)))
        scores = model(test.array(shown).astype("float32"), training=False)
        answers = [keras.ops.argmax(scores[task], axis=-1) for task, _ in tasks]
        predicted = np.stack([keras.ops.convert_to_numpy(a) for a in answers], axis=1)
        found = [draw.task_sheet(test.array(shown), test.labels[shown], predicted, tasks)]
        if "cross_residuals" in evaluation:
            found.append(draw.residual_bars(evaluation["cross_residuals"]))
        for task, names in tasks:
            found.append(
                draw.confusion_matrix(
                    evaluation["tasks"][task]["confusion"],
                    names,
                    name=f"confusion_{task}",
                    title=f"Confusion matrix, {readable(task)}",
                )
            )
        return found

    def _loss_weights(self, info: Info) -> dict[str, float] | None:
        weights, tasks = self.config.loss_weights, [task for task, _ in info.tasks]
        if not weights:
            return None
        if len(weights) != len(tasks) or not sum(weights):
            raise InputError(
                f"--loss-weights must be a weight for each of {', '.join(tasks)}, not all 0. "
                f"Received: {', '.join(map(str, weights))}"
            )
        return dict(zip(tasks, weights, strict=True))

    def _probabilities(self, model: keras.Model, splits: Splits) -> dict[str, np.ndarray]:
        answering = fold_batch_norms(model)
        return answering.predict(splits.test.batches(self.config.batch_size), verbose=0)


class MeanAccuracy(keras.callbacks.Callback):
    """Adds to each epoch's figures the mean of the tasks' accuracies.

    Args:
        tasks: their names.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = list(tasks)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for split in ("", "val_"):
            names = [f"{split}{task}_accuracy" for task in self.tasks]
            if logs is not None and set(names) <= logs.keys():
                logs[f"{split}mean_accuracy"] = sum(logs[n] for n in names) / len(names)


def _by_task(batches: tf.data.Dataset, info: Info) -> tf.data.Dataset:
    """Batches of pictures and labels [batch, tasks], the labels as a dict."""
    tasks = [task for task, _ in info.tasks]
    return batches.map(lambda x, y: (x, {task: y[:, i] for i, task in enumerate(tasks)}))


APP = MultitaskClassifier
