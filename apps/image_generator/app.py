"""Examples made of noise: adversarial nets on pictures or points, measured and served."""

from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.image_generator import measuring, serving
from kerasuite.apps.image_generator.config import GAUSSIANS
from kerasuite.apps.image_generator.nets import build_gan, critic_steps
from kerasuite.apps.image_generator.sampling import between, generate, noise
from kerasuite.apps.image_generator.yardsticks import yardsticks
from kerasuite.data.gaussians import Mixture, load_gaussians, mixture
from kerasuite.data.load import load_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.data.unlabelled import is_flat, load_flat
from kerasuite.errors import InputError
from kerasuite.evaluation import generative
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.adversarial import SharedRate, falling
from kerasuite.training.judge import Judge, kept

GRID = 8
SHOWN_POINTS = 1000
_WATCHED, _SHOWN, _MEASURED = 1, 2, 3  # what noise is for: each its own, the same every time


class ImageGenerator(App):
    """Trains a generator against a discriminator."""

    monitor = ("val_distance", "min")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        if config.data in GAUSSIANS:
            return load_gaussians(config.data, config.points, config.seed)
        size = (config.image_size, config.image_size) if config.image_size else None
        channels = None
        if info is not None:
            size, channels = info.shape[:2], info.shape[2]
        load = load_flat if is_flat(config.data) else load_pictures
        given = {"size": size, "channels": channels, "seed": config.seed, "limit": config.limit}
        splits = load(config.data, **given)
        if splits.info.multi_label:
            raise InputError(f"data must be pictures with one class each. Received: {config.data}")
        if config.conditional and len(splits.info.class_names) < 2:
            raise InputError(
                "--conditional needs pictures in a folder per class. Received: "
                f"{splits.info.name}, without classes"
            )
        if any(side % 4 or side < 8 for side in splits.info.shape[:2]):
            raise InputError(
                "--image-size must be given, a multiple of 4, for pictures of "
                f"{splits.info.shape[0]}x{splits.info.shape[1]} pixels"
            )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        classes = len(info.class_names) if self.config.conditional else 0
        return build_gan(self.config, info.shape, classes)

    def steps_per_epoch(self, splits: Splits) -> int:
        return splits.train.steps_per_epoch(self._batch)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        batches = splits.train.shuffled_batches(self._batch, self.config.seed, first_epoch)
        if not self._points:
            batches = batches.map(self._prepared, num_parallel_calls=tf.data.AUTOTUNE)
        return batches.prefetch(tf.data.AUTOTUNE)

    def validation_batches(self, splits: Splits) -> None:
        """None: what is measured after each epoch is no loss, and has a callback."""

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        watch = measuring.Watch(
            lambda model: self._distance(model, splits),
            lambda model: self._frame(model, splits.info),
            config.epochs,
            self.folder,
        )
        rates = (config.learning_rate, config.discriminator_rate or config.learning_rate)
        return [SharedRate(falling(config.epochs, config.held), *rates), watch]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, info, config = splits.test, splits.info, self.config
        fake, asked = self._made(model, info, config.samples, _MEASURED)
        if self._points:
            found = measuring.point_figures(test.values, fake, self._mixture)
            return {"headline": found, "evaluation": {"modes": len(self._mixture.centres)}}
        judge, classes = self._judge(splits), len(info.class_names)
        found = measuring.picture_figures(judge, test, fake, asked, classes)
        details = yardsticks(judge, splits.train, test, config.vae_epochs, config.seed)
        if classes > 1:
            told = judge.probabilities(test.array(range(len(test)))).argmax(1)
            details["judge_accuracy"] = float((told == test.labels).mean())
        return {"headline": found, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(model, info, self.config.conditional)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return serving.checks(model, splits.info, self.config.conditional)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        info = splits.info
        frames = measuring.frames(self.folder)
        found = []
        if len(frames):
            words = f"The same noise after {len(frames)} of the epochs."
            found.append(draw.film(frames, "learning", "While it learned", words, seconds=0.3))
        if self._points:
            points, _ = self._made(model, info, SHOWN_POINTS, _SHOWN)
            mix = self._mixture
            return [draw.mode_map(points, mix.centres, mix.std, self._reach), *found]
        pictures, asked = self._made(model, info, GRID * GRID, _SHOWN)
        caption = "Pictures that there never were, not chosen: of the first seeds."
        if asked is not None:
            rows = [info.class_names[i] for i in range(min(GRID, len(info.class_names)))]
            caption += f" Asked for, row by row: {', '.join(rows)}."
        return [
            draw.picture_grid(pictures, GRID, "generated", "Generated pictures", caption),
            self._between(model, info),
            *found,
        ]

    @property
    def _batch(self) -> int:
        """Examples of a batch: each step of the critic has a part of it to itself."""
        return self.config.batch_size * critic_steps(self.config)

    @property
    def _points(self) -> bool:
        return self.config.data in GAUSSIANS

    @cached_property
    def _mixture(self) -> Mixture:
        return mixture(self.config.data)

    @property
    def _reach(self) -> float:
        return float(1.35 * np.abs(self._mixture.centres).max())

    def _prepared(self, pictures: tf.Tensor, labels: tf.Tensor) -> Any:
        """Pictures from -1 to 1, with their classes if these are learned too."""
        scaled = tf.cast(pictures, tf.float32) / 127.5 - 1.0
        return (scaled, labels) if self.config.conditional else scaled

    def _made(
        self, model: keras.Model, info: Info, count: int, purpose: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Examples of the noise for a purpose, and the classes that were asked for."""
        latents = noise(count, model.latent, self.config.seed * 10 + purpose)
        asked = None
        if self.config.conditional:
            # Of a grid, each row a class.
            numbers = np.arange(count) // GRID if purpose == _SHOWN else np.arange(count)
            asked = numbers % len(info.class_names)
        return generate(model, latents, asked), asked

    def _distance(self, model: keras.Model, splits: Splits) -> float:
        """How far what the model makes is from the validation examples."""
        fake, _ = self._made(model, splits.info, max(2, self.config.samples // 2), _WATCHED)
        if self._points:
            return generative.earth_movers_distance(splits.validation.values, fake)
        return generative.frechet_distance(
            self._features(splits), self._judge(splits).features(fake)
        )

    def _frame(self, model: keras.Model, info: Info) -> np.ndarray:
        count = SHOWN_POINTS if self._points else GRID * GRID
        made, _ = self._made(model, info, count, _SHOWN)
        if self._points:
            return draw.point_frame(made, self._mixture.centres, self._reach)
        return draw.tiled(made, GRID)

    def _between(self, model: keras.Model, info: Info) -> Figure:
        """Rows that lead from one picture to another."""
        ends = noise(2 * GRID, model.latent, self.config.seed * 10 + _SHOWN)
        latents = np.concatenate([between(ends[2 * i], ends[2 * i + 1], GRID) for i in range(GRID)])
        asked = None
        if self.config.conditional:
            asked = np.arange(GRID * GRID) // GRID % len(info.class_names)
        return draw.picture_grid(
            generate(model, latents, asked), GRID, "between", "From one picture to another",
            "Along each row the noise goes from one end to the other on a great circle.",
        )  # fmt: skip

    def _judge(self, splits: Splits) -> Judge:
        """The classifier that pictures are measured by: the run's own, learned once."""
        if self._known_judge is None:
            classes, config = len(splits.info.class_names), self.config
            self._known_judge = kept(
                self.folder,
                lambda: Judge.learn(splits.train, classes, config.judge_epochs, config.seed),
            )
        return self._known_judge

    def _features(self, splits: Splits) -> np.ndarray:
        """What the judge sees of the validation pictures."""
        if self._known_features is None:
            pictures = splits.validation.array(range(len(splits.validation)))
            self._known_features = self._judge(splits).features(pictures)
        return self._known_features

    _known_judge: Judge | None = None
    _known_features: np.ndarray | None = None


APP = ImageGenerator
