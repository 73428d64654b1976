"""Learning curves."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import heading, is_share, lower_is_better, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Columns of a history that say when, not how well.
NOT_METRICS = ("epoch", "seconds", "time", "step", "steps")
RATES = ("learning_rate", "lr")
PANEL = (400, 250)
THREE_IN_A_ROW = 340


def metric_names(history: Mapping[str, Sequence[float | None]]) -> list[str]:
    """The metrics of a history without "val_", the loss first, in the order of the columns."""
    names = []
    for column, values in history.items():
        base = column.removeprefix("val_")
        if base in NOT_METRICS or base in RATES or base in names:
            continue
        if any(not math.isnan(v) for v in as_floats(values)):
            names.append(base)
    return sorted(names, key=lambda name: name != "loss")


def as_floats(values: Sequence[float | None]) -> np.ndarray:
    """The values as float64 `[n]`; what is missing or infinite (a diverged loss) is NaN."""
    array = np.array([math.nan if v is None else float(v) for v in values], dtype="float64")
    array[np.isinf(array)] = math.nan
    return array


def best_epoch(values: np.ndarray, metric: str) -> int | None:
    """Index of the best value, None if there is none."""
    if not len(values) or np.isnan(values).all():
        return None
    return int(np.nanargmin(values) if lower_is_better(metric) else np.nanargmax(values))


def curves(history: Mapping[str, Sequence[float | None]], name: str = "curves") -> Figure:
    """Draws loss and metrics over the epochs, training against validation.

    Args:
        history: column name to one value an epoch, as `keras.callbacks.History.history`;
            "val_x" is drawn with "x". None and NaN are left out (some metrics are not measured
            after each epoch). A column "epoch" (counted from 1)
            is the horizontal axis if present; "learning_rate" is drawn only if it varies.
        name: name of the figure.

    Returns:
        The figure, one panel for each metric, the best epoch of each marked.

    Raises:
        ValueError: if there is nothing to draw.
    """
    metrics = metric_names(history)
    rate = next((r for r in RATES if r in history and _varies(history[r])), None)
    panels = metrics + ([rate] if rate else [])
    if not panels:
        raise ValueError(f"`history` holds no values to draw. Received: columns {list(history)}")
    columns = 3 if len(panels) in (3, 5, 6) else min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    with drawing.theme():
        width = {1: 560, 2: PANEL[0], 3: THREE_IN_A_ROW}[columns]
        canvas = drawing.canvas(width * columns, PANEL[1] * rows)
        canvas.get_layout_engine().set(w_pad=8 / 72, h_pad=8 / 72)
        for panel, position in zip(panels, range(1, rows * columns + 1), strict=False):
            axes = canvas.add_subplot(rows, columns, position)
            if panel == rate:
                _draw_rate(axes, _epochs(history, rate), as_floats(history[rate]))
            else:
                _draw_metric(axes, history, panel)
        caption = "Training (dashed) and validation (solid) after each epoch."
        if any(f"val_{metric}" in history for metric in metrics):
            caption += " The ring marks the best epoch on the validation examples."
        return drawing.finish(canvas, name, "Learning curves", caption)


def _varies(values: Sequence[float | None]) -> bool:
    floats = as_floats(values)
    floats = floats[~np.isnan(floats)]
    return bool(len(floats)) and not np.allclose(floats, floats[0], rtol=1e-6, atol=0)


def _epochs(history: Mapping[str, Sequence[float | None]], column: str) -> np.ndarray:
    if "epoch" in history:
        return as_floats(history["epoch"])
    return np.arange(1.0, len(history[column]) + 1)


def _draw_metric(axes: "Axes", history: Mapping[str, Sequence[float | None]], metric: str) -> None:
    styles = {
        metric: ("train", drawing.colour("series-2"), (0, (4, 2))),
        f"val_{metric}": ("validation", drawing.colour("series-1"), "solid"),
    }
    ends = []
    for column, (label, colour, dashes) in styles.items():
        if column not in history:
            continue
        epochs, values = _epochs(history, column), as_floats(history[column])
        known = ~np.isnan(values)
        epochs, values = epochs[known], values[known]
        marker = "o" if len(values) < 3 else None
        axes.plot(epochs, values, color=colour, linestyle=dashes, marker=marker, markersize=5)
        if len(values):
            ends.append((epochs[-1], values[-1], label, colour))
    validation = as_floats(history.get(f"val_{metric}", []))
    best = best_epoch(validation, metric)
    title = heading(metric)
    if best is not None and len(validation) > 1:
        epochs = _epochs(history, f"val_{metric}")
        _mark_best(axes, epochs[best], validation[best])
        title += f" · best {number(float(validation[best]), metric)} after epoch {epochs[best]:g}"
    axes.set_title(title)
    finish_axes(axes, metric)
    label_ends(axes, ends)


def _mark_best(axes: "Axes", epoch: float, value: float) -> None:
    axes.plot(
        [epoch],
        [value],
        marker="o",
        markersize=9,
        markerfacecolor="none",
        markeredgewidth=2,
        color=drawing.colour("ink"),
        clip_on=False,
        zorder=5,
    )


def finish_axes(axes: "Axes", metric: str) -> None:
    """Whole epochs below, few ticks, percentages for shares, a log axis for wide losses."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.margins(x=0.03, y=0.08)
    values = np.concatenate([as_floats(line.get_ydata()) for line in axes.lines] or [[]])
    values = values[~np.isnan(values)]
    if len(values) and values.min() > 0 and values.max() / values.min() > 100:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if is_share(metric) and len(values) and values.min() >= 0 and values.max() <= 1:
        span = values.max() - values.min()
        digits = 0 if span > 0.04 else 1 if span > 0.004 else 2
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v * 100:.{digits}f} %"))


def label_ends(
    axes: "Axes",
    ends: list[tuple[float, float, str, str]],
    height: float = PANEL[1] - 75,
    gap: float = 13,
) -> None:
    """Writes each line's name at its end, moved apart so that names never overlap.

    Args:
        axes: finished axes, whose limits no longer change.
        ends: (x, y, text, colour) of each line.
        height: about how many pixels the axes will be high once the figure is laid out.
        gap: least distance of two names in pixels.
    """
    if not ends:
        return
    low, high = axes.transData.transform([(0, v) for v in axes.get_ylim()])[:, 1]
    places = []
    for x, y, text, colour in ends:
        pixel = axes.transData.transform((x, y))[1]
        places.append([(pixel - low) / (high - low) * height, x, y, text, colour])
    places.sort(key=lambda place: place[0])
    heights = spread([place[0] for place in places], gap)
    for wanted, (actual, x, y, text, colour) in zip(heights, places, strict=True):
        axes.annotate(
            text,
            (x, y),
            xytext=(7, wanted - actual),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Moves ascending heights apart to at least `gap`, as little and as evenly as possible."""
    groups: list[list[float]] = []
    for height in heights:
        groups.append([height, 1])
        # A group is (centre, members); touching groups become one around their common centre.
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < gap * (
            (groups[-1][1] + groups[-2][1]) / 2
        ):
            (b, m), (a, n) = groups.pop(), groups.pop()
            groups.append([(a * n + b * m) / (n + m), n + m])
    return [
        centre + gap * (i - (members - 1) / 2)
        for centre, members in groups
        for i in range(int(members))
    ]


def _draw_rate(axes: "Axes", epochs: np.ndarray, values: np.ndarray) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.plot(epochs, values, color=drawing.colour("series-3"))
    axes.set_title("Learning rate")
    finish_axes(axes, "learning_rate")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
