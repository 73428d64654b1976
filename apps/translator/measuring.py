"""Translates the test split and says how well."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasuite.apps.translator.sentences import language_indices
from kerasuite.apps.translator.translating import Translator
from kerasuite.data.document_splits import words_of
from kerasuite.data.pairs import Pairs
from kerasuite.evaluation.translation import evaluate_translations

EXAMPLES = 12


def measure(
    translator: Translator, pairs: Pairs, learned: Pairs, zero_shot: Sequence[str]
) -> dict[str, Any]:
    """Returns headline and details for all pairs, and apart for directions never learned from.

    Beside a direction never learned from stands what copying the source would score, and both for
    those pairs whose words were learned, in other directions: nobody can guess the others.

    Args:
        translator: with the trained model.
        pairs: of the test split.
        learned: those of training.
        zero_shot: directions never learned from, such as "es-fr".
    """
    texts, logs = translator.all(pairs.sources, language_indices(pairs, translator.vocabulary))
    best = [each[0] for each in texts]
    ways = ["-".join(w) for w in zip(pairs.source_languages, pairs.target_languages, strict=True)]
    groups = {"": [i for i, way in enumerate(ways) if way not in zero_shot]}
    if zero_shot:
        unseen = [i for i, way in enumerate(ways) if way in zero_shot]
        known = of_known_words(pairs, learned)
        groups["zero_shot_"] = unseen
        groups["zero_shot_known_words_"] = [i for i in unseen if known[i]]
    headline, details = {}, {}
    for name, rows in groups.items():
        if not rows:
            continue
        scores = _scores(best, pairs, rows)
        headline |= {f"{name}{key}": scores[key] for key in ("bleu", "chrf")}
        details |= {f"{name}{key}": value for key, value in scores.items()}
        if name:
            copied = _scores(pairs.sources, pairs, rows)
            copying = name.replace("zero_shot", "copying")
            headline |= {f"{copying}{key}": copied[key] for key in ("bleu", "chrf")}
    details["directions"] = {
        way: _scores(best, pairs, [i for i, w in enumerate(ways) if w == way])
        for way in dict.fromkeys(ways)
    }
    chosen = np.unique(np.linspace(0, len(pairs) - 1, EXAMPLES).astype(int)).tolist()
    details["examples"] = [
        {
            "direction": ways[i],
            "source": pairs.sources[i],
            "reference": pairs.targets[i],
            "translations": texts[i],
            "log_probabilities": [round(float(x), 3) for x in np.maximum(logs[i], -1e9)],
        }
        for i in chosen
    ]
    return {"headline": headline, "evaluation": details}


def of_known_words(pairs: Pairs, learned: Pairs) -> list[bool]:
    """Per pair whether each of its words is in a sentence learned from, in the same language."""
    known: dict[str, set[str]] = defaultdict(set)
    for texts, codes in _sides(learned):
        for code, text in dict.fromkeys(zip(codes, texts, strict=True)):
            known[code].update(words_of(text).split())
    sides = [
        [known[code].issuperset(words_of(text).split()) for text, code in zip(*side, strict=True)]
        for side in _sides(pairs)
    ]
    return [all(both) for both in zip(*sides, strict=True)]


def _sides(pairs: Pairs) -> tuple[tuple[list[str], list[str]], ...]:
    return (pairs.sources, pairs.source_languages), (pairs.targets, pairs.target_languages)


def _scores(translations: Sequence[str], pairs: Pairs, rows: Sequence[int]) -> dict[str, Any]:
    return evaluate_translations([translations[i] for i in rows], [pairs.targets[i] for i in rows])
