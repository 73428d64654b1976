"""A class for every pixel: U-Net, from raw files to a served mask."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite import models
from kerasuite.app import App
from kerasuite.apps.segmentation.config import ENCODER_UNET
from kerasuite.apps.segmentation.serving import mask_checks, mask_signatures
from kerasuite.data.augment_pairs import paired_augmentation
from kerasuite.data.mask_labels import IGNORED
from kerasuite.data.scene_sets import load_scenes
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.segmentation import evaluate_segmentation
from kerasuite.export.signature import Check, Signature
from kerasuite.models import fold_batch_norms
from kerasuite.models.pretrained import hold, imagenet_normalization, load_imagenet
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.callbacks import schedule
from kerasuite.training.losses import CrossEntropyAndDice

AUGMENTATION = {
    "flip": True,
    "shift": 0.1,
    "rotate": 15.0,
    "scale": 0.2,
    "colour": 0.2,
    "exchange": True,
}
SHOWN_PICTURES = 6


class Segmentation(App):
    """Trains a registered net on pictures with a class for every pixel."""

    monitor = ("val_mean_iou", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_scenes(
            config.data,
            size=config.image_size,
            target=config.target,
            seed=config.seed,
            limit=config.limit,
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        config, classes = self.config, len(info.class_names)
        sizes = {"depth": config.depth, "width": config.width}
        given = {name: value for name, value in sizes.items() if value is not None}
        if config.model != ENCODER_UNET:
            given["padding"] = "same"
        net = models.create(config.model, input_shape=info.shape, classes=classes, **given)
        mean, std = info.mean, info.std
        if config.pretrained:
            encoder = net.get_layer("mobilenet_v2")
            learned = imagenet_normalization(encoder.name)
            mean, std = learned.mean, learned.std
            load_imagenet(encoder)
            hold(encoder, norms_only=config.fine_tune)
        inputs = keras.Input(info.shape, name="pictures")
        variance = [s * s for s in std]
        x = keras.layers.Normalization(mean=mean, variance=variance, name="normalize")(inputs)
        model = keras.Model(inputs, net(x), name=config.model)
        mean_iou = keras.metrics.MeanIoU(
            classes, name="mean_iou", ignore_class=IGNORED, sparse_y_pred=False
        )
        model.compile(
            optimizer=keras.optimizers.Adam(config.learning_rate),
            loss=CrossEntropyAndDice(config.dice, IGNORED),
            metrics=[mean_iou],
            jit_compile=config.jit,
        )
        return model

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config, train = self.config, splits.train
        steps = train.steps_per_epoch(config.batch_size)
        augment = paired_augmentation(
            **{k: v for k, v in AUGMENTATION.items() if k in config.augment}, seed=config.seed
        )
        batches = train.shuffled_batches(config.batch_size, config.seed, first_epoch)
        batches = batches.enumerate(first_epoch * steps).map(
            lambda step, pair: augment(step, *pair), num_parallel_calls=tf.data.AUTOTUNE
        )
        return batches.prefetch(tf.data.AUTOTUNE)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        predicted = self._predicted(fold_batch_norms(model), splits.test.images)
        details = evaluate_segmentation(splits.test.masks, predicted, splits.info.class_names)
        names = ("mean_iou", "foreground_iou", "mean_dice", "pixel_accuracy")
        headline = {name: details[name] for name in names if name in details}
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return mask_signatures(fold_batch_norms(model), info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        exact = self.config.precision == "float32"
        return mask_checks(fold_batch_norms(model), splits, exact)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test, names = splits.test, splits.info.class_names
        chosen = {
            "predictions": np.arange(min(SHOWN_PICTURES, len(test))),
            "worst_predictions": np.array(
                [p["index"] for p in evaluation["pictures"][:SHOWN_PICTURES]], "int64"
            ),
        }
        sheets = [
            draw.mask_sheet(
                test.array(which),
                test.masks[which],
                self._predicted(model, test.array(which)),
                names,
                name=name,
                title=title,
            )
            for (name, which), title in zip(
                chosen.items(), ("First test pictures", "Worst test pictures"), strict=True
            )
        ]
        return [*sheets, draw.iou_bars(evaluation["per_class"])]

    def _predicted(self, model: keras.Model, pictures: np.ndarray) -> np.ndarray:
        """uint8 [n, height, width], the likeliest class of each pixel."""
        size = self.config.batch_size
        # In pieces: probabilities of all pictures at once may not fit into memory.
        pieces = [pictures[i : i + size] for i in range(0, len(pictures), size)]
        return np.concatenate(
            [np.argmax(model.predict_on_batch(p), axis=-1).astype("uint8") for p in pieces]
        )


APP = Segmentation
