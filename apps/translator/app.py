"""Sentences into another language, from raw pairs to a served translation."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from kerasuite.app import App
from kerasuite.apps.translator import serving
from kerasuite.apps.translator.learning import AveragedWeights, ValidationBleu
from kerasuite.apps.translator.measuring import measure
from kerasuite.apps.translator.nets import build_net
from kerasuite.apps.translator.sentences import (
    Sentences,
    fitting,
    language_indices,
    learned_from,
)
from kerasuite.apps.translator.translating import Translator, translator_of
from kerasuite.apps.translator.vocabulary import Vocabulary, train_tokenizers
from kerasuite.data.pairs import Pairs, load_pairs
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError
from kerasuite.export.signature import Check, Signature
from kerasuite.report.figure import Figure
from kerasuite.report.translation_figures import alignment_figure, translations_figure
from kerasuite.training.callbacks import Checkpoint, schedule
from kerasuite.training.scheduled_sampling import ScheduledSampling, ShareOfTruth
from kerasuite.training.sequence_losses import PaddedCrossEntropy

SHOWN, SHOWN_WORDS = 4, range(4, 10)


class TranslatorApp(App):
    """Trains an encoder-decoder on sentence pairs."""

    monitor = ("val_bleu", "max")
    _made: Translator | None = None

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        wanted = tuple(_way(d) for d in (*config.directions, *config.zero_shot))
        splits = load_pairs(config.data, directions=wanted, seed=config.seed, limit=config.limit)
        train = learned_from(splits.train, config.zero_shot)
        _check_targets(train, config.language_tokens)
        record = (
            info.tokenizer
            if info
            else Vocabulary.record_of(
                train_tokenizers(
                    train, config.tokenizer, config.vocabulary_size, config.share_vocabulary
                )
            )
        )
        languages = info.languages if info else splits.info.languages
        known = dataclasses.replace(splits.info, tokenizer=record, languages=languages)
        vocabulary = self._vocabulary(known)
        parts, skipped = [], list(splits.info.skipped)
        for name, pairs in zip(SPLITS, (train, splits.validation, splits.test), strict=True):
            kept, left_out = fitting(pairs, vocabulary)
            if not len(kept):
                raise InputError(
                    f"{splits.info.name}: no pair of {name} has at most {config.longest} pieces "
                    "on both sides; try a larger --longest or --vocabulary-size"
                )
            if left_out:
                reason = f"{left_out:,} of {len(pairs):,} pairs have more than {config.longest}"
                skipped.append((name, f"{reason} pieces on a side (--longest)"))
            segmentations = config.segmentations if name == "train" else 1
            parts.append(Sentences(kept, vocabulary, segmentations, config.seed))
        return Splits(*parts, dataclasses.replace(known, skipped=tuple(skipped)))

    def _vocabulary(self, info: Info) -> Vocabulary:
        languages = info.languages if self.config.language_tokens else ()
        return Vocabulary(info.tokenizer, languages, self.config.longest)

    def build(self, info: Info) -> keras.Model:
        config, vocabulary = self.config, self._vocabulary(info)
        model = build_net(config, vocabulary.source_size, vocabulary.target_size)
        if config.teacher_forcing < 1:
            model = ScheduledSampling(model.input, model.output, name=model.name)
        model.compile(
            optimizer=keras.optimizers.Adam(config.learning_rate, global_clipnorm=config.clip),
            loss=PaddedCrossEntropy(config.label_smoothing),
            jit_compile=config.jit,
        )
        return model

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        if self.config.average:
            folder = next(c.checkpoints for c in callbacks if isinstance(c, Checkpoint))
            callbacks = [AveragedWeights(folder, self.config.average), *callbacks]
        super().fit(model, splits, callbacks, first_epoch)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        own = [
            schedule(config.schedule, config.learning_rate, config.epochs, config.warmup),
            ValidationBleu(splits.validation, config.bleu_sentences),
        ]
        if config.teacher_forcing < 1:
            own.append(ShareOfTruth(config.teacher_forcing, config.epochs))
        return own

    def _translator(self, model: keras.Model, info: Info) -> Translator:
        """The model's translator, the same each time: it is traced once."""
        if self._made is None or self._made.model is not model:
            self._made = translator_of(model, self._vocabulary(info), self.config)
        return self._made

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        translator = self._translator(model, splits.info)
        return measure(translator, splits.test.pairs, splits.train.pairs, self.config.zero_shot)

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return serving.signatures(self._translator(model, info))

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        translator = self._translator(model, splits.info)
        return serving.checks(translator, splits.test.pairs, self.config.precision == "float32")

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        translator = self._translator(model, splits.info)
        shown = [translations_figure(evaluation["examples"])]
        pairs = splits.test.pairs
        short = [i for i, s in enumerate(pairs.sources) if len(s.split()) in SHOWN_WORDS]
        few = pairs.take(short[:SHOWN])
        languages = language_indices(few, translator.vocabulary)
        aligned = translator.aligned(few.sources, languages) if len(few) else []
        return [*shown, *([alignment_figure(aligned)] if aligned else [])]


def _way(direction: str) -> tuple[str, str]:
    source, _, target = direction.partition("-")
    return source, target


def _check_targets(pairs: Pairs, language_tokens: bool) -> None:
    """One net can write several languages only if it is told which."""
    targets = sorted(set(pairs.target_languages))
    if len(targets) > 1 and not language_tokens:
        raise InputError(
            "--language-tokens is needed for data with several target languages. "
            f"Received: {', '.join(targets)}"
        )


APP = TranslatorApp
