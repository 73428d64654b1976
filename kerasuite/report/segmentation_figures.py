"""Figures of pictures with a class for every pixel: sheets of masks, and IoU by class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing, picture_figures
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number

# Told apart with the common kinds of colour blindness, on photographs light and dark.
_COLOURS = (
    (230, 25, 75),
    (0, 130, 200),
    (255, 225, 25),
    (60, 180, 75),
    (240, 50, 230),
    (245, 130, 48),
    (70, 240, 240),
    (145, 30, 180),
    (210, 245, 60),
    (250, 190, 212),
)
_DIMMED = 0.35
_NAMED = 3


def class_colours(class_names: Sequence[str]) -> np.ndarray:
    """The colour of each class: float32 `[classes, 3]`, NaN for the background, which has none.

    Args:
        class_names: the first is the background's if it is called so. With more classes than
            colours, these repeat.
    """
    background = class_names[0] == "background"
    own = [_COLOURS[i % len(_COLOURS)] for i in range(len(class_names) - background)]
    return np.array([(np.nan,) * 3] * background + own, "float32")


def painted(picture: np.ndarray, mask: np.ndarray, class_names: Sequence[str]) -> np.ndarray:
    """A picture in dim grey with its classes in their colours.

    Args:
        picture: uint8 `[height, width, 3]`.
        mask: whole numbers `[height, width]`; what is no class is left grey.
        class_names: the names of the classes.

    Returns:
        uint8 `[height, width, 3]`.
    """
    classes = len(class_names)
    colours = np.concatenate([class_colours(class_names), np.full((1, 3), np.nan)])
    grey = np.repeat(picture.mean(-1, keepdims=True), 3, axis=-1)
    colour = colours[np.where(mask < classes, mask, classes)]
    drawn = np.where(np.isnan(colour), grey * (1 - _DIMMED), 0.3 * grey + 0.7 * colour)
    return np.round(drawn).astype("uint8")


def mask_sheet(
    pictures: np.ndarray,
    truths: np.ndarray,
    predictions: np.ndarray,
    class_names: Sequence[str],
    name: str = "predictions",
    title: str = "Predictions",
) -> Figure:
    """Shows each picture, its true mask and its predicted one side by side, two pictures a row.

    Args:
        pictures: uint8 `[n, height, width, 3]`.
        truths: whole numbers `[n, height, width]`.
        predictions: the same.
        class_names: the names of the classes.
        name, title: words of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no picture, or their numbers differ.
    """
    tiles, captions = [], []
    for picture, truth, predicted in zip(pictures, truths, predictions, strict=True):
        tiles += [
            picture,
            painted(picture, truth, class_names),
            painted(picture, predicted, class_names),
        ]
        known = truth != 255
        right = (truth == predicted)[known].mean() if known.any() else 0.0
        captions += [
            f"picture\n{number(float(right), 'accuracy')} right",
            f"truth\n{_named(truth, class_names)}",
            f"predicted\n{_named(predicted, class_names)}",
        ]
    return picture_figures.picture_sheet(
        np.array(tiles, "uint8"),
        captions,
        columns=6 if len(pictures) > 1 else 3,
        name=name,
        title=title,
        caption="Picture, true mask, predicted mask; each class has its colour, and below are the "
        "largest in each.",
    )


def _named(mask: np.ndarray, class_names: Sequence[str]) -> str:
    """The classes of a mask, the largest first, without the background."""
    counts = np.bincount(mask.ravel(), minlength=256)[: len(class_names)]
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    names = [class_names[i] for i in order if class_names[i] != "background"]
    return ", ".join(clean(n) for n in names[:_NAMED]) or "–"


def iou_bars(per_class: Sequence[Mapping[str, Any]], name: str = "per_class") -> Figure:
    """Draws the IoU of each class that occurs, the lowest first.

    Args:
        per_class: the list of `evaluate_segmentation`.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if no class has an IoU.
    """
    present = sorted((c for c in per_class if c["iou"] is not None), key=lambda c: c["iou"])
    if not present:
        raise ValueError("`per_class` must have a class with an IoU. Received: none")
    places = np.arange(len(present))
    with drawing.theme():
        canvas = drawing.canvas(400, max(120, 24 * len(present) + 60))
        axes = canvas.subplots()
        values = [c["iou"] for c in present]
        axes.barh(places, values, 0.62, color=drawing.colour("series-1"), alpha=0.5)
        axes.set_yticks(places, [clean(c["name"], 24) for c in present])
        axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
        for place, value in zip(places, values, strict=True):
            axes.text(1.03, place, number(value, "iou"), va="center", ha="left")
        axes.set(xlim=(0, 1), ylim=(len(present) - 0.4, -0.6))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        caption = "Intersection over union of each class over all test pixels, the hardest first."
        return drawing.finish(canvas, name, "IoU by class", caption)
