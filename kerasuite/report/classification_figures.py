"""Pictures of `evaluate_classifier`: confusion, calibration and figures per class."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Up to here the cells hold numbers; beyond, the cells are too small to read them.
MOST_COUNTS = 20
# Up to here every class is named; beyond, as many as have room.
MOST_NAMES = 60
NAME = 18
# Between these shares neither text colour would be readable; no cell gets such a tint.
_DARKEST_UNDER_INK, _LIGHTEST_UNDER_PAPER = 0.5, 0.9


def confusion_matrix(
    matrix: Sequence[Sequence[int]] | np.ndarray,
    class_names: Sequence[str],
    name: str = "confusion_matrix",
    title: str = "Confusion matrix",
) -> Figure:
    """Draws which classes were taken for which.

    Args:
        matrix: counts `[classes, classes]`, one row per true class, one column per answer.
        class_names: the names of the classes.
        name, title: words of the figure.

    Returns:
        The figure: each row is tinted by its shares. Counts are written for 20 classes or fewer.

    Raises:
        ValueError: if the matrix is not square or does not fit the names.
    """
    counts = np.asarray(matrix)
    classes = len(class_names)
    if counts.shape != (classes, classes) or not classes:
        raise ValueError(
            "`matrix` must have a row and a column for each class name. Received: "
            f"shape {counts.shape}, {classes} names"
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = float(np.clip(classes * 40, 240, 560 if classes <= MOST_NAMES else 680))
    with drawing.theme():
        canvas = drawing.canvas(side + 150, side + 90)
        axes = canvas.subplots()
        axes.set_aspect("equal")
        if classes <= MOST_COUNTS:
            _tiles(axes, shares, counts)
        else:
            _pixels(axes, shares)
        _name_classes(axes, class_names, side)
        caption = (
            "Each row is a true class and shows how its examples were answered; "
            "a perfect classifier fills only the diagonal."
        )
        return drawing.finish(canvas, name, title, caption)


def _tiles(axes: "Axes", shares: np.ndarray, counts: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    fontsize = 11 if counts.max() < 1000 or len(counts) <= 12 else 9
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        tint = float(np.sqrt(share / 0.5)) * _DARKEST_UNDER_INK
        if share >= 0.5:
            tint = _LIGHTEST_UNDER_PAPER + (share - 0.5) * 2 * (1 - _LIGHTEST_UNDER_PAPER)
        if count:
            # The diagonal is right and the rest wrong: a second hue says it at a glance.
            role = "accent" if row == column else "series-2"
            place = (column - 0.47, row - 0.47)
            tile = Rectangle(
                place, 0.94, 0.94, color=drawing.colour(role), alpha=max(tint, 0.06), linewidth=0
            )
            axes.add_patch(tile)
        role = "on-accent" if share >= 0.5 else "ink" if count else "line"
        text = _count(int(count), tight=len(counts) > 12) if count else "·"
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center_baseline",
            color=drawing.colour(role),
            fontsize=fontsize,
        )
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(len(counts) - 0.5, -0.5))


def _count(count: int, tight: bool) -> str:
    if tight and count >= 1000:
        return f"{count / 1000:.0f}k" if count >= 9999.5 else str(count)
    return f"{count:,}"


def _pixels(axes: "Axes", shares: np.ndarray) -> None:
    pixels = np.zeros((*shares.shape, 4), dtype="uint8")
    pixels[..., :3] = drawing.MIDTONE_NEGATIVE
    pixels[np.arange(len(shares)), np.arange(len(shares)), :3] = drawing.MIDTONE
    # The root lifts the rare confusions, which are what one looks for, out of the background.
    pixels[..., 3] = np.round(np.sqrt(shares) * 255)
    axes.imshow(pixels, interpolation="none")


def _name_classes(axes: "Axes", class_names: Sequence[str], side: float) -> None:
    classes = len(class_names)
    drawing.bare(axes)
    # Only a large matrix needs a frame: the tiles of a small one show where it ends.
    axes.spines[:].set_visible(classes > MOST_COUNTS)
    step = 1 if classes <= MOST_NAMES else int(np.ceil(classes * 11 / side))
    shown = range(0, classes, step)
    names = [clean(class_names[i], NAME) for i in shown]
    size = float(np.clip(side / classes * step * 0.9, 8, 11))
    turned = max(map(len, names)) * size * 0.62 > side / classes * step
    style = {"fontsize": size, "color": drawing.colour("ink")}
    axes.set_xticks(list(shown), names, rotation=90 if turned else 0, **style)
    axes.set_yticks(list(shown), names, **style)
    axes.tick_params(length=0, pad=4)
    axes.set(xlabel="predicted", ylabel="true")


def reliability(calibration: Sequence[Mapping[str, Any]], name: str = "reliability") -> Figure:
    """Draws how often the classifier is right when it says that it is so sure.

    Args:
        calibration: the bins of `evaluate_classifier`: `{"confidence", "accuracy", "count"}`.
        name: name of the figure.

    Returns:
        The figure: accuracy against confidence, and below how many answers each bin holds.

    Raises:
        ValueError: if no bin holds an example.
    """
    bins = [b for b in calibration if b["count"]]
    if not bins:
        raise ValueError("`calibration` must have a filled bin. Received: none")
    total = sum(b["count"] for b in bins)
    with drawing.theme():
        canvas = drawing.canvas(400, 400)
        upper, lower = canvas.subplots(2, 1, height_ratios=[3.2, 1], sharex=True)
        ideal = {"color": drawing.colour("muted"), "linestyle": (0, (1, 2.5)), "linewidth": 1.5}
        upper.plot([0, 1], [0, 1], **ideal)
        upper.text(0.04, 0.11, "perfectly calibrated", color=drawing.colour("muted"), rotation=35)
        for b in bins:
            place = [b["confidence"]] * 2
            upper.plot(place, [b["confidence"], b["accuracy"]], color=drawing.colour("series-2"))
        confidence = [b["confidence"] for b in bins]
        accuracy = [b["accuracy"] for b in bins]
        upper.plot(confidence, accuracy, "o-", color=drawing.colour("series-1"), markersize=5)
        edges = np.linspace(0, 1, len(calibration) + 1)[:-1]
        shares = [b["count"] / total for b in calibration]
        lower.bar(
            edges,
            shares,
            width=0.9 / len(calibration),
            align="edge",
            color=drawing.colour("series-1"),
        )
        _percent(upper.yaxis, [0, 0.25, 0.5, 0.75, 1])
        _percent(lower.xaxis, [0, 0.25, 0.5, 0.75, 1])
        _percent(lower.yaxis, [0, round(max(shares), 2)])
        upper.set(xlim=(0, 1), ylim=(-0.02, 1.03), title="Accuracy at each confidence")
        lower.set(xlabel="confidence", title="Share of answers")
        caption = (
            "Points on the dotted line are calibrated; below it the classifier is surer than it "
            "should be. The lengths of the orange bars, weighted by the answers, add up to the "
            "calibration error."
        )
        return drawing.finish(canvas, name, "Calibration", caption)


def _percent(axis: Any, ticks: Sequence[float]) -> None:
    axis.set_ticks(ticks, [f"{tick:.0%}".replace("%", " %") for tick in ticks])


def per_class_bars(
    per_class: Sequence[Mapping[str, Any]], name: str = "per_class", most: int = 40
) -> Figure:
    """Draws the F1 of each class, the worst first, with its precision and recall.

    Args:
        per_class: the list of `evaluate_classifier`.
        name: name of the figure.
        most: with more classes than this, the worst ones are drawn.

    Returns:
        The figure: a bar for F1, a triangle for precision, a circle for recall.

    Raises:
        ValueError: if no class has examples.
    """
    present = [c for c in per_class if c["support"]]
    if not present:
        raise ValueError("`per_class` must have a class with examples. Received: none")
    worst = sorted(present, key=lambda c: c["f1"])[:most]
    places = np.arange(len(worst))
    with drawing.theme():
        canvas = drawing.canvas(400, max(140, 24 * len(worst) + 84))
        axes = canvas.subplots()
        axes.barh(
            places, [c["f1"] for c in worst], 0.62, color=drawing.colour("series-1"), alpha=0.3
        )
        marks = {"linestyle": "none", "markersize": 6, "clip_on": False}
        for key, marker, role in (("precision", "^", "series-1"), ("recall", "o", "series-2")):
            values = [c[key] for c in worst]
            axes.plot(values, places, marker, label=key, color=drawing.colour(role), **marks)
        axes.set_yticks(
            places, [clean(c["name"], NAME) for c in worst], color=drawing.colour("ink")
        )
        axes.tick_params(axis="y", length=0)
        for place, c in zip(places, worst, strict=True):
            axes.text(1.03, place, number(c["f1"], "f1"), va="center", ha="left")
        axes.set(xlim=(0, 1), ylim=(len(worst) - 0.4, -0.6))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        _percent(axes.xaxis, [0, 0.25, 0.5, 0.75, 1])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, columnspacing=1.5)
        caption = "Bars and numbers: F1 of each class, the hardest class first."
        if len(worst) < len(present):
            caption += f" The {len(worst)} hardest of {len(present)} classes are drawn."
        return drawing.finish(canvas, name, "Hardest classes", caption)
