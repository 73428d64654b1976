"""Figures of predicted numbers: against the truth, errors by its size, and what they hang on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean

_MOST_COLUMNS = 20


def predicted_against_true(
    truths: np.ndarray, predicted: np.ndarray, log: bool, name: str = "predicted_against_true"
) -> Figure:
    """Draws each example's prediction over its truth.

    Args:
        truths: float `[n]`.
        predicted: float `[n]`.
        log: whether both axes are logarithmic; all numbers must be above zero then.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no example.
    """
    if not len(truths):
        raise ValueError("At least one example is needed. Received: none")
    with drawing.theme():
        canvas = drawing.canvas(420, 420)
        axes = canvas.subplots()
        low, high = min(truths.min(), predicted.min()), max(truths.max(), predicted.max())
        axes.plot([low, high], [low, high], color=drawing.colour("muted"), linewidth=1)
        axes.plot(
            truths, predicted, "o", color=drawing.series(0), alpha=0.5, markersize=4,
            markeredgewidth=0,
        )  # fmt: skip
        if log:
            axes.set(xscale="log", yscale="log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: _short(value))
            axis.set_minor_formatter(lambda value, _: "")
        axes.set(xlabel="true", ylabel="predicted")
        caption = "Each point is an example of the test split; on the line, both are equal."
        return drawing.finish(canvas, name, "Predicted against true", caption)


def decile_bars(deciles: Sequence[Mapping[str, Any]], name: str = "deciles") -> Figure:
    """Draws the error and the bias of examples by the size of their truth.

    Args:
        deciles: what `evaluation.regression.deciles` returns.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no part.
    """
    if not deciles:
        raise ValueError("`deciles` must hold a part. Received: none")
    places = np.arange(len(deciles))
    with drawing.theme():
        canvas = drawing.canvas(460, 26 * len(deciles) + 90)
        axes = canvas.subplots()
        errors = [d["mae"] for d in deciles]
        bars = {"color": drawing.series(0), "alpha": 0.5, "label": "mean error"}
        axes.barh(places, errors, 0.62, **bars)
        bias = [d["bias"] for d in deciles]
        marks = {"linestyle": "none", "markersize": 6, "color": drawing.series(1)}
        axes.plot(bias, places, "o", label="mean of predicted − true", **marks)
        axes.set_yticks(places, [f"{_short(d['low'])} – {_short(d['high'])}" for d in deciles])
        axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
        axes.xaxis.set_major_formatter(lambda value, _: _short(value))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_ylim(len(deciles) - 0.4, -0.6)
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2, columnspacing=1.5)
        caption = (
            "Test examples in parts of equal number by their true value. Errors without their "
            "sign as bars, with it as points: left of zero is too low."
        )
        return drawing.finish(canvas, name, "Error by size", caption)


def importance_bars(records: Sequence[Mapping[str, Any]], name: str = "importance") -> Figure:
    """Draws by how much the error grows when a column is shuffled.

    Args:
        records: what `evaluation.regression.importances` returns; the first twenty are drawn.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no column.
    """
    if not records:
        raise ValueError("`records` must hold a column. Received: none")
    shown = records[:_MOST_COLUMNS]
    places = np.arange(len(shown))
    with drawing.theme():
        canvas = drawing.canvas(460, 24 * len(shown) + 84)
        axes = canvas.subplots()
        growth = [r["growth"] for r in shown]
        deviation = [r["deviation"] for r in shown]
        axes.barh(places, growth, 0.62, color=drawing.series(0), alpha=0.5)
        axes.errorbar(
            growth, places, xerr=deviation, fmt="none", ecolor=drawing.colour("ink"), elinewidth=1
        )
        axes.set_yticks(places, [clean(r["name"], 28) for r in shown])
        axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set(ylim=(len(shown) - 0.4, -0.6), xlabel="growth of the root mean squared error")
        caption = (
            "By how much the test error grows when the values of a column change places among the "
            "examples (mean and standard deviation). Columns that say the same share the growth."
        )
        if len(shown) < len(records):
            caption += f" The {len(shown)} most important of {len(records)} columns."
        return drawing.finish(canvas, name, "What the answers hang on", caption)


def _short(value: float) -> str:
    """A number in few characters: 215k, 1.5M."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.3g}{letter}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")
