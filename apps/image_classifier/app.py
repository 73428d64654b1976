"""Pictures into classes or tags: any net of the suite, from raw files to a served answer."""

import functools
from typing import Any

import keras
import tensorflow as tf

from kerasuite import models
from kerasuite.app import App
from kerasuite.apps.image_classifier import nets, tagging, transfer
from kerasuite.data import catalogue
from kerasuite.data.augment import views
from kerasuite.data.load import load_pictures
from kerasuite.data.mixing import mixup, one_hot
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.models import fold_batch_norms
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.callbacks import schedule

SHOWN_MISTAKES = 24


class ImageClassifier(App):
    """Trains a registered net on pictures with one class each, or any number of tags."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        side = config.image_size
        size = (side, side) if side else None
        channels = None
        if info is not None:
            size, channels = info.shape[:2], info.shape[2]
        else:
            if size is None and _is_own_data(config.data):
                size = models.spec(config.model).size
            if self._pretrained is not None and self._pretrained.channels == 3:
                channels = 3  # grey pictures too
        splits = load_pictures(
            config.data,
            size=size,
            channels=channels,
            tags=config.tags,
            seed=config.seed,
            limit=config.limit,
            train_limit=config.train_limit,
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        if info.multi_label:
            self.monitor = tagging.MONITOR
        model = nets.classifier(self.config, info, self._pretrained)
        if self._pretrained is not None:
            model.optimizer.build(model.trainable_variables)  # all: see `transfer.Stages`
        return model

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config = self.config
        train = _targets(super().training_batches(splits, first_epoch), splits.info)
        if config.mixup:
            steps = splits.train.steps_per_epoch(config.batch_size)
            train = mixup(train, config.mixup, config.seed, first_epoch * steps)
        return train

    def validation_batches(self, splits: Splits) -> tf.data.Dataset:
        return _targets(super().validation_batches(splits), splits.info)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        if config.pretrained is None:
            found = [schedule(config.schedule, config.learning_rate, config.epochs, config.warmup)]
        else:
            net = model.get_layer(config.model)
            stages = transfer.Stages(net, config.frozen_epochs, config.fine_tune_share)
            found = [transfer.staged_rate(config), stages]
        if splits.info.multi_label:
            answering = self._answering(model, splits.info)
            found.append(tagging.TagValidation(answering, splits.validation, config.batch_size))
        return found

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, size = splits.test, self.config.batch_size
        answering = self._answering(model, splits.info)
        if splits.info.multi_label:
            return tagging.evaluate(model, answering, splits, size)
        probabilities = answering.predict(test.batches(size), verbose=0)
        evaluation = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
        names = ("accuracy", "top_5_accuracy", "loss", "ece", "macro_f1")
        headline = {name: evaluation[name] for name in names if name in evaluation}
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        answering = self._answering(model, info)
        if info.multi_label:
            return tagging.signatures(model, answering, info)
        return picture_signatures(answering, info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        answering = self._answering(model, splits.info)
        if splits.info.multi_label:
            exact = self.config.precision == "float32"
            return tagging.checks(model, answering, splits, exact)
        return picture_checks(answering, splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        # What follows from the evaluation alone, such as the confusion matrix, the report draws.
        if splits.info.multi_label:
            found = tagging.figures(splits, evaluation)
        else:
            found = _mistakes(splits, evaluation)
        kernel = nets.first_kernel(model)
        if kernel is not None:
            found.append(draw.filters(kernel))
        return found

    @functools.cached_property
    def _pretrained(self) -> transfer.Pretrained | None:
        """The weights that `--pretrained` names; read when they are first needed."""
        config = self.config
        if config.pretrained is None:
            return None

        def build(input_shape: tuple[int, ...], **arguments: Any) -> keras.Model:
            return nets.net(config, input_shape, **arguments)

        return transfer.Pretrained(config.model, config.pretrained, build)

    def _answering(self, model: keras.Model, info: Info) -> keras.Model:
        """What is measured and exported: `model` without its norms, or its mean over views."""
        model = fold_batch_norms(model)
        kinds = [k for k in self.config.test_time if k != "flip" or info.mirrors]
        if not kinds:
            return model
        inputs = keras.Input(info.shape, name="pictures")
        answers = [model(view) for view in views(inputs, kinds)]
        return keras.Model(inputs, keras.layers.Average()(answers), name=model.name)


def _targets(stream: tf.data.Dataset, info: Info) -> tf.data.Dataset:
    """What the loss compares with: a distribution over the classes, or a 0 or 1 for each tag."""
    return (
        tagging.as_targets(stream) if info.multi_label else one_hot(stream, len(info.class_names))
    )


def _mistakes(splits: Splits, evaluation: dict[str, Any]) -> list[Figure]:
    names, mistakes = splits.info.class_names, evaluation["mistakes"][:SHOWN_MISTAKES]
    if not mistakes:
        return []
    pictures = splits.test.array([m["index"] for m in mistakes])
    shown = [{**m, "index": i} for i, m in enumerate(mistakes)]
    return [draw.mistakes_sheet(pictures, shown, names, SHOWN_MISTAKES)]


def _is_own_data(source: str | None) -> bool:
    return source is not None and source not in catalogue.names()


APP = ImageClassifier
