"""BLEU and chrF come from sacrebleu, with the signatures that say how."""

import pytest
import sacrebleu

from kerasuite.evaluation.translation import evaluate_translations

REFERENCES = ["the cat sat on the mat today", "it is what it is , he said"]
TRANSLATIONS = ["the cat sat on a mat today", "it is what it was , he said"]


def test_figures_are_sacrebleus():
    scores = evaluate_translations(TRANSLATIONS, REFERENCES)
    bleu = sacrebleu.corpus_bleu(TRANSLATIONS, [REFERENCES])
    chrf = sacrebleu.corpus_chrf(TRANSLATIONS, [REFERENCES])
    assert scores["bleu"] == pytest.approx(bleu.score, abs=1e-3)
    assert scores["chrf"] == pytest.approx(chrf.score, abs=1e-3)
    assert scores["sentences"] == 2 and scores["length_ratio"] == 1
    assert "tok:13a" in scores["bleu_signature"] and "nc:6" in scores["chrf_signature"]


def test_a_perfect_translation():
    scores = evaluate_translations(REFERENCES, REFERENCES)
    assert scores["bleu"] == pytest.approx(100) and scores["chrf"] == pytest.approx(100)


@pytest.mark.parametrize(("translations", "references"), [([], []), (["a"], ["a", "b"])])
def test_refusals(translations, references):
    with pytest.raises(ValueError, match="Received"):
        evaluate_translations(translations, references)
