"""BLEU, ROUGE-L and CIDEr: what the program of COCO's authors finds."""

import numpy as np
import pytest

from kerasuite.evaluation.captions import bleu, cider, evaluate_captions, rouge_l, words_of

CAPTIONS = [
    "a red bird on a branch",
    "two dogs",
    "the sun the sun",
    "a man rides a brown horse on the beach",
    "flag",
]
REFERENCES = [
    ["a red bird sits on a branch", "a small bird"],
    ["two dogs play in the snow", "dogs", "a pair of dogs"],
    ["the sun"],
    ["a man riding a horse", "a brown horse and a man on the beach near the sea"],
    ["flag of france", "a blue white and red flag"],
]
# pycocoevalcap 1.2 on these captions: Cider, Rouge and Bleu.
CIDER = [2.98527418, 1.66151362, 2.24006417, 2.34458759, 1.23686864]
ROUGE_L = [0.91044776, 1.0, 0.70930233, 0.73939394, 0.45864662]
BLEU = [0.7535445710459984, 0.652251921387319, 0.4851862293358515]


def words():
    found = [words_of(c) for c in CAPTIONS]
    return found, [[words_of(r) for r in each] for each in REFERENCES]


def test_equals_the_program_of_coco():
    captions, references = words()
    np.testing.assert_allclose(cider(captions, references), CIDER, rtol=1e-6)
    np.testing.assert_allclose(
        [rouge_l(*pair) for pair in zip(captions, references, strict=True)], ROUGE_L, rtol=1e-6
    )
    np.testing.assert_allclose(bleu(captions, references)[:3], BLEU, rtol=1e-6)
    found = evaluate_captions(CAPTIONS, REFERENCES)
    assert found["cider"] == pytest.approx(np.mean(CIDER))
    assert found["rouge_l"] == pytest.approx(np.mean(ROUGE_L))
    assert found["exact"] == 0 and found["distinct"] == 5


def test_perfect_captions_have_perfect_scores():
    references = [[r] for r in ("a big red bus stops here", "the old man sleeps on a bench")]
    found = evaluate_captions([r[0].upper() + "!" for r in references], references)
    assert found["bleu_4"] == pytest.approx(1) and found["rouge_l"] == 1
    assert found["cider"] == pytest.approx(10) and found["exact"] == 1


def test_empty_captions_score_nothing():
    found = evaluate_captions(["", "…"], [["a"], ["b c"]])
    assert found["cider"] == found["bleu_1"] == found["rouge_l"] == 0


def test_words():
    assert words_of("Don't  stop: the 2 Élan-cars, ok?") == [
        *("don't", "stop", "the", "2", "élan", "cars", "ok")
    ]


@pytest.mark.parametrize("wrong", [([], []), (["a"], [[]]), (["a"], [["a"], ["b"]])])
def test_refusals(wrong):
    with pytest.raises(ValueError, match="expected a caption"):
        evaluate_captions(*wrong)
