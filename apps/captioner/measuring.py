"""How good captions are, language by language, beside what can be had without a decoder."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasuite.data.captioned import Captioned
from kerasuite.evaluation.captions import cider, evaluate_captions, words_of

METRICS = ("cider", "bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l")


def measure(
    write: Callable[[np.ndarray, int], list[str]],
    known: np.ndarray,
    asked: np.ndarray,
    train: Captioned,
    test: Captioned,
    languages: Sequence[str],
) -> dict[str, Any]:
    """Writes about all test pictures in each language, and compares with their captions.

    Args:
        write: the model's captions of features, in a language.
        known: features of the training pictures.
        asked: of the test pictures.
        train: the training pictures' captions.
        test: the test pictures'.
        languages: codes; none if there is but one, which has no code.

    Returns:
        "headline", the figures, of several languages their means and CIDEr of each; and
        "evaluation", all figures of the first language and each of its captions with its CIDEr,
        and under "languages" the figures of all.
    """
    unit = [_unit(features) for features in (known, asked)]
    each, shown = {}, []
    for number, code in enumerate(languages or ("",)):
        which, references = test.in_language(number)
        captions = write(asked[which], number)
        each[code] = evaluate_captions(captions, references)
        for name, simple in _simple_ways(train, unit[0], unit[1][which], number).items():
            each[code][f"{name}_cider"] = evaluate_captions(simple, references)["cider"]
        if not number:
            shown = _judged(which, captions, references)
    names = (*METRICS, "frequent_cider", "nearest_cider")
    headline = {name: float(np.mean([m[name] for m in each.values()])) for name in names}
    evaluation = {**next(iter(each.values())), "captions": shown}
    if languages:
        headline |= {f"cider_{code}": measured["cider"] for code, measured in each.items()}
        evaluation["languages"] = each
    return {"headline": headline, "evaluation": evaluation}


def _unit(features: np.ndarray) -> np.ndarray:
    pooled = features.astype("float32").mean((1, 2))
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True).clip(1e-9)


def _simple_ways(
    train: Captioned, known: np.ndarray, asked: np.ndarray, language: int
) -> dict[str, list[str]]:
    """The most frequent caption, and that of the training picture with the likest features."""
    which, captions = train.in_language(language)
    frequent = Counter(c for each in captions for c in each).most_common(1)[0][0]
    nearest = (asked @ known[which].T).argmax(1)
    return {"frequent": [frequent] * len(asked), "nearest": [captions[i][0] for i in nearest]}


def _judged(
    which: np.ndarray, captions: Sequence[str], references: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    wanted = [[words_of(c) for c in each] for each in references]
    scores = cider([words_of(c) for c in captions], wanted)
    return [
        {"index": int(i), "caption": c, "reference": r[0], "cider": round(s, 4)}
        for i, c, r, s in zip(which, captions, references, scores, strict=True)
    ]
