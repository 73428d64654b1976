"""Where people look in a picture: SalGAN, measured and served."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite import models
from kerasuite.app import App
from kerasuite.apps.saliency import serving
from kerasuite.apps.saliency.baselines import middle_map, spectral_residual
from kerasuite.data.saliency_sets import SaliencyMaps, load_saliency
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.saliency import kl, saliency_figures
from kerasuite.export.signature import Check, Signature
from kerasuite.models.salgan import SalGANDiscriminator
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.adam import Adam
from kerasuite.training.adversarial import falling
from kerasuite.training.salgan import SalGAN

HELD = 0.5  # share of the epochs before the learning rates fall
SHOWN = 16


class Saliency(App):
    """Trains a net on pictures and maps of where people looked."""

    monitor = ("val_kl", "min")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_saliency(
            config.data,
            size=info.shape[0] if info else config.image_size,
            seed=config.seed,
            limit=config.limit,
        )
        self._steps = splits.train.steps_per_epoch(config.batch_size)
        self._moments = float(splits.train.maps.mean()), float(splits.train.maps.var())
        return splits

    def build(self, info: Info) -> keras.Model:
        config = self.config
        judged = config.pretraining < config.epochs
        model = SalGAN(
            _with_normalization(
                models.SalGANGenerator(
                    info.shape, 1, config.width, config.depth, config.batch_norm
                ),
                info,
            ),
            _with_normalization(SalGANDiscriminator(info.shape), info, self._moments),
            pretraining=config.pretraining * self._steps,
            head_start=min(config.head_start, config.pretraining) * self._steps if judged else 0,
            content=config.content,
            cell=config.cell,
            loss=config.adversarial_loss,
            gradient_penalty=config.gradient_penalty,
            ema=config.ema,
            seed=config.seed,
        )
        model.compile(
            Adam(config.learning_rate),
            Adam(config.discriminator_rate, beta_1=0.5, beta_2=0.9),
            jit_compile=config.jit,
        )
        return model

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config, train = self.config, splits.train
        batches = train.shuffled_batches(config.batch_size, config.seed, first_epoch)

        def prepared(step: tf.Tensor, pair: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, ...]:
            both = tf.concat([tf.cast(x, tf.float32) for x in pair], axis=-1)
            if config.augment:
                key = tf.stack([tf.constant(config.seed, tf.int64), step])
                both = tf.image.stateless_random_flip_left_right(both, key)
            return both[..., :3], both[..., 3:]

        steps = train.steps_per_epoch(config.batch_size)
        return batches.enumerate(first_epoch * steps).map(prepared, tf.data.AUTOTUNE)

    def validation_batches(self, splits: Splits) -> None:
        """None: what is measured after each epoch is no loss, and has a callback."""

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        # One curve for all epochs: with and without an adversary, the net's steps are as large. Its
        # last steps are small, or the adversary shakes the net; the discriminator's stay large.
        share = falling(config.epochs, HELD)
        return [
            keras.callbacks.LearningRateScheduler(
                lambda epoch: config.learning_rate * share(epoch) ** 2
            ),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: logs.update(_watched(model, splits.validation))
            ),
        ]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test = splits.test
        headline = measured(serving.maps_of(model, test.images), test)
        others = {
            "middle": [middle_map(test.images.shape[1:3])] * len(test),
            "spectral_residual": [spectral_residual(picture) for picture in test.images],
        }
        details = {
            f"{name}_{figure}": value
            for name, maps in others.items()
            for figure, value in measured(maps, test).items()
        }
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(model, info)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return serving.checks(model, splits)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        pictures, true = splits.test.images[:SHOWN], splits.test.maps[:SHOWN]
        maps = [_grey(true), _grey(serving.maps_of(model, pictures))]
        sheet = np.stack([pictures, *maps], axis=1).reshape(-1, *pictures.shape[1:])
        words = "Picture, true and made map side by side, of the first test pictures."
        return [draw.picture_grid(sheet, 6, "maps", "Where people look", words)]

    _steps: int = 0
    _moments: tuple[float, float] = (0.0, 1.0)


def measured(maps: Sequence[np.ndarray], test: SaliencyMaps) -> dict[str, float]:
    """The means of all measures over the pictures of a split."""
    rng = np.random.default_rng(0)
    fixations = [None] * len(test) if test.fixations is None else test.fixations
    rows = [
        saliency_figures(made, true, where, rng)
        for made, true, where in zip(maps, test.maps, fixations, strict=True)
    ]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _watched(model: keras.Model, validation: SaliencyMaps) -> dict[str, float]:
    """What is measured of the validation pictures after each epoch."""
    made = serving.maps_of(model, validation.images)
    return {
        "val_kl": float(np.mean([kl(*pair) for pair in zip(made, validation.maps, strict=True)]))
    }


def _with_normalization(
    net: keras.Model, info: Info, moments: tuple[float, float] | None = None
) -> keras.Model:
    """The net with pictures from 0 to 255 as its first input.

    With the mean and the variance of the maps, its second input is normalized too. A map is black
    nearly everywhere: beside normalized pictures a discriminator would hardly see it.
    """
    variance = [s * s for s in info.std]
    normalize = keras.layers.Normalization(mean=info.mean, variance=variance, name="normalize")
    pictures = keras.Input(info.shape, name="pictures")
    if moments is None:
        return keras.Model(pictures, net(normalize(pictures)), name=net.name)
    maps = keras.Input(net.inputs[1].shape[1:], name="maps")
    mean, variance = ([x] for x in moments)
    same = keras.layers.Normalization(mean=mean, variance=variance, name="normalize_maps")
    return keras.Model([pictures, maps], net([normalize(pictures), same(maps)]), name=net.name)


def _grey(maps: np.ndarray) -> np.ndarray:
    """Each map with its highest place white, as uint8 pictures."""
    highest = np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-6)
    return np.round(255 * maps / highest).astype("uint8")[..., None].repeat(3, axis=-1)


APP = Saliency
