"""How good translations are: BLEU and chrF, as sacrebleu computes them."""

from collections.abc import Sequence
from typing import Any


def evaluate_translations(translations: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Compares translations with one reference each.

    Args:
        translations: the model's sentences.
        references: the true ones, as many.

    Returns:
        "bleu" and "chrf", from 0 to 100, with the signatures by which the figures can be compared
        with others'; "sentences", how many; and "length_ratio", the translations' words over the
        references'.

    Raises:
        ValueError: if there is none, or the numbers differ.

    Reference:
        Post 2018, "A call for clarity in reporting BLEU scores"; Popović 2015, "chrF".
    """
    from sacrebleu.metrics import BLEU, CHRF

    if len(translations) != len(references) or not translations:
        raise ValueError(
            "expected as many translations as references, and at least one. "
            f"Received: {len(translations)} and {len(references)}"
        )
    bleu, chrf = BLEU(), CHRF()
    score = bleu.corpus_score(list(translations), [list(references)])
    return {
        "bleu": round(score.score, 3),
        "chrf": round(chrf.corpus_score(list(translations), [list(references)]).score, 3),
        "sentences": len(translations),
        "length_ratio": round(score.sys_len / max(score.ref_len, 1), 3),
        "bleu_signature": str(bleu.get_signature()),
        "chrf_signature": str(chrf.get_signature()),
    }
