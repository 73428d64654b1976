"""Learns to foresee a text, and goes on with others in its manner."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite import text
from kerasuite.app import App
from kerasuite.apps.language_model.serving import Writer, text_checks, text_signatures
from kerasuite.data.corpora import load_texts
from kerasuite.data.splits import Info, Splits
from kerasuite.data.streams import Stream
from kerasuite.evaluation.kneser_ney import KneserNey
from kerasuite.export.signature import Check, Signature
from kerasuite.models.language_model import RecurrentLanguageModel
from kerasuite.training.callbacks import schedule
from kerasuite.training.truncated_bptt import TruncatedBPTT

DEFAULT = "pride_and_prejudice"
ORDER = 6
TEMPERATURES = (0.5, 0.7, 1.0, 1.2)
# Few rows, since each begins without a state.
MEASURED_ROWS = 8
_PROMPT, _WRITTEN = 60, 500
_CHECKED_EVERY = 2_000


class LanguageModel(App):
    """Foresees the next character or piece from all before it."""

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        found = load_texts(config.data or DEFAULT, seed=config.seed)
        train, *held_out = (
            limited([document.text for document in part], config.limit and config.limit * share)
            for part, share in ((found.train, 0.9), (found.validation, 0.05), (found.test, 0.05))
        )
        if info is None:
            tokenizer = text.train(config.tokenizer, train, config.vocabulary_size)
        else:
            tokenizer = text.restore(info.tokenizer)
        parts = (TextStream(part, tokenizer, config.steps) for part in (train, *held_out))
        return Splits(*parts, dataclasses.replace(found.info, tokenizer=tokenizer.to_text()))

    def build(self, info: Info) -> keras.Model:
        config = self.config
        net = self._net(info)
        model = TruncatedBPTT(net.inputs, net.outputs, name=net.name)
        model.compile(
            keras.optimizers.Adam(config.learning_rate, global_clipnorm=config.clip or None),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"),
            jit_compile=config.jit,
        )
        return model

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test = splits.test
        figures = model.evaluate(test.batches(MEASURED_ROWS), return_dict=True, verbose=0)
        per_piece = figures["loss"] / math.log(2)
        bits = per_piece * len(test) / test.characters
        baseline = kneser_ney_bits(splits.train.documents, test.documents)
        headline = {
            "bits_per_character": bits,
            "perplexity": figures["perplexity"],
            "kneser_ney_bits_per_character": baseline,
            "gain_over_kneser_ney": baseline - bits,
        }
        evaluation = {
            "characters_per_piece": test.characters / len(test),
            "texts": self._samples(model, splits),
        }
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        writer = self._writer(model, info)
        return text_signatures(writer, self.config.temperature, self.config.length)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        writer = self._writer(model, splits.info)
        held_out = "\n".join(splits.test.documents)
        texts = [held_out[i : i + _CHECKED_EVERY] for i in range(0, len(held_out), _CHECKED_EVERY)]
        return text_checks(writer, texts, self.config.temperature, self.config.length)

    def _net(self, info: Info, dtype: str | None = None) -> keras.Model:
        config = self.config
        return RecurrentLanguageModel(
            text.restore(info.tokenizer).vocabulary_size,
            config.units,
            config.layers,
            config.cell,
            config.embedding_size,
            config.tied,
            config.dropout,
            config.variational,
            config.recurrent_dropout,
            dtype,
        )

    def _writer(self, model: keras.Model, info: Info) -> Writer:
        """In 32 bits, whatever it was trained in: near ties must not hang on the rounding."""
        tokenizer = text.restore(info.tokenizer)
        tokenizer.check_fits(model.outputs[0].shape[-1])
        net = self._net(info, "float32")
        net.set_weights(model.get_weights())
        return Writer(net, tokenizer)

    def _samples(self, model: keras.Model, splits: Splits) -> list[dict[str, str]]:
        """How a held-out beginning goes on, by temperature."""
        writer = self._writer(model, splits.info)
        prompt = splits.test.documents[0][:_PROMPT]
        length = max(1, round(_WRITTEN * len(splits.test) / splits.test.characters))
        written = writer.compiled_write(
            tf.constant([prompt] * len(TEMPERATURES)), tf.constant(TEMPERATURES), length
        ).numpy()
        return [
            {"title": f"Temperature {t:g}", "given": prompt, "text": w.decode("utf-8", "replace")}
            for t, w in zip(TEMPERATURES, written, strict=True)
        ]


class TextStream(Stream):
    """The ids of documents, each with END behind it, and the documents themselves.

    Args:
        documents: texts.
        tokenizer: splits them.
        steps: how many ids of each row a batch holds.
    """

    def __init__(self, documents: Sequence[str], tokenizer: text.Tokenizer, steps: int) -> None:
        ids = text.sequences.with_ends(tokenizer.tokenize(list(documents)), start=False)
        # The end of a document counts as a character.
        super().__init__(ids.flat_values.numpy(), steps, sum(map(len, documents)) + len(documents))
        self.documents = tuple(documents)


def limited(texts: Sequence[str], characters: float | None) -> list[str]:
    """The first texts, the last of them cut, with so many characters in all; None for all."""
    if characters is None:
        return list(texts)
    room, kept = round(characters), []
    for one in texts:
        kept.append(one[:room])
        room -= len(kept[-1])
        if room <= 0:
            break
    return kept


def kneser_ney_bits(train: Sequence[str], test: Sequence[str]) -> float:
    """Bits per character of the n-gram model over characters, with an end after each document."""
    seen = sorted(set("".join(train)))
    codes = {character: i for i, character in enumerate(seen)}
    end, unknown = len(codes), len(codes) + 1

    def ids(documents: Sequence[str]) -> np.ndarray:
        return np.array([i for d in documents for i in (*(codes.get(c, unknown) for c in d), end)])

    held_out = ids(test)
    return KneserNey(ids(train), len(codes) + 2, ORDER).bits(held_out) / len(held_out)


APP = LanguageModel
