"""The SavedModel's functions: a string in, its translations out."""

import numpy as np
import tensorflow as tf

from kerasuite.apps.translator.translating import Translated, Translator
from kerasuite.data.pairs import Pairs
from kerasuite.export.signature import Check, Signature

CHECKED_SENTENCES = 16
# The white space after the mark is no part of the sentence: tokenizers would make a piece of it.
_MARK = r"(?s)^\s*<2([A-Za-z]{2,3}(?:_[A-Za-z]{2,8})*)>\s*(.*)$"


def signatures(translator: Translator) -> dict[str, Signature]:
    """Returns the functions that a translator is served by."""
    vocabulary = translator.vocabulary
    languages = vocabulary.languages

    def translate(text: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(translator.translate(*_asked_for(text, languages)))

    def complete(text: tf.Tensor, begin: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(translator.complete(*_asked_for(text, languages), begin))

    marked = "sentences, each with the wanted language in front as in <2es>" * bool(languages)
    what = marked or "sentences"
    spec = tf.TensorSpec([None], tf.string, "text")
    begin = tf.TensorSpec([None], tf.string, "begin")
    resources = tuple(vocabulary.tokenizers)
    return {
        "serving_default": Signature(
            translate,
            (spec,),
            {"text": "text"},
            f"{what} → the best translation and its log-probability; the best few, by falling "
            "score; and whether the sentence was too long and its end was not read",
            resources,
        ),
        "complete": Signature(
            complete,
            (spec, begin),
            {"text": "text", "begin": "text"},
            f"{what}, and what each translation must begin with → the same",
            resources,
        ),
    }


def checks(translator: Translator, pairs: Pairs, exact: bool) -> dict[str, Check]:
    """Returns held-out sentences and the Keras model's own answers to them.

    Args:
        translator: with the trained model.
        pairs: of the test split.
        exact: whether answers are compared, or the functions only run: layers of 16 bits round
            so much that other translations may come out best.
    """
    few = pairs.take(range(min(CHECKED_SENTENCES, len(pairs))))
    languages = translator.vocabulary.languages
    marks = [f"<2{code}> " if languages else "" for code in few.target_languages]
    texts = [mark + source for mark, source in zip(marks, few.sources, strict=True)]
    raw = np.array([t.encode() for t in texts], dtype=object)
    begin = np.array([b""] * len(few), dtype=object)
    if not exact:
        return {
            "serving_default": Check({"text": raw}, {}),
            "complete": Check({"text": raw, "begin": begin}, {}),
        }
    wanted = [languages.index(code) if languages else 0 for code in few.target_languages]
    texts, logs = translator.all(few.sources, np.array(wanted, "int32"))
    # A candidate that is not there has a log-probability of -inf, whose difference is no number.
    answers = {
        "translation": np.array([t[0].encode() for t in texts], dtype=object),
        "log_probability": logs[:, 0],
    }
    return {
        "serving_default": Check({"text": raw}, answers),
        "complete": Check({"text": raw, "begin": begin}, answers),
    }


def _answers(found: Translated) -> dict[str, tf.Tensor]:
    # JSON knows no infinity: what there is not has the lowest number.
    logs = tf.maximum(found.log_probabilities, tf.float32.min)
    return {
        "translation": found.texts[:, 0],
        "log_probability": logs[:, 0],
        "n_best": found.texts,
        "n_best_log_probabilities": logs,
        "truncated": found.truncated,
    }


def _asked_for(text: tf.Tensor, languages: tuple[str, ...]) -> tuple[tf.Tensor, tf.Tensor]:
    """The texts without their mark, and int32 [batch], the language that each asks for."""
    if not languages:
        return text, tf.zeros(tf.shape(text), tf.int32)
    marked = tf.strings.regex_full_match(text, _MARK)
    codes = tf.strings.regex_replace(text, _MARK, r"\1")
    same = marked[:, None] & (codes[:, None] == tf.constant(languages))
    known = ", ".join(f"<2{code}>" for code in languages)
    check = tf.debugging.Assert(
        tf.reduce_all(tf.reduce_any(same, axis=1)),
        [f"text must begin with the wanted language, one of {known}"],
    )
    with tf.control_dependencies([check] if check is not None else []):
        index = tf.argmax(same, axis=1, output_type=tf.int32)
    return tf.strings.regex_replace(text, _MARK, r"\2"), index
