"""How often what belongs together is found, among all there is."""

import numpy as np


def retrieval_figures(
    queries: np.ndarray, answers: np.ndarray, own: np.ndarray, most: int = 10
) -> dict[str, float]:
    """Searches each query's own answer by the largest inner product.

    Args:
        queries: float [n, code].
        answers: float [m, code].
        own: int [n], the answer that each query should find.
        most: how many answers a query may have for the second figure.

    Returns:
        "retrieval": the share of queries whose first answer is their own; "retrieval_at_10" (or
        what `most` is): among the first so many; "retrieval_chance": the share that chance finds
        first. Answers that are as near as the own one count before it.

    Raises:
        ValueError: if shapes do not fit.
    """
    if queries.ndim != 2 or queries.shape[1:] != answers.shape[1:] or len(own) != len(queries):
        raise ValueError(
            "`queries` and `answers` must be [n, code] with an own answer per query. Received: "
            f"{queries.shape}, {answers.shape} and {len(own)}"
        )
    near = queries.astype("float64") @ answers.astype("float64").T
    its = near[np.arange(len(own)), own][:, None]
    before = (near >= its).sum(1) - 1  # itself
    return {
        "retrieval": float((before == 0).mean()),
        f"retrieval_at_{most}": float((before < most).mean()),
        "retrieval_chance": 1 / len(answers),
    }
