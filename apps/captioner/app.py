"""Sentences about pictures: features of any net, four ways of writing, beam search."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerasuite import text
from kerasuite.app import App
from kerasuite.apps.captioner.config import CaptionerConfig
from kerasuite.apps.captioner.learning import Batches, Heard, ValidationCider, rates
from kerasuite.apps.captioner.measuring import measure
from kerasuite.apps.captioner.nets import (
    IMAGE_ENCODER,
    WRITER,
    captioner,
    features_of,
    image_encoder,
    losses,
)
from kerasuite.apps.captioner.serving import caption_checks, caption_signatures
from kerasuite.apps.captioner.writing import Writer
from kerasuite.data.captioned import Captioned, load_captioned
from kerasuite.data.splits import Info, Splits
from kerasuite.export.signature import Check, Signature
from kerasuite.models.captioner import ATTENTIVE
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training import fitting
from kerasuite.training.self_critical import SelfCritical, look_at

_RULES = text.Rules(case="lower")
_SHOWN = 10
_SHOWN_ATTENTION = 4


class CaptionerApp(App):
    """Learns to say what pictures show."""

    monitor = ("val_distinct_cider", "max")

    def __init__(self, config: CaptionerConfig) -> None:
        super().__init__(config)
        if config.self_critical:  # captions become fewer, and are chosen by what is learnt from
            self.monitor = ("val_cider", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        size = (config.image_size,) * 2 if info is None else info.shape[:2]
        splits = load_captioned(
            config.data,
            size=size,
            seed=config.seed,
            limit=config.limit,
            division=config.division,
            languages=config.languages,
        )
        if info is not None:
            return dataclasses.replace(
                splits, info=dataclasses.replace(splits.info, tokenizer=info.tokenizer)
            )
        captions = [c for each in splits.train.captions for c in each]
        tokenizer = text.train("words", captions, config.vocabulary_size, rules=_RULES)
        return dataclasses.replace(
            splits, info=dataclasses.replace(splits.info, tokenizer=tokenizer.to_text())
        )

    def build(self, info: Info) -> keras.Model:
        encoder = self._image_encoder(info)
        words = text.restore(info.tokenizer).vocabulary_size + len(self.config.languages)
        learns = None if self.config.held else encoder
        return captioner(self.config, encoder.output_shape[1:], words, learns)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        config = self.config
        tokenizer = text.restore(splits.info.tokenizer)
        writer = self._writer(model, splits.info, greedy=True)
        judge = self._judge(model, splits, writer)
        listeners = [rates(config), judge, *callbacks]
        warm = config.finetune_after or 0
        if first_epoch < warm:
            # The writer learns alone, from features; what is kept and noted is the whole model.
            net = self._net(model)
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            net.compile(model.optimizer, losses(config))
            together = keras.callbacks.CallbackList(listeners, model=model, epochs=config.epochs)
            taught = self._batched(model, splits, tokenizer, known=True)
            self._teach(net, taught, [Heard(together)], first_epoch, warm)
        if not model.stop_training and first_epoch < config.taught:
            taught = self._batched(model, splits, tokenizer, config.held)
            self._teach(model, taught, listeners, max(first_epoch, warm), config.taught)
        if not model.stop_training and config.self_critical:
            learner = SelfCritical(
                model,
                self._net(model),
                look_at(None if config.held else model.get_layer(IMAGE_ENCODER)),
                tokenizer,
                splits.train.captions,
                config.longest,
                seed=config.seed,
            )
            train, _ = self._batched(model, splits, tokenizer, config.held)
            start = max(first_epoch, config.taught)
            learner.fit(train.values, config.batch_size, listeners, start, config.epochs)

    def _judge(self, model: keras.Model, splits: Splits, writer: Writer) -> ValidationCider:
        part = splits.validation
        if not self.config.languages:
            return ValidationCider(
                lambda: writer.all(self._features(model, splits, part)), part.captions
            )
        (numbers, captions), languages = part.pairs(), part.spoken()
        return ValidationCider(
            lambda: writer.all(self._features(model, splits, part)[numbers], languages),
            [(caption,) for caption in captions],
        )

    def _batched(
        self, model: keras.Model, splits: Splits, tokenizer: text.Tokenizer, known: bool
    ) -> tuple[Batches, Batches]:
        """The captions of training, with all views if features are known, and of validation."""
        views = self.config.views if known else 0
        train = self._batches(model, splits, splits.train, tokenizer, known, views)
        return train, self._batches(model, splits, splits.validation, tokenizer, known)

    def _teach(
        self,
        model: keras.Model,
        batches: tuple[Batches, Batches],
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int,
        epochs: int,
    ) -> None:
        """Learns the data's captions from `first_epoch` to before `epochs`."""
        config, (train, validation) = self.config, batches
        steps = train.steps_per_epoch(config.batch_size)
        fitting.fit(
            model,
            train.shuffled_batches(config.batch_size, config.seed, first_epoch),
            steps_per_epoch=steps,
            validation_data=validation.batches(config.batch_size),
            initial_epoch=first_epoch,
            epochs=epochs,
            callbacks=callbacks,
        )

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        writer = self._writer(model, splits.info)
        known, asked = (self._features(model, splits, p) for p in (splits.train, splits.test))
        languages = self.config.languages
        return measure(writer.all, known, asked, splits.train, splits.test, languages)

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        writer = self._writer(model, info)
        encoder = self._encoder_of(model, info)
        return caption_signatures(encoder, writer, info, self.config.model, self.config.languages)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        writer = self._writer(model, splits.info)
        encoder = self._encoder_of(model, splits.info)
        return caption_checks(
            encoder, writer, splits.test, self.config.model, self.config.languages
        )

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        found, test = evaluation["captions"], splits.test
        worst = sorted(found, key=lambda c: c["cider"])
        sheets = {
            ("captions", "First test pictures"): found[:_SHOWN],
            ("worst_captions", "Worst test pictures"): worst[:_SHOWN],
        }
        drawn = [
            draw.caption_sheet(
                test.pictures.array([c["index"] for c in chosen]),
                [c["caption"] for c in chosen],
                [c["reference"] for c in chosen],
                name=name,
                title=title,
            )
            for (name, title), chosen in sheets.items()
        ]
        if self.config.model in ATTENTIVE:
            drawn.append(self._attention(model, splits))
        return drawn

    def _attention(self, model: keras.Model, splits: Splits) -> Figure:
        count = min(_SHOWN_ATTENTION, len(splits.test))
        encoder = self._encoder_of(model, splits.info)
        pictures = splits.test.pictures.array(np.arange(count))
        writer = self._writer(model, splits.info)
        written = writer.write(np.asarray(encoder.predict_on_batch(pictures), "float32"))
        weights = written.decoded.extras["attention"][:, 0].numpy()
        words = writer.words(written.decoded.ids[:, 0]).numpy()
        grids = weights.reshape(*weights.shape[:2], *encoder.output_shape[1:3])
        named = [[w.decode("utf-8", "replace") for w in row if w] for row in words]
        return draw.attention_sheet(pictures, named, grids)

    @functools.cached_property
    def _encoders(self) -> dict[tuple[int, ...], keras.Model]:
        return {}

    @functools.cached_property
    def _writers(self) -> list[tuple[keras.Model, bool, Writer]]:
        return []

    def _image_encoder(self, info: Info) -> keras.Model:
        """The net that looks, made once: its weights are fetched, or learn with the model."""
        if not self.config.held:
            return image_encoder(self.config, info)
        if info.shape not in self._encoders:
            self._encoders[info.shape] = image_encoder(self.config, info)
        return self._encoders[info.shape]

    def _encoder_of(self, model: keras.Model, info: Info) -> keras.Model:
        if self.config.held:
            return self._image_encoder(info)
        return model.get_layer(IMAGE_ENCODER)

    def _net(self, model: keras.Model) -> keras.Model:
        return model if self.config.held else model.get_layer(WRITER)

    def _writer(self, model: keras.Model, info: Info, greedy: bool = False) -> Writer:
        """What writes with this model, made once: its search takes seconds to trace."""
        config = self.config
        net = self._net(model)
        for known, as_greedy, writer in self._writers:
            if known is net and as_greedy == greedy:
                return writer
        search = () if greedy else (config.beams, config.n_best, config.length_penalty)
        tokenizer = text.restore(info.tokenizer)
        writer = Writer(net, tokenizer, config.longest, len(config.languages), *search)
        self._writers.append((net, greedy, writer))
        return writer

    def _features(
        self,
        model: keras.Model,
        splits: Splits,
        part: Captioned,
        views: int = 0,
        known: bool | None = None,
    ) -> np.ndarray:
        """Features of all pictures, then of so many changed views of all.

        Args:
            model: of the run.
            splits: its data.
            part: the split whose pictures are looked at.
            views: how many changed ones.
            known: whether the encoder is as it was fetched; left out, if it is held.
        """
        config, key = self.config, None
        if config.held if known is None else known:
            key = f"{config.encoder} {config.pretrained} {config.precision}"
        encoder = self._encoder_of(model, splits.info)
        images = part.pictures.array(np.arange(len(part)))
        mirrors = splits.info.mirrors
        found = [features_of(encoder, images, key, view, mirrors) for view in range(views + 1)]
        return np.concatenate(found) if views else found[0]

    def _batches(
        self,
        model: keras.Model,
        splits: Splits,
        part: Captioned,
        tokenizer: text.Tokenizer,
        known: bool,
        views: int = 0,
    ) -> Batches:
        """Captions with pictures; or, if the encoder's answers are known, with these and views."""
        numbers, captions = part.pairs()
        if known:
            name, values = "features", self._features(model, splits, part, views, known)
            # Each view is a picture of its own, with the same captions.
            numbers = np.concatenate([numbers + view * len(part) for view in range(views + 1)])
            captions = captions * (views + 1)
        else:
            name, values = "pictures", part.pictures.array(np.arange(len(part)))
        starts = None
        if self.config.languages:
            starts = np.tile(tokenizer.vocabulary_size + part.spoken(), views + 1)
        attention, longest = self.config.model in ATTENTIVE, self.config.longest
        return Batches(name, values, numbers, captions, tokenizer, longest, attention, starts)


APP = CaptionerApp
