"""scikit-surprise's SVD on the same ratings, to compare with, where it is installed."""

import importlib.util

import numpy as np
import pandas as pd

from kerasuite.data.ratings import Ratings
from kerasuite.data.splits import Splits

# Tried when it is tuned; the validation ratings choose.
SETTINGS = (
    {"n_factors": 50, "n_epochs": 40, "lr_all": 0.007, "reg_all": 0.1},
    {"n_factors": 50, "n_epochs": 60, "lr_all": 0.007, "reg_all": 0.1},
    {"n_factors": 100, "n_epochs": 40, "lr_all": 0.01, "reg_all": 0.1},
)


def svd_predictions(splits: Splits, seed: int) -> dict[str, np.ndarray] | None:
    """Fits SVD (Koren 2009) with the library's settings and with tuned ones.

    Returns:
        What each foretells of the test ratings, float [n]: "svd" and "tuned_svd"; None if
        scikit-surprise is not installed (`pip install kerasuite[bench]`).
    """
    if importlib.util.find_spec("surprise") is None:
        return None
    import surprise

    train = splits.train
    limits = (float(train.ratings.min()), float(train.ratings.max()))
    table = pd.DataFrame({"u": train.users, "i": train.items, "r": train.ratings})
    data = surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=limits))
    fitted = [
        surprise.SVD(random_state=seed, **settings).fit(data.build_full_trainset())
        for settings in ({}, *SETTINGS)
    ]
    held = splits.validation

    def error(svd: surprise.SVD) -> float:
        return float(np.mean(np.square(_predicted(svd, held) - held.ratings)))

    best = min(fitted, key=error)
    return {
        name: _predicted(s, splits.test) for name, s in (("svd", fitted[0]), ("tuned_svd", best))
    }


def _predicted(svd: "surprise.SVD", ratings: Ratings) -> np.ndarray:  # noqa: F821
    pairs = zip(ratings.users.tolist(), ratings.items.tolist(), strict=True)
    return np.array([svd.predict(user, item).est for user, item in pairs])
