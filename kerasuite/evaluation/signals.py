"""How well the next samples of a signal are foretold."""

from collections.abc import Callable

import numpy as np


def relative_error(truth: np.ndarray, predictions: np.ndarray) -> float:
    """Root of the mean squared error over the standard deviation of the truth.

    0 is perfect, 1 is what always saying the mean gives.

    Args:
        truth: float [n].
        predictions: float [n].
    """
    spread = float(np.std(truth, dtype="float64"))
    error = float(np.sqrt(np.mean(np.square(truth.astype("float64") - predictions))))
    return error / spread if spread > 0 else float("nan")


def errors_ahead(
    values: np.ndarray,
    go_on: Callable[[np.ndarray], np.ndarray],
    past: int,
    steps: int,
    starts: int,
) -> dict[str, list[float]]:
    """Lets a net go on by itself from several places, and measures how its error grows.

    Args:
        values: the signal, float [n], n > past + steps.
        go_on: maps the past [starts, past] to the samples after it [starts, steps].
        past: samples that are shown.
        steps: samples that are asked for.
        starts: the most places, spread evenly.

    Returns:
        For each step ahead the `relative_error` of the net ("net"), and that of repeating the last
        sample that was shown ("last sample").
    """
    places = np.unique(np.linspace(past, len(values) - steps, starts).astype(int))
    shown = np.stack([values[p - past : p] for p in places])
    truth = np.stack([values[p : p + steps] for p in places])
    found = {"net": go_on(shown), "last sample": np.repeat(shown[:, -1:], steps, axis=1)}
    return {
        name: [relative_error(truth[:, k], f[:, k]) for k in range(steps)]
        for name, f in found.items()
    }
