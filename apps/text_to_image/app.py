"""Pictures of sentences: GAN-CLS, measured and served."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite import text
from kerasuite.app import App
from kerasuite.apps.text_to_image import serving
from kerasuite.apps.text_to_image.texts import RULES, Pairs
from kerasuite.data.captioned import Captioned, load_captioned
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.generative import frechet_distance
from kerasuite.evaluation.matching import retrieval_figures
from kerasuite.export.signature import Check, Signature
from kerasuite.models.text_to_image import GANCLSDiscriminator, GANCLSGenerator
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.adam import Adam
from kerasuite.training.gan_cls import GANCLS
from kerasuite.training.judge import kept
from kerasuite.training.matcher import Matcher

SHOWN = 20
_WATCHED, _MEASURED, _SHOWN = 1, 2, 3  # what noise is for


class TextToImage(App):
    """Trains a generator of pictures from texts."""

    monitor = ("val_distance", "min")

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._matchers: dict[str, Matcher] = {}
        self._known_pairs: dict[str, Pairs] = {}
        self._seen: np.ndarray | None = None

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        size = (config.image_size,) * 2 if info is None else info.shape[:2]
        splits = load_captioned(config.data, size=size, seed=config.seed, limit=config.limit)
        known = info.tokenizer if info else ""
        if not known:
            captions = [c for each in splits.train.captions for c in each]
            known = text.train("words", captions, config.vocabulary_size, rules=RULES).to_text()
        return dataclasses.replace(splits, info=dataclasses.replace(splits.info, tokenizer=known))

    def build(self, info: Info) -> keras.Model:
        config = self.config
        words = text.restore(info.tokenizer).vocabulary_size
        model = GANCLS(
            GANCLSGenerator((config.latent,), info.shape, config.code, width=config.width),
            GANCLSDiscriminator(info.shape, config.code, width=config.width),
            Matcher.untrained(info.shape, words, config.code).texts,
            interpolation=config.interpolation,
            smoothing=config.smoothing,
            seed=config.seed,
        )
        both = (Adam(config.learning_rate, beta_1=0.5) for _ in range(2))
        model.compile(*both, jit_compile=config.jit)
        return model

    def fit(self, model: keras.Model, splits: Splits, *args: Any, **kwargs: Any) -> None:
        """As all apps do, once the encoder of texts has learned."""
        learned = self._matcher(splits, "matcher", self.config.seed + 1)
        model.text_encoder.set_weights(learned.texts.get_weights())
        super().fit(model, splits, *args, **kwargs)

    def steps_per_epoch(self, splits: Splits) -> int:
        return self._pairs(splits, "train").steps_per_epoch(self.config.batch_size)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config = self.config
        pairs = self._pairs(splits, "train")
        return pairs.shuffled_batches(config.batch_size, config.seed, first_epoch)

    def validation_batches(self, splits: Splits) -> None:
        """None: what is measured after each epoch is no loss, and has a callback."""

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        return [
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: logs.update(self._watched(model, splits))
            )
        ]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        judge, pairs = self._judge(splits), self._pairs(splits, "test")
        made = serving.pictures_of(model, pairs.ids, 10 * self.config.seed + _MEASURED)
        ids, own = np.unique(pairs.ids, axis=0, return_inverse=True)
        texts = judge.text_codes(ids)
        seen, drawn = judge.picture_codes(pairs.pictures), judge.picture_codes(made)
        found = retrieval_figures(drawn, texts, own.reshape(-1))
        details = retrieval_figures(seen, texts, own.reshape(-1))
        chance = found.pop("retrieval_chance")
        headline = {
            "times_chance": found["retrieval"] / chance,
            **found,
            "frechet_distance": frechet_distance(seen, drawn),
        }
        return {
            "headline": headline,
            "evaluation": {f"true_pictures_{name}": value for name, value in details.items()},
        }

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(model, info, self.config.longest)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        captions = self._pairs(splits, "test").captions
        return serving.checks(model, splits.info, captions, self.config.longest)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        sheets = []
        for split, title in (("test", "Texts never read"), ("train", "Texts learned from")):
            pairs = self._pairs(splits, split)
            made = serving.pictures_of(model, pairs.ids[:SHOWN], 10 * self.config.seed + _SHOWN)
            words = "What was made of the first texts, not chosen."
            captions = pairs.captions[:SHOWN]
            sheets.append(draw.picture_sheet(made, captions, 5, f"made_{split}", title, words))
        return sheets

    def _watched(self, model: keras.Model, splits: Splits) -> dict[str, float]:
        """What is measured of the validation texts after each epoch."""
        judge, pairs = self._judge(splits), self._pairs(splits, "validation")
        if self._seen is None:
            self._seen = judge.picture_codes(pairs.pictures)
        made = serving.pictures_of(model, pairs.ids, 10 * self.config.seed + _WATCHED)
        return {"val_distance": frechet_distance(self._seen, judge.picture_codes(made))}

    def _judge(self, splits: Splits) -> Matcher:
        """The encoders that pictures are measured by; the generator never learns from them."""
        return self._matcher(splits, "judge", self.config.seed + 2)

    def _matcher(self, splits: Splits, name: str, seed: int) -> Matcher:
        """Encoders that learned from the training pairs, once in a run."""
        if name not in self._matchers:
            config, pairs = self.config, self._pairs(splits, "train")
            words = text.restore(splits.info.tokenizer).vocabulary_size
            self._matchers[name] = kept(
                self.folder,
                lambda: Matcher.learn(
                    pairs.pictures, pairs.ids, words, config.matcher_epochs, seed, config.code
                ),
                name,
                Matcher,
            )
        return self._matchers[name]

    def _pairs(self, splits: Splits, split: str) -> Pairs:
        if split not in self._known_pairs:
            part: Captioned = getattr(splits, split)
            tokenizer = text.restore(splits.info.tokenizer)
            self._known_pairs[split] = Pairs(part, tokenizer, self.config.longest)
        return self._known_pairs[split]


APP = TextToImage
