"""What is known of a user at a time: how generous the last ratings were, and how many there are."""

import numpy as np

HALF_LIVES = (3.0, 10.0, 40.0)
STATE_SIZE = 2 * len(HALF_LIVES)
# So many ratings of nobody in particular are added, against chance in the first ones.
_SHRINKAGE = np.array([3.0, 5.0, 10.0])
_ITEM_SHRINKAGE = 5.0
# A state in use is as old as the model. In training, too: by up to this share of all ratings.
MOST_LAG = 0.25


def user_states(
    users: np.ndarray, items: np.ndarray, ratings: np.ndarray, n_users: int, n_items: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The state of each user before each rating, and after the last.

    A state holds, for each half-life (in ratings), the mean of what the user gave above the item's
    own mean, where a rating counts half as much as one that is a half-life younger, and the
    logarithm of the sum of these weights. Tastes drift, and the latest ratings say most of the
    next (Koren 2009, "Collaborative filtering with temporal dynamics").

    Args:
        users: int [n], from 1; the ratings of a user stand together, in the order of time.
        items: int [n], from 1.
        ratings: float [n].
        n_users, n_items: how many there are.
        seed: of how old the state of each training example is.

    Returns:
        float32 [n, STATE_SIZE], of each rating, from before it; and float32 [n_users + 1,
        STATE_SIZE], of each user after the last rating, zeros for the unknown user 0.
    """
    above = ratings - ratings.mean()
    sums, counts = (np.bincount(items, w, n_items + 1) for w in (above, None))
    above = above - (sums / (counts + _ITEM_SHRINKAGE))[items]
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]])
    rng = np.random.default_rng(seed)
    before, after = (
        np.zeros((len(users), STATE_SIZE), "f4"),
        np.zeros((n_users + 1, STATE_SIZE), "f4"),
    )
    for start, end in zip(starts, np.r_[starts[1:], len(users)], strict=True):
        path = _path(above[start:end])
        count = end - start
        lag = (rng.random(count) * MOST_LAG * count).astype(int)
        before[start:end] = path[np.maximum(np.arange(count) - lag, 0)]
        after[users[start]] = path[-1]
    return before, after


def _path(above: np.ndarray) -> np.ndarray:
    """The states along one user's ratings: float [n + 1, STATE_SIZE]."""
    decay = 0.5 ** (1 / np.array(HALF_LIVES))
    total, weight = np.zeros(len(decay)), np.zeros(len(decay))
    path = np.zeros((len(above) + 1, STATE_SIZE))
    for i, value in enumerate(above, 1):
        total, weight = total * decay + value, weight * decay + 1
        path[i] = np.concatenate([total / (weight + _SHRINKAGE), np.log1p(weight)])
    return path
