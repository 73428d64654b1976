"""Clips into classes: C3D, from moving pictures to a served answer."""

from typing import Any

import keras
import numpy as np

from kerasuite import models
from kerasuite.app import App
from kerasuite.data.clip_sets import ORDERS, in_order, load_clips, reordered
from kerasuite.data.moving_sprites import ACTIONS, OPPOSITES
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.export.clip_classifier import clip_checks, clip_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.models import fold_batch_norms
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.callbacks import schedule
from kerasuite.training.optimizers import create_optimizer

SHOWN_CLIPS = 16


class VideoClassifier(App):
    """Trains a net of 3x3x3 convolutions on clips with one label each."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        shape = (config.frames, config.image_size, config.image_size, 3 if config.colour else 1)
        frames, height, width, channels = shape if info is None else info.shape
        splits = load_clips(
            config.data,
            frames=frames,
            size=(height, width),
            channels=channels,
            count=config.clips,
            seed=config.seed,
            limit=config.limit,
        )
        splits.check_classes(info)
        return in_order(splits, config.order)

    def build(self, info: Info) -> keras.Model:
        config = self.config
        inputs = keras.Input(info.shape, name="clips")
        variance = [s * s for s in info.std]
        x = keras.layers.Normalization(mean=info.mean, variance=variance, name="normalize")(inputs)
        arguments = {"dropout": config.dropout}
        if config.width is not None:
            arguments["blocks"] = tuple((config.width * k,) for k in (1, 2, 4))
        net = models.create(
            config.model, input_shape=info.shape, classes=len(info.class_names), **arguments
        )
        model = keras.Model(inputs, net(x), name=config.model)
        model.compile(
            optimizer=create_optimizer(config.optimizer, config.learning_rate, config.weight_decay),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=config.jit,
        )
        return model

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, model = splits.test, fold_batch_norms(model)
        probabilities = self._predicted(model, test.images)
        details = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
        headline = {name: details[name] for name in ("accuracy", "loss", "macro_f1")}
        if self.config.order == "natural":
            answers = {
                order: self._predicted(model, reordered(test.images, order)).argmax(-1)
                for order in ORDERS[1:]
            }
            details["orders"] = {"natural": details["accuracy"]} | {
                order: float((said == test.labels).mean()) for order, said in answers.items()
            }
            if splits.info.class_names == ACTIONS:
                opposite = np.array([ACTIONS.index(OPPOSITES[action]) for action in ACTIONS])
                turned = answers["backwards"] == opposite[test.labels]
                details["orders"]["backwards, the opposite"] = float(turned.mean())
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return clip_signatures(fold_batch_norms(model), info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return clip_checks(fold_batch_norms(model), splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        names, test = splits.info.class_names, splits.test
        shown = test.images[:SHOWN_CLIPS]
        predicted = self._predicted(model, shown).argmax(-1)
        found = [draw.clip_film(shown, test.labels[:SHOWN_CLIPS], predicted, names)]
        if "orders" in evaluation:
            found.append(draw.order_bars(evaluation["orders"], chance=1 / len(names)))
        net = model.get_layer(self.config.model)
        kernel = next(w for w in net.weights if len(w.shape) == 5)
        found.append(draw.space_time_filters(keras.ops.convert_to_numpy(kernel)))
        return found

    def _predicted(self, model: keras.Model, clips: np.ndarray) -> np.ndarray:
        """float [n, classes]; in pieces, since clips as float take four times their memory."""
        size = self.config.batch_size
        pieces = [clips[i : i + size] for i in range(0, len(clips), size)]
        return np.concatenate([model.predict_on_batch(p) for p in pieces])


APP = VideoClassifier
