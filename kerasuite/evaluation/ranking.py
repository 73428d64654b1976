"""How well ranked lists hold what was wanted."""

from collections.abc import Collection, Sequence

import numpy as np


def ranking_figures(
    ranked: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
) -> dict[str, float]:
    """Measures lists of the same length k, a mean over those who want something.

    Args:
        ranked: per user k different items, the best first.
        wanted: per user the items that were chosen.

    Returns:
        `recall`: share of the wanted items that are in the list. `ndcg`: discounted cumulative
        gain, 1 / log2(1 + rank) for each wanted item, as a share of the best that k places allow.
        `hit_rate`: share of users with at least one wanted item in the list.

    Raises:
        ValueError: if nobody wants anything.

    Reference:
        Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques".
    """
    recalls, gains = [], []
    for items, chosen in zip(ranked, wanted, strict=True):
        if chosen:
            hits = np.array([item in chosen for item in items], bool)
            discounts = 1 / np.log2(np.arange(len(hits)) + 2)
            recalls.append(hits.sum() / len(chosen))
            gains.append(discounts[hits].sum() / discounts[: len(chosen)].sum())
    if not recalls:
        raise ValueError("At least one user must want something. Received: none")
    return {
        "recall": float(np.mean(recalls)),
        "ndcg": float(np.mean(gains)),
        "hit_rate": float(np.mean(np.array(recalls) > 0)),
    }
