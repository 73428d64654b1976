"""Pictures of a sweep: learning curves with bands over the seeds, and the final figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.curves import as_floats, finish_axes, label_ends
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, heading, is_share, number, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 30
# More or longer names than this at the ends of the lines are a jumble; a legend below takes over.
MOST_END_LABELS, LONGEST_END_LABEL = 8, 14
# The lines beyond the eighth repeat the colours in another dash.
_DASHES = ("solid", (0, (5, 2)), (0, (1, 1.6)), (0, (6, 2, 1, 2)))

History = Mapping[str, Sequence[float | None]]


def mean_curves(
    histories: Mapping[str, Sequence[History]], column: str, title: str, name: str
) -> Figure:
    """Draws one column of many histories, a mean line and a band for each setting.

    Histories with a column "steps" (those of agents) are drawn over it, others over the epochs.

    Args:
        histories: setting to the histories of its seeds.
        column: what to draw, e.g. "val_accuracy".
        title: heading of the figure.
        name: name of the figure.

    Returns:
        The figure. The band reaches from the lowest to the highest seed. Where some seeds have
        stopped, those that stopped stay out of mean and band, and the line is drawn thinner.

    Raises:
        ValueError: if no history has the column.
    """
    stacked = {label: _stack(runs, column) for label, runs in histories.items()}
    stacked = {label: values for label, values in stacked.items() if values.size}
    steps = {label: _stack(histories[label], "steps") for label in stacked}
    by_steps = all(steps[label].shape == values.shape for label, values in stacked.items())
    if not stacked:
        raise ValueError(f"No history has the column. Received: column={column!r}")
    with drawing.theme():
        below = len(stacked) > MOST_END_LABELS or max(map(len, stacked)) > LONGEST_END_LABEL
        canvas = drawing.canvas(440, 300 + (18 * -(-len(stacked) // 2) if below else 0))
        axes = canvas.subplots()
        ends = []
        for i, (label, values) in enumerate(stacked.items()):
            colour = drawing.series(i)
            at = np.nanmean(steps[label], axis=0) if by_steps else np.arange(values.shape[1]) + 1.0
            x, y = _draw_band(axes, values, i, at)
            axes.lines[-1].set_label(clean(label, LABEL))
            ends.append((x, y, clean(label, LABEL), colour))
        finish_axes(axes, column)
        if by_steps:
            axes.set_xlabel("steps")
        if below:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
        else:
            label_ends(axes, ends, height=230)
        seeds = max(len(values) for values in stacked.values())
        caption = f"{heading(column)} {'by steps' if by_steps else 'after each epoch'}"
        caption += (
            ": the mean over the seeds, and in the band all of them from lowest to highest."
            if seeds > 1
            else "."
        )
        return drawing.finish(canvas, name, title, caption)


def _stack(histories: Sequence[History], column: str) -> np.ndarray:
    """Float array `[seeds, epochs]`, NaN where a seed has no value."""
    rows = [as_floats(history[column]) for history in histories if column in history]
    rows = [row for row in rows if not np.isnan(row).all()]
    stacked = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for row, values in zip(stacked, rows, strict=True):
        row[: len(values)] = values
    return stacked


def _draw_band(axes: "Axes", values: np.ndarray, index: int, at: np.ndarray) -> tuple[float, float]:
    """Draws values [seeds, epochs] at the places [epochs]; returns the end of the mean line."""
    colour = drawing.series(index)
    dashes = _DASHES[index // len(drawing.themes.SERIES) % len(_DASHES)]
    count = (~np.isnan(values)).sum(axis=0)
    shown = np.flatnonzero(count)
    epochs, known = at[shown], values[:, shown]
    mean = np.nanmean(known, axis=0)
    if len(values) > 1:
        low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.16, linewidth=0)
    complete = count[shown] == len(values)
    axes.plot(epochs, mean, color=colour, linestyle=dashes, linewidth=1)
    marker = "o" if len(epochs) < 3 else None
    whole = np.where(complete, mean, np.nan)
    axes.plot(epochs, whole, color=colour, linestyle=dashes, linewidth=2.2, marker=marker)
    return float(epochs[-1]), float(mean[-1])


def final_points(
    results: Mapping[str, Sequence[float]], metric: str, name: str = "final"
) -> Figure:
    """Draws the final figure of every run, setting by setting.

    Args:
        results: setting to the figures of its seeds, in the order to draw, best first.
        metric: name of the figure.
        name: name of the picture.

    Returns:
        The figure: a dot a seed, a bar at the mean, a line over one standard deviation.

    Raises:
        ValueError: if there are no results.
    """
    results = {label: as_floats(values) for label, values in results.items() if len(values)}
    if not results:
        raise ValueError("At least one run must have finished. Received: no results")
    with drawing.theme():
        canvas = drawing.canvas(440, 40 * len(results) + 76)
        axes = canvas.subplots()
        for place, values in enumerate(results.values()):
            mean = float(values.mean())
            style = {"color": drawing.colour("series-1"), "solid_capstyle": "butt"}
            if len(values) > 1:
                half = float(values.std(ddof=1))
                axes.plot([mean - half, mean + half], [place] * 2, linewidth=7, alpha=0.3, **style)
            axes.plot([mean] * 2, [place - 0.28, place + 0.28], linewidth=2.5, **style)
            axes.plot(
                values,
                place + _jitter(len(values)),
                "o",
                color=drawing.colour("series-2"),
                markersize=5,
                markeredgewidth=0,
            )
        names = [clean(label, LABEL) for label in results]
        axes.set_yticks(range(len(names)), names, color=drawing.colour("ink"))
        axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=readable(metric))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        _number_axis(axes, np.concatenate(list(results.values())), metric)
        caption = (
            "Each dot is one seed, the upright bar their mean, the pale line one standard "
            "deviation to each side. The best setting is at the top."
        )
        return drawing.finish(canvas, name, f"Final {readable(metric)}", caption)


def _jitter(count: int) -> np.ndarray:
    """Small fixed offsets that keep dots of equal value apart."""
    return (np.arange(count) - (count - 1) / 2) * min(0.12, 0.36 / max(count, 1))


def _number_axis(axes: "Axes", values: np.ndarray, metric: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    if is_share(metric) and values.min() >= 0 and values.max() <= 1:
        digits = 0 if np.ptp(values) > 0.05 else 1 if np.ptp(values) > 0.005 else 2
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v * 100:.{digits}f} %"))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: number(float(f"{v:.6g}"))))
