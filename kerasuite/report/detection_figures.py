"""Figures of detected boxes: pictures with boxes, curves of precision, average precision."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasuite.report import drawing, picture_figures
from kerasuite.report.figure import Figure
from kerasuite.report.segmentation_figures import class_colours
from kerasuite.report.words import clean, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kerasuite.evaluation.detection import Boxes

_COLUMNS = 4
_CELL = 200
_GAP = 8
_MOST_CURVES = 8


def box_colours(class_names: Sequence[str]) -> np.ndarray:
    """The colour of each class: float32 [classes, 3] from 0 to 255; many classes share them.

    Args:
        class_names: none of them is the background.
    """
    return class_colours(["background", *class_names])[1:]


def box_sheet(
    pictures: np.ndarray,
    truths: Sequence["Boxes"],
    detections: Sequence["Boxes"],
    class_names: Sequence[str],
    name: str = "detections",
    title: str = "Detections",
    least: float = 0.4,
) -> Figure:
    """Shows pictures with their true boxes (thin, dashed) and the detected ones.

    Args:
        pictures: uint8 [n, height, width, 3].
        truths: the true boxes of each.
        detections: the detected ones of each; those of the `least` score or more are drawn.
        class_names: the names of the classes.
        name, title: words of the figure.
        least: the lowest score that is drawn.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no picture, or the numbers differ.
    """
    if not len(pictures):
        raise ValueError("At least one picture is needed. Received: none")
    colours = ["#{:02x}{:02x}{:02x}".format(*c.astype(int)) for c in box_colours(class_names)]
    columns = min(_COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    with drawing.theme():
        canvas = drawing.canvas(columns * _CELL, rows * _CELL, layout=None)
        for i, (picture, truth, found) in enumerate(zip(pictures, truths, detections, strict=True)):
            row, column = divmod(i, columns)
            side = (_CELL - _GAP) / _CELL
            place = (column / columns, 1 - (row + side) / rows, side / columns, side / rows)
            axes = canvas.add_axes(place)
            picture_figures.show(axes, picture)
            _outline(axes, truth, found.from_score(least), class_names, colours)
        caption = (
            "Dashed: true boxes. In the colour of the class: detected ones, with their scores, "
            f"from {least:g} on."
        )
        return drawing.finish(canvas, name, title, caption)


def _outline(
    axes: "Axes",
    truth: "Boxes",
    found: "Boxes",
    class_names: Sequence[str],
    colours: Sequence[str],
) -> None:
    from matplotlib.patches import Rectangle

    for left, top, right, bottom in truth.boxes:
        where = {"xy": (left, top), "width": right - left, "height": bottom - top, "fill": False}
        # Black under white: one of the two is seen on any ground.
        axes.add_patch(Rectangle(**where, edgecolor="#000000", linewidth=1))
        axes.add_patch(Rectangle(**where, edgecolor="#ffffff", linewidth=1, linestyle=(0, (4, 4))))
    for i in np.argsort(found.scores, kind="stable"):  # the surest last, on top
        colour = colours[found.labels[i]]
        left, top, right, bottom = found.boxes[i]
        axes.add_patch(
            Rectangle(
                (left, top),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=colour,
                linewidth=2,
            )
        )
        width, height = axes.get_xlim()[1], axes.get_ylim()[0]
        beyond = left > 0.55 * width  # there the words would reach out of the picture
        axes.text(
            right if beyond else left,
            top,
            f"{clean(class_names[found.labels[i]], 14)} {found.scores[i]:.2f}",
            fontsize=9,
            color="#000000" if _is_light(colour) else "#ffffff",
            ha="right" if beyond else "left",
            va="bottom" if top > 0.08 * height else "top",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1},
        )


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140


def precision_recall(curves: Sequence[Mapping[str, Any]], name: str = "precision_recall") -> Figure:
    """Draws the precision at each recall, for IoU 0.5.

    Args:
        curves: the list of `evaluate_detections`. Of more than eight classes, those with the
            lowest average precision are drawn.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no curve.
    """
    if not curves:
        raise ValueError("`curves` must have a class. Received: none")
    shown = sorted(curves, key=lambda c: float(np.mean(c["precision"])))[:_MOST_CURVES]
    with drawing.theme():
        canvas = drawing.canvas(400, 400)
        axes = canvas.subplots()
        for i, curve in enumerate(shown):
            recall = np.linspace(0, 1, len(curve["precision"]))
            label = clean(curve["name"], 18)
            axes.plot(recall, curve["precision"], color=drawing.series(i), label=label)
        ticks = [0, 0.25, 0.5, 0.75, 1]
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_ticks(ticks, [f"{100 * t:.0f} %" for t in ticks])
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        if len(shown) > 1:
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, columnspacing=1.5)
        caption = (
            "Each point is a least score: the lower it is, the more is found, and the more of it "
            "wrongly."
        )
        if len(shown) < len(curves):
            caption += f" The {len(shown)} hardest of {len(curves)} classes are drawn."
        return drawing.finish(canvas, name, "Precision and recall at IoU 0.5", caption)


def ap_bars(per_class: Sequence[Mapping[str, Any]], name: str = "per_class") -> Figure:
    """Draws the average precision of each class that occurs, the lowest first.

    Args:
        per_class: the list of `evaluate_detections`.
        name: name of the figure.

    Returns:
        The figure: bars for IoU 0.5, circles for the mean of IoU 0.5 to 0.95.

    Raises:
        ValueError: if no class occurs.
    """
    present = sorted((c for c in per_class if c["ap"] is not None), key=lambda c: c["ap_50"])
    if not present:
        raise ValueError("`per_class` must have a class that occurs. Received: none")
    places = np.arange(len(present))
    with drawing.theme():
        canvas = drawing.canvas(400, max(140, 24 * len(present) + 84))
        axes = canvas.subplots()
        values = [c["ap_50"] for c in present]
        bars = {"color": drawing.colour("series-1"), "alpha": 0.5, "label": "IoU 0.5"}
        axes.barh(places, values, 0.62, **bars)
        marks = {"linestyle": "none", "markersize": 6, "color": drawing.colour("series-2")}
        axes.plot([c["ap"] for c in present], places, "o", label="IoU 0.5 to 0.95", **marks)
        axes.set_yticks(places, [clean(c["name"], 24) for c in present])
        axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
        for place, value in zip(places, values, strict=True):
            axes.text(1.03, place, number(value, "precision"), va="center", ha="left")
        axes.set(xlim=(0, 1), ylim=(len(present) - 0.4, -0.6))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, columnspacing=1.5)
        caption = "Average precision of each class, the hardest first."
        return drawing.finish(canvas, name, "Average precision by class", caption)
