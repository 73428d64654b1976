"""What matters of a filter: how much wanted mail it holds back, and what a linear rival does."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.svm import LinearSVC

RECALL = 0.95
_COSTS = (0.3, 1.0, 3.0, 10.0)
_CURVE_POINTS = 200


def detection(labels: np.ndarray, scores: np.ndarray, recall: float = RECALL) -> dict[str, Any]:
    """How often a detector is wrong at thresholds that find enough.

    Args:
        labels: int [n], 1 for what is to be found, at least one of them and of the others.
        scores: float [n], higher for what is more likely to be found.
        recall: the share to be found at least.

    Returns:
        `false_positive_rate`: the smallest share of the others that is taken for what is to be
        found while `recall` of that is found; `threshold`: the lowest score it holds for;
        `roc_auc`: the area under the curve of recall by false-positive rate; `curve`: points of
        it, {"false_positive_rate", "recall"}.

    Raises:
        ValueError: if only one kind occurs.
    """
    if len(np.unique(labels)) != 2:
        raise ValueError("`labels` must hold 0 and 1. Received: one value only")
    wrong, found, thresholds = roc_curve(labels, scores)
    first = int(np.argmax(found >= recall))
    some = np.unique(np.linspace(0, len(found) - 1, _CURVE_POINTS).astype(int))
    return {
        "recall": recall,
        "false_positive_rate": float(wrong[first]),
        "threshold": float(thresholds[first]),
        "roc_auc": float(roc_auc_score(labels, scores)),
        "curve": [
            {"false_positive_rate": float(wrong[i]), "recall": float(found[i])} for i in some
        ],
    }


def linear_svc_accuracy(
    texts: dict[str, Sequence[str]], labels: dict[str, np.ndarray], seed: int = 0
) -> dict[str, float]:
    """The test accuracy of TF-IDF with a linear support vector machine, by scikit-learn.

    Args:
        texts: by split ("train", "validation", "test").
        labels: int [n] by split.
        seed: of the machine's own randomness.

    Returns:
        `accuracy` on test, and the `cost` (C) that was best on validation.
    """
    vectorizer = TfidfVectorizer(
        sublinear_tf=True,
        min_df=2 if len(texts["train"]) > 100 else 1,
        token_pattern=r"\w+|[^\w\s]",
    )
    rows = {"train": vectorizer.fit_transform(texts["train"])}
    rows |= {split: vectorizer.transform(texts[split]) for split in ("validation", "test")}
    machines = [
        LinearSVC(C=c, random_state=seed).fit(rows["train"], labels["train"]) for c in _COSTS
    ]
    best = max(machines, key=lambda m: m.score(rows["validation"], labels["validation"]))
    return {"accuracy": float(best.score(rows["test"], labels["test"])), "cost": float(best.C)}
