"""What any recommender must beat: the biases of users and items."""

import numpy as np


def fit_biases(
    users: np.ndarray,
    items: np.ndarray,
    ratings: np.ndarray,
    user_shrinkage: float = 5.0,
    item_shrinkage: float = 3.0,
    rounds: int = 20,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Fits rating = mean + bias of the user + bias of the item, by alternating least squares.

    Args:
        users, items: int [n], from 1.
        ratings: float [n].
        user_shrinkage, item_shrinkage: so many ratings without bias are added to each.
        rounds: how often both are fitted in turn.

    Returns:
        The mean, and the biases by number, with zeros for the unknown user and item 0.

    Reference:
        Koren 2010, "Factor in the neighbors", section 2.1.
    """
    mean = float(ratings.mean())
    user_bias, item_bias = np.zeros(users.max() + 1), np.zeros(items.max() + 1)
    counts = [np.bincount(x, minlength=len(b)) for x, b in ((users, user_bias), (items, item_bias))]
    # Who has no rating has no bias, without shrinkage, too.
    weights = [
        np.maximum(n + s, 1e-9)
        for n, s in zip(counts, (user_shrinkage, item_shrinkage), strict=True)
    ]
    for _ in range(rounds):
        left = ratings - mean - user_bias[users]
        item_bias = np.bincount(items, left, len(item_bias)) / weights[1]
        left = ratings - mean - item_bias[items]
        user_bias = np.bincount(users, left, len(user_bias)) / weights[0]
    return mean, user_bias, item_bias
