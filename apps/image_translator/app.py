"""A picture made of another one: pix2pix and CycleGAN, measured and served."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.image_translator import nets, serving
from kerasuite.data.picture_pairs import PicturePairs, jitter, load_picture_pairs
from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.generative import frechet_distance, kernel_distance
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.adversarial import SharedRate, falling
from kerasuite.training.judge import Judge, kept

HELD = 0.5  # share of the epochs before the learning rates fall, as in both papers
SHOWN = 8
CHANNELS = 3


class ImageTranslator(App):
    """Trains nets that make pictures of one kind of pictures of another."""

    monitor = ("val_distance", "min")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        return load_picture_pairs(
            config.data,
            size=info.shape[0] if info else config.image_size,
            seed=config.seed,
            limit=config.limit,
            paired=config.method == "pix2pix",
        )

    def build(self, info: Info) -> keras.Model:
        return nets.build(self.config, info.shape, CHANNELS)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config, train = self.config, splits.train
        steps = train.steps_per_epoch(config.batch_size)
        paired = config.method == "pix2pix"
        batches = train.shuffled_batches(config.batch_size, config.seed, first_epoch, paired)

        def prepared(step: tf.Tensor, both: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, ...]:
            moved = jitter(config.seed, step, *both) if config.augment else both
            return tuple(tf.cast(x, tf.float32) / 127.5 - 1.0 for x in moved)

        batches = batches.enumerate(first_epoch * steps)
        return batches.map(prepared, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def validation_batches(self, splits: Splits) -> None:
        """None: what is measured after each epoch is no loss, and has a callback."""

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        rate = self.config.learning_rate
        return [
            SharedRate(falling(self.config.epochs, HELD), rate, rate),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: logs.update(self._watched(model, splits))
            ),
        ]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, judge = splits.test, self._judge(splits)
        made = made_of(model.generator, test.first)
        seen = judge.features(test.second)
        headline = {
            "frechet_distance": frechet_distance(seen, judge.features(made)),
            "kernel_distance": kernel_distance(seen, judge.features(made)),
        }
        given = in_colour(test.first)
        details = {"given_pictures_frechet_distance": frechet_distance(seen, judge.features(given))}
        if test.paired:
            headline = {"l1": difference(made, test.second), **headline}
            details["given_pictures_l1"] = difference(given, test.second)
            coloured = recoloured(given, in_colour(splits.train.first), splits.train.second)
            details["recoloured_pictures_l1"] = difference(coloured, test.second)
            if "back" in serving.directions(model):
                headline["back_l1"] = difference(made_of(model.back, test.second), test.first)
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(model, info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return serving.checks(model, splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test = splits.test
        count = min(3 * SHOWN, len(test.first))
        columns = [in_colour(test.first[:count]), made_of(model.generator, test.first[:count])]
        words = "Given and made pictures side by side, of the first test pictures."
        if test.paired:
            columns.append(test.second[:count])
            words = "Given, made and true pictures side by side, of the first test pictures."
        elif hasattr(model, "back"):
            columns.append(in_colour(made_of(model.back, columns[1])))
            words = "Given, made, and turned back: the first test pictures."
        sheet = np.stack(columns, axis=1).reshape(-1, *test.second.shape[1:3], CHANNELS)
        title = "Pictures made of pictures"
        return [draw.picture_grid(sheet, 3 * len(columns), "translated", title, words)]

    def _watched(self, model: keras.Model, splits: Splits) -> dict[str, float]:
        """What is measured of the validation pictures after each epoch."""
        validation, judge = splits.validation, self._judge(splits)
        made = made_of(model.generator, validation.first)
        if self._seen is None:
            self._seen = judge.features(validation.second)
        found = {"val_distance": frechet_distance(self._seen, judge.features(made))}
        if validation.paired:
            found["val_l1"] = difference(made, validation.second)
        return found

    def _judge(self, splits: Splits) -> Judge:
        """Learns turns of the wanted training pictures, once in a run."""
        if self._known_judge is None:
            wanted: PicturePairs = splits.train
            pictures = Pictures(np.zeros(len(wanted.second), "int32"), images=wanted.second)
            self._known_judge = kept(
                self.folder,
                lambda: Judge.learn(pictures, 1, self.config.judge_epochs, self.config.seed),
            )
        return self._known_judge

    _known_judge: Judge | None = None
    _seen: np.ndarray | None = None


def made_of(net: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """What a net makes of pictures, uint8 [n, height, width, channels] both."""
    made = net.predict(pictures.astype("float32") / 127.5 - 1.0, batch_size=32, verbose=0)
    return np.clip(np.round((made.astype("float32") + 1) * 127.5), 0, 255).astype("uint8")


def difference(made: np.ndarray, wanted: np.ndarray) -> float:
    """The mean absolute difference of pictures, as a share of the whole range of colours."""
    return float(np.abs(made.astype("float32") - wanted).mean() / 255)


def recoloured(given: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pictures moved and stretched, channel by channel, to another kind's mean and spread.

    The simplest translation that looks at colours alone; Reinhard et al. 2001, "Color transfer
    between images", do so in another space of colours.

    Args:
        given: uint8 [n, height, width, 3].
        first: training pictures of their kind.
        second: those of the other kind.
    """
    mean, std = first.mean((0, 1, 2)), first.std((0, 1, 2))
    moved = (given - mean) / np.maximum(std, 1e-6) * second.std((0, 1, 2)) + second.mean((0, 1, 2))
    return np.clip(np.round(moved), 0, 255).astype("uint8")


def in_colour(pictures: np.ndarray) -> np.ndarray:
    """Grey pictures with three channels."""
    return np.broadcast_to(pictures, (*pictures.shape[:3], CHANNELS))


APP = ImageTranslator
