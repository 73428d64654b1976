"""Pictures made larger: SRResNet and SRGAN, measured and served."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.super_resolution import nets, serving
from kerasuite.data.enlargements import BICUBIC, LANCZOS, Enlargements, load_enlargements, resized
from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.generative import frechet_distance
from kerasuite.evaluation.pictures import luma, luma_figures, psnr
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.adversarial import SharedRate, falling, falling_twice
from kerasuite.training.judge import Judge, kept

HELD = 0.5  # share of the epochs before the learning rates fall
SHOWN = 8
BORDER = 4  # pixels at each edge that the paper leaves out


class SuperResolution(App):
    """Trains nets that make small pictures large."""

    monitor = ("val_psnr", "max")

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._judges: dict[str, Judge] = {}
        self._steps = 0

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_enlargements(
            config.data,
            scale=config.scale,
            patch=config.patch,
            seed=config.seed,
            limit=config.limit,
        )
        self._steps = splits.train.steps_per_epoch(config.batch_size)
        return splits

    def build(self, info: Info) -> keras.Model:
        return nets.build(self.config, self.config.pretraining * self._steps)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        """As all apps do, once SRGAN has a classifier whose features it can look at."""
        if self.config.method == "srgan":
            judge = self._judge(splits, "features", self.config.seed + 1)
            model.features.set_weights(nets.feature_maps(judge).get_weights())
        super().fit(model, splits, callbacks, first_epoch)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config = self.config
        batches = splits.train.shuffled_batches(
            config.batch_size, config.seed, first_epoch, config.augment
        )
        return batches.map(
            lambda *both: tuple(tf.cast(x, tf.float32) / 127.5 - 1.0 for x in both),
            tf.data.AUTOTUNE,
        )

    def validation_batches(self, splits: Splits) -> None:
        """None: what is measured after each epoch is no loss, and has a callback."""

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: logs.update(self._watched(model, splits))
        )
        return [self._rates(), watch]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, scale = splits.test, self.config.scale
        judge = self._judge(splits, "judge", self.config.seed)
        seen = judge.features(test.squares())
        makers = {
            "": lambda: serving.enlarged(model, test.small, scale),
            "bicubic_": lambda: [resized(p, scale, BICUBIC) for p in test.small],
            "lanczos_": lambda: [resized(p, scale, LANCZOS) for p in test.small],
        }
        found = {}
        for name, make in makers.items():
            made = make()
            distance = frechet_distance(seen, judge.features(test.squares(made)))
            figures = {**_luma_means(made, test), "frechet_distance": distance}
            found |= {f"{name}{figure}": value for figure, value in figures.items()}
        headline = {name: found.pop(name) for name in ("psnr", "ssim", "frechet_distance")}
        headline["psnr_above_bicubic"] = headline["psnr"] - found["bicubic_psnr"]
        return {"headline": headline, "evaluation": found}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(model, self.config.scale)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        return serving.checks(model, splits.test)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test, scale, side = splits.test, self.config.scale, self.config.patch
        # The middles of the first test pictures: of large ones, a whole would show too little.
        true = [_middle(picture, side) for picture in test.large[: 3 * SHOWN]]
        small = [resized(picture, 1 / scale, BICUBIC) for picture in true]
        blocks = [np.asarray(p).repeat(scale, 0).repeat(scale, 1) for p in small]
        bicubic = [resized(picture, scale, BICUBIC) for picture in small]
        columns = [blocks, bicubic, serving.enlarged(model, small, scale), true]
        sheet = np.stack([np.stack(column) for column in columns], axis=1)
        words = "The pixels given, bicubic interpolation, the net and the truth, side by side."
        title = f"Pictures made {scale} times as high and wide"
        sheet = sheet.reshape(-1, side, side, nets.CHANNELS)
        return [draw.picture_grid(sheet, 2 * len(columns), "enlarged", title, words)]

    def _rates(self) -> keras.callbacks.Callback:
        """SRResNet's rate falls in the second half of the epochs; SRGAN's in that of each part."""
        config = self.config
        if config.method == "srresnet":
            share = falling(config.epochs, HELD)
            return keras.callbacks.LearningRateScheduler(
                lambda epoch, _: config.learning_rate * share(epoch)
            )
        share = falling_twice(
            config.pretraining,
            config.epochs - config.pretraining,
            HELD,
            config.learning_rate / config.adversarial_rate,
        )
        return SharedRate(share, config.adversarial_rate, config.adversarial_rate)

    def _watched(self, model: keras.Model, splits: Splits) -> dict[str, float]:
        """What is measured of the validation pictures after each epoch."""
        validation = splits.validation
        made = serving.enlarged(model, validation.small, self.config.scale)
        return {"val_psnr": _luma_means(made, validation, similarity=False)["psnr"]}

    def _judge(self, splits: Splits, name: str, seed: int) -> Judge:
        """Learns turns of squares of the large training pictures, once in a run."""
        if name not in self._judges:
            squares = splits.train.squares()
            pictures = Pictures(np.zeros(len(squares), "int32"), images=squares)
            self._judges[name] = kept(
                self.folder,
                lambda: Judge.learn(pictures, 1, self.config.judge_epochs, seed),
                name,
            )
        return self._judges[name]


def _luma_means(
    made: Sequence[np.ndarray], test: Enlargements, similarity: bool = True
) -> dict[str, float]:
    """PSNR and, if it is wanted, SSIM of luma, means over pictures."""
    inside = slice(BORDER, -BORDER)
    found = [
        luma_figures(mine, true, BORDER)
        if similarity
        else {"psnr": psnr(luma(mine[inside, inside]), luma(true[inside, inside]))}
        for mine, true in zip(made, test.large, strict=True)
    ]
    return {name: float(np.mean([row[name] for row in found])) for name in found[0]}


def _middle(picture: np.ndarray, side: int) -> np.ndarray:
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    return picture[top : top + side, left : left + side]


APP = SuperResolution
