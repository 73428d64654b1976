"""How good captions are beside several references each: BLEU, ROUGE-L and CIDEr."""

import collections
import functools
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LONGEST = 4
# Of COCO's evaluation: recall counts for more; a caption of another length costs.
_ROUGE_BETA = 1.2
_CIDER_SIGMA = 6.0
# Captions whose n-grams are remembered.
_KEPT = 10_000


def words_of(caption: str) -> list[str]:
    """A caption's words in lower case, without punctuation, as all metrics here compare them."""
    return _WORD.findall(caption.lower())


def evaluate_captions(
    captions: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Compares captions with the references of their pictures.

    Args:
        captions: one for each picture.
        references: at least one for each picture.

    Returns:
        "bleu_1" to "bleu_4" and "rouge_l", from 0 to 1, of all captions together; "cider", from 0
        to 10, whose document frequencies are those of these references; "exact", the share of
        captions that are one of their references, word by word; "distinct", how many different
        captions there are.

    Raises:
        ValueError: if there is no picture, one has no reference, or the numbers differ.
    """
    if len(captions) != len(references) or not captions or not all(references):
        raise ValueError(
            "expected a caption and at least one reference for each picture, and a picture. "
            f"Received: {len(captions)} captions, {sum(map(bool, references))} with references"
        )
    found = [words_of(c) for c in captions]
    wanted = [[words_of(r) for r in each] for each in references]
    exact = [words in each for words, each in zip(found, wanted, strict=True)]
    return {
        **{f"bleu_{n}": score for n, score in enumerate(bleu(found, wanted), 1)},
        "rouge_l": float(np.mean([rouge_l(*pair) for pair in zip(found, wanted, strict=True)])),
        "cider": float(np.mean(cider(found, wanted))),
        "exact": float(np.mean(exact)),
        "distinct": len({tuple(words) for words in found}),
        "pictures": len(found),
    }


def bleu(captions: list[list[str]], references: list[list[list[str]]]) -> list[float]:
    """BLEU with n-grams up to 1, 2, 3 and 4 words of all captions together, from 0 to 1.

    Computed by sacrebleu, without smoothing.
    """
    from sacrebleu.metrics import BLEU

    most = max(map(len, references))
    # sacrebleu wants as many references for each; one of None stands for none.
    streams = [
        [" ".join(each[i]) if i < len(each) else None for each in references] for i in range(most)
    ]
    texts = [" ".join(words) for words in captions]
    scores = []
    for n in range(1, _LONGEST + 1):
        metric = BLEU(
            max_ngram_order=n, tokenize="none", smooth_method="none", force=True, lowercase=False
        )
        scores.append(metric.corpus_score(texts, streams).score / 100)
    return scores


def rouge_l(caption: list[str], references: list[list[str]]) -> float:
    """The F-score of the longest common subsequence, from 0 to 1.

    Precision and recall are each those of the reference that suits them best.

    Reference:
        Lin 2004, "ROUGE: a package for automatic evaluation of summaries", section 3; with the
        beta of Chen et al. 2015, "Microsoft COCO captions".
    """
    lengths = [_common(caption, reference) for reference in references]
    precision = max((n / len(caption) for n in lengths if caption), default=0.0)
    recall = max((n / len(r) for n, r in zip(lengths, references, strict=True) if r), default=0.0)
    if not precision or not recall:
        return 0.0
    square = _ROUGE_BETA**2
    return (1 + square) * precision * recall / (recall + square * precision)


def cider(captions: list[list[str]], references: list[list[list[str]]]) -> list[float]:
    """CIDEr-D of each caption, from 0 to 10.

    How often an n-gram is in the references of how many pictures says how little it tells; counts
    of words that a caption repeats are cut to the reference's, and another length costs.

    Args:
        captions: words of one caption for each picture.
        references: words of the references of each picture, at least one.

    Reference:
        Vedantam et al. 2015, "CIDEr: consensus-based image description evaluation", sections 4
        and 7.
    """
    measure = Cider(references)
    pairs = zip(captions, references, strict=True)
    return [measure(tuple(words), [tuple(r) for r in each]) for words, each in pairs]


class Cider:
    """CIDEr-D of captions, by the document frequencies of given references; see `cider`.

    Args:
        references: words of the references of each picture.
    """

    def __init__(self, references: Sequence[Sequence[Sequence[str]]]) -> None:
        self._frequency: collections.Counter[tuple[str, ...]] = collections.Counter()
        for each in references:
            self._frequency.update({gram for reference in each for gram in _grams(reference)})
        self._pictures = math.log(len(references))
        # Captions and references come again and again.
        self._vectors = functools.lru_cache(_KEPT)(self._vectors_of)

    def __call__(self, caption: tuple[str, ...], references: Sequence[tuple[str, ...]]) -> float:
        """From 0 to 10, for the words of a caption and of its picture's references."""
        mine = self._vectors(caption)
        likenesses = []
        for reference in references:
            # Lengths are counted in pairs of words, as in the authors' program.
            difference = max(0, len(caption) - 1) - max(0, len(reference) - 1)
            penalty = math.exp(-(difference**2) / (2 * _CIDER_SIGMA**2))
            pairs = zip(mine, self._vectors(reference), strict=True)
            likenesses.append(penalty * sum(_likeness(*pair) for pair in pairs) / _LONGEST)
        return 10 * sum(likenesses) / len(likenesses)

    def _vectors_of(self, words: tuple[str, ...]) -> list[dict[tuple[str, ...], float]]:
        parts: list[dict[tuple[str, ...], float]] = [{} for _ in range(_LONGEST)]
        for gram, count in _grams(words).items():
            weight = self._pictures - math.log(max(1, self._frequency[gram]))
            parts[len(gram) - 1][gram] = count * weight
        return parts


def _grams(words: Sequence[str]) -> collections.Counter[tuple[str, ...]]:
    return collections.Counter(
        tuple(words[i : i + n]) for n in range(1, _LONGEST + 1) for i in range(len(words) - n + 1)
    )


def _likeness(mine: dict[tuple[str, ...], float], other: dict[tuple[str, ...], float]) -> float:
    """The cosine of two vectors, the first cut to the second where it is larger."""
    product = sum(
        min(value, other[gram]) * other[gram] for gram, value in mine.items() if gram in other
    )
    lengths = [math.sqrt(sum(v * v for v in vector.values())) for vector in (mine, other)]
    return product / (lengths[0] * lengths[1]) if all(lengths) else 0.0


def _common(a: list[str], b: list[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for word in a:
        before = 0
        for j, other in enumerate(b, 1):
            above = row[j]
            row[j] = before + 1 if word == other else max(above, row[j - 1])
            before = above
    return row[-1]
