"""scikit-learn's gradient-boosted trees on the same rows, to compare with."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from kerasuite.data.columns import CATEGORY
from kerasuite.data.splits import Splits

# What is tried when the trees are tuned; the validation rows choose.
GRID = {"max_leaf_nodes": (6, 16), "l2_regularization": (0.0, 10.0)}
SLOW = {"learning_rate": 0.05, "max_iter": 400}
MOST_CATEGORIES = 254  # the trees know 255, one of them for the others
_OTHER = "\N{REPLACEMENT CHARACTER}"


def boosted_trees(splits: Splits, tuned: bool, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Fits gradient-boosted trees to the training rows.

    Args:
        splits: three `TableRows`, their targets on the scale that is learned.
        tuned: whether the validation rows choose among the settings of `GRID`, else scikit-learn's
            defaults are taken.
        seed: of the trees.

    Returns:
        What they predict for the test rows, float [n], and the settings that were chosen.
    """
    train, validation, test = (_frame(splits, part) for part in ("train", "validation", "test"))
    settings: list[dict[str, Any]] = [{}]
    if tuned:
        tried = itertools.product(*GRID.values())
        settings = [SLOW | dict(zip(GRID, values, strict=True)) for values in tried]
    best, least = None, np.inf
    for setting in settings:
        trees = HistGradientBoostingRegressor(
            categorical_features="from_dtype", random_state=seed, **setting
        ).fit(train, splits.train.targets)
        error = float(np.mean((trees.predict(validation) - splits.validation.targets) ** 2))
        if error < least:
            best, least, used = trees, error, setting
    return best.predict(test), used


def _frame(splits: Splits, part: str) -> pd.DataFrame:
    """Rows as the trees take them: the most frequent categories by name, the others as one."""
    rows, train = getattr(splits, part), splits.train
    frame = {}
    for name, kind, _ in splits.info.columns:
        if kind == CATEGORY:
            counts = pd.Series(train.columns[name]).value_counts()
            known = [v.decode() for v in counts.index[:MOST_CATEGORIES]]
            texts = pd.Series([v.decode() for v in rows.columns[name]])
            frame[name] = pd.Categorical(texts.where(texts.isin(known), _OTHER), [*known, _OTHER])
        else:
            frame[name] = rows.columns[name]
    return pd.DataFrame(frame)
