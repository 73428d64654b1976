"""Pictures into codes and back: autoencoders of every classic kind."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.autoencoder import measuring, stacked
from kerasuite.apps.autoencoder.drawing import autoencoder_figures
from kerasuite.apps.autoencoder.nets import autoencoder
from kerasuite.apps.autoencoder.serving import autoencoder_checks, autoencoder_signatures
from kerasuite.data.load import load_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.report.figure import Figure
from kerasuite.training import fitting
from kerasuite.training.callbacks import schedule

_VALIDATION_STEP = -1


class Autoencoder(App):
    """Learns a code of pictures, and what to make of it."""

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        side = config.image_size
        size, channels = ((side, side) if side else None), None
        if info is not None:
            size, channels = info.shape[:2], info.shape[2]
        splits = load_pictures(
            config.data, size=size, channels=channels, seed=config.seed, limit=config.limit
        )
        if config.kind in ("conditional", "stacked"):
            splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        if self.config.kind == "stacked":
            self.monitor = stacked.MONITOR
            return stacked.classifier(self.config, info)
        return autoencoder(self.config, info)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        if self.config.kind == "stacked":
            stacked.fit(model, splits, self.config, callbacks, first_epoch)
        else:
            model.steps_per_execution = fitting.at_once(self.steps_per_epoch(splits))
            super().fit(model, splits, callbacks, first_epoch)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        classes = len(splits.info.class_names)
        steps = splits.train.steps_per_epoch(self.config.batch_size)
        batches = super().training_batches(splits, first_epoch)
        pairs = batches.enumerate(first_epoch * steps).map(
            lambda step, batch: self._pair(classes, step, *batch),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        return pairs.prefetch(tf.data.AUTOTUNE)

    def validation_batches(self, splits: Splits) -> tf.data.Dataset:
        classes = len(splits.info.class_names)
        return (
            super()
            .validation_batches(splits)
            .map(
                lambda *batch: self._pair(classes, tf.constant(_VALIDATION_STEP, tf.int64), *batch)
            )
        )

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        if self.config.kind == "stacked":
            return stacked.evaluate(model, splits, self.config)
        return measuring.evaluate(model, splits, self.config)

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        if self.config.kind == "stacked":
            return picture_signatures(model, info)
        return autoencoder_signatures(model, info, self.config)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        if self.config.kind == "stacked":
            return picture_checks(model, splits)
        return autoencoder_checks(model, splits, self.config)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        if self.config.kind == "stacked":
            return stacked.figures(model, splits, evaluation)
        return autoencoder_figures(model, splits, self.config)

    def _pair(
        self, classes: int, step: tf.Tensor, pictures: tf.Tensor, labels: tf.Tensor
    ) -> tuple[Any, tf.Tensor]:
        """What the model takes, and what it is to give back: values from 0 to 1.

        The bits that a run draws in a step follow from its seed and the step's number; the
        validation pictures' stay the same.
        """
        pictures = tf.cast(pictures, tf.float32)
        if self.config.binarize:
            seed = tf.stack([tf.constant(self.config.seed, tf.int64), step])
            drawn = tf.random.stateless_uniform(tf.shape(pictures), seed, 0.0, 255.0)
            pictures = tf.where(drawn < pictures, 255.0, 0.0)
        target = pictures / 255.0
        if self.config.kind != "conditional":
            return pictures, target
        return {"pictures": pictures, "class": tf.one_hot(labels, classes)}, target


APP = Autoencoder
