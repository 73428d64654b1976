"""Spam or not: from raw messages to a served answer with the words that decided it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite import text
from kerasuite.app import App
from kerasuite.apps.spam_filter import nets
from kerasuite.apps.spam_filter.encoding import (
    EncodedMessages,
    MessagesByLength,
    plain_texts,
    word_ids,
)
from kerasuite.apps.spam_filter.shown import examples_of, subject
from kerasuite.apps.spam_filter.vectors import latent_vectors
from kerasuite.apps.spam_filter.words import (
    as_written,
    class_words,
    contributions,
    strongest,
    words_removed,
)
from kerasuite.data.messages import load_messages
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.evaluation.spam import detection, linear_svc_accuracy
from kerasuite.export.ranking import ranked, ranked_arrays
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.text import Rules
from kerasuite.text.mail import plain_mail
from kerasuite.training.callbacks import schedule

SPAM = "spam"
CHECKED_MESSAGES = 32
EXPLAINED = 200
SHOWN_WORDS = 8


class SpamFilter(App):
    """Trains a classifier of messages by their words."""

    monitor = ("val_loss", "min")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_messages(config.data, seed=config.seed, limit=config.limit)
        splits.check_classes(info)
        texts = {name: plain_texts(getattr(splits, name), config.headers) for name in SPLITS}
        if info is None:
            tokenizer = text.train(
                "words", texts["train"], config.vocabulary_size, rules=Rules(case="lower")
            )
        else:
            tokenizer = text.restore(info.tokenizer)
        encoded = MessagesByLength if config.model == "lstm" else EncodedMessages
        parts = {
            name: encoded(getattr(splits, name), texts[name], tokenizer, config.length)
            for name in SPLITS
        }
        about = dataclasses.replace(
            splits.info, shape=(config.length,), tokenizer=tokenizer.to_text()
        )
        return Splits(**parts, info=about)

    def build(self, info: Info) -> keras.Model:
        config = self.config
        size = text.restore(info.tokenizer).vocabulary_size
        model = nets.net(config, size, len(info.class_names))
        model.compile(
            optimizer=keras.optimizers.Adam(config.learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
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
        features, words = model.get_layer("features"), splits.train.values
        if self.config.model == "bag":
            features.adapt(words)
        elif self.config.model == "lstm" and not first_epoch:
            size = (features.input_dim, features.output_dim)
            features.set_weights([latent_vectors(words, *size, self.config.seed)])
        super().fit(model, splits, callbacks, first_epoch)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        return [schedule("cosine", self.config.learning_rate, self.config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, names = splits.test, splits.info.class_names
        probabilities = _softmax(model.predict(test.values, self.config.batch_size, verbose=0))
        evaluation = evaluate_classifier(test.labels, probabilities, names)
        headline = {"accuracy": evaluation["accuracy"]}
        if len(names) == 2:
            spam = spam_class(names)
            found = detection((test.labels == spam).astype(int), probabilities[:, spam])
            evaluation["detection"] = found
            headline["false_positives_at_95_recall"] = found["false_positive_rate"]
            headline["roc_auc"] = found["roc_auc"]
        headline |= {name: evaluation[name] for name in ("loss", "ece")}
        rival = linear_svc_accuracy(
            {s: [t.decode() for t in getattr(splits, s).texts] for s in SPLITS},
            {s: getattr(splits, s).labels for s in SPLITS},
        )
        evaluation["linear_svc"] = rival
        headline["linear_svc_accuracy"] = rival["accuracy"]
        headline["lead_over_linear_svc"] = headline["accuracy"] - rival["accuracy"]
        evaluation |= words_removed(model, test.values[:EXPLAINED], self.config.seed)
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        config, tokenizer = self.config, text.restore(info.tokenizer)

        def ids_of(messages: tf.Tensor) -> tf.Tensor:
            return word_ids(plain_mail(messages, config.headers), tokenizer, config.length)

        def classify(messages: tf.Tensor) -> dict[str, tf.Tensor]:
            logits = model(ids_of(messages), training=False)
            return ranked(tf.nn.softmax(tf.cast(logits, tf.float32)), info.class_names)

        def explain(messages: tf.Tensor) -> dict[str, tf.Tensor]:
            logits, found = contributions(model, ids_of(messages))
            answer = ranked(tf.nn.softmax(logits), info.class_names)
            return {**answer, **strongest(found, as_written(tokenizer))}

        inputs = (tf.TensorSpec([None], tf.string, "messages"),)
        kinds, resources = {"messages": "message"}, (tokenizer,)
        about = (
            "raw messages, header fields and body → classes and their scores, the likeliest first"
        )
        return {
            "serving_default": Signature(classify, inputs, kinds, about, resources),
            "explain": Signature(
                explain,
                inputs,
                kinds,
                f"{about}; and the words that decided, those with the largest contributions first, "
                "which are above 0 where a word speaks for the first class",
                resources,
            ),
        }

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        test = splits.test
        count = min(CHECKED_MESSAGES, len(test))
        ids = test.values[:count]
        scores = _softmax(model.predict(ids, verbose=0))
        answers = ranked_arrays(scores, splits.info.class_names)
        inputs = {"messages": np.array(test.raw[:count], dtype=object)}
        return {
            "serving_default": Check(inputs, answers),
            "explain": Check(inputs, answers),
        }

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test, names = splits.test, splits.info.class_names
        entries = as_written(text.restore(splits.info.tokenizer))
        some = test.values[:EXPLAINED]
        logits, found = contributions(model, tf.constant(some))
        shown = strongest(found, entries, SHOWN_WORDS)
        messages = [
            {
                "title": subject(test.raw[i]),
                "label": names[test.labels[i]],
                "answer": names[int(tf.argmax(logits[i]))],
                "words": [w.decode() for w in shown["words"][i].numpy()],
                "contributions": shown["contributions"][i].numpy().tolist(),
            }
            for i in examples_of(evaluation, test.labels, len(some))
        ]
        figures = [draw.deciding_words(messages)]
        figures.append(draw.class_words(class_words(logits, found, entries, names)))
        if "detection" in evaluation:
            figures.append(draw.detection_curve(evaluation["detection"]))
        return figures


def spam_class(names: Sequence[str]) -> int:
    """The class that is to be found: the one called spam, or the last."""
    lower = [name.lower() for name in names]
    return lower.index(SPAM) if SPAM in lower else len(lower) - 1


def _softmax(logits: np.ndarray) -> np.ndarray:
    return tf.nn.softmax(logits.astype("float64")).numpy()


APP = SpamFilter
