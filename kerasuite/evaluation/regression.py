"""What is worth knowing of predicted numbers, as plain numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.inspection import permutation_importance


def evaluate_regression(truths: np.ndarray, predicted: np.ndarray, worst: int = 12) -> dict:
    """Measures predicted numbers.

    Args:
        truths: float `[n]`.
        predicted: float `[n]`.
        worst: how many examples with the largest errors to list at most.

    Returns:
        A dict of plain numbers and lists, ready for JSON:
            `examples`: n.
            `rmsle`: root mean squared error of log(1 + x); None if a number is below zero.
            `rmse`, `mae`, `r2`: as scikit-learn defines them; r2 is None for a single example.
            `mape`: mean of |error| / |truth|; None if a truth is zero.
            `deciles`: what `deciles` returns.
            `largest_errors`: `{"index", "truth", "predicted"}`, the largest first, by share where
                there is a `mape`.

    Raises:
        ValueError: if there is no example, shapes differ, or a number is not finite.
    """
    truths, predicted = np.asarray(truths, "float64"), np.asarray(predicted, "float64")
    if truths.ndim != 1 or truths.shape != predicted.shape or not len(truths):
        raise ValueError(
            "`truths` and `predicted` must have the same shape [n], n at least 1. Received: "
            f"{truths.shape} and {predicted.shape}"
        )
    if not (np.isfinite(truths).all() and np.isfinite(predicted).all()):
        raise ValueError("`truths` and `predicted` must be finite. Received: NaN or infinity")
    positive = min(truths.min(), predicted.min()) >= 0
    shares = bool((truths != 0).all())
    sizes = np.abs(predicted - truths) / (np.abs(truths) if shares else 1.0)
    order = np.argsort(-sizes, kind="stable")[:worst]
    return {
        "examples": len(truths),
        "rmsle": _rmsle(truths, predicted) if positive else None,
        "rmse": float(metrics.root_mean_squared_error(truths, predicted)),
        "mae": float(metrics.mean_absolute_error(truths, predicted)),
        "r2": float(metrics.r2_score(truths, predicted)) if len(truths) > 1 else None,
        "mape": float(np.mean(sizes)) if shares else None,
        "deciles": deciles(truths, predicted),
        "largest_errors": [
            {"index": int(i), "truth": float(truths[i]), "predicted": float(predicted[i])}
            for i in order
        ],
    }


def deciles(truths: np.ndarray, predicted: np.ndarray, parts: int = 10) -> list[dict[str, Any]]:
    """The errors of examples by the size of their truth.

    Args:
        truths: float `[n]`.
        predicted: float `[n]`.
        parts: into how many parts of about equal number the examples are divided by their truth.

    Returns:
        Per part that has an example, from the smallest truths on: `low` and `high`, its smallest
        and largest truth; `count`; `bias`, the mean of predicted - truth; `mae`, and `rmsle` if no
        number is below zero.
    """
    order = np.argsort(truths, kind="stable")
    result = []
    for part in np.array_split(order, parts):
        if len(part):
            t, p = truths[part], predicted[part]
            result.append(
                {
                    "low": float(t[0]),
                    "high": float(t[-1]),
                    "count": len(part),
                    "bias": float(np.mean(p - t)),
                    "mae": float(np.mean(np.abs(p - t))),
                    "rmsle": _rmsle(t, p) if min(t.min(), p.min()) >= 0 else None,
                }
            )
    return result


def importances(
    predict: Callable[[dict[str, np.ndarray]], np.ndarray],
    columns: Mapping[str, np.ndarray],
    truths: np.ndarray,
    repeats: int = 3,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """How much the error grows when the values of a column change places.

    Args:
        predict: columns `[n]` by name → float `[n]`.
        columns: by name.
        truths: float `[n]`, on the scale that errors are to be measured on.
        repeats: how often each column is shuffled.
        seed: of the shuffling.

    Returns:
        Per column, the most important first: `name`, and mean and standard deviation over the
        repeats of how much the root mean squared error grew: `growth`, `deviation`.

    Reference:
        Breiman 2001, "Random forests", section 10.
    """
    names = list(columns)
    # Of each name one column: pandas holds texts and numbers side by side.
    table = pd.DataFrame({name: pd.Series(list(v), dtype=v.dtype) for name, v in columns.items()})

    def score(model: _Asked, rows: pd.DataFrame, truths: np.ndarray) -> float:
        answers = model.predict({name: rows[name].to_numpy() for name in names})
        return -float(metrics.root_mean_squared_error(truths, answers))

    found = permutation_importance(
        _Asked(predict), table, truths, scoring=score, n_repeats=repeats, random_state=seed
    )
    growth, deviation = found["importances_mean"], found["importances_std"]
    order = np.argsort(-growth, kind="stable")
    return [
        {"name": names[i], "growth": float(growth[i]), "deviation": float(deviation[i])}
        for i in order
    ]


class _Asked:
    """A trained model as scikit-learn wants it: something with `fit` and `predict`."""

    def __init__(self, predict: Callable[[dict[str, np.ndarray]], np.ndarray]) -> None:
        self.predict = predict

    def fit(self, columns: Any, targets: Any) -> "_Asked":
        return self  # it is trained already


def _rmsle(truths: np.ndarray, predicted: np.ndarray) -> float:
    return float(metrics.root_mean_squared_log_error(truths, predicted))
