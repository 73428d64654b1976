"""Figures of codes: pictures in rows that belong together, and codes in the plane."""

from collections.abc import Mapping, Sequence

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.picture_figures import WIDTH, show
from kerasuite.report.words import clean

_LABEL = 96
_MOST_CLASSES = 24
_MARKERS = ("o", "^", "s")


def picture_rows(
    rows: Mapping[str, np.ndarray], name: str, title: str, caption: str, side: float = 64
) -> Figure:
    """Draws rows of pictures, one below the other, each with its word on the left.

    Args:
        rows: by word, pictures float `[n, height, width, 1 or 3]` with values from 0 to 1; n may
            differ. A word that is empty, or only spaces, is not drawn.
        name, title, caption: words of the figure.
        side: width of a picture in CSS pixels, less if a row is too long.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no picture.
    """
    longest = max((len(pictures) for pictures in rows.values()), default=0)
    if not longest:
        raise ValueError("`rows` must hold pictures. Received: none")
    label = _LABEL if any(word.strip() for word in rows) else 0
    side = min(side, (WIDTH - label) / longest)
    shape = next(iter(rows.values())).shape
    tall = side * shape[1] / shape[2]
    width, height = label + longest * side, len(rows) * tall
    with drawing.theme():
        canvas = drawing.canvas(width, height, layout=None)
        for i, (word, pictures) in enumerate(rows.items()):
            bottom = 1 - (i + 1) * tall / height
            for j, picture in enumerate(pictures):
                left = (label + j * side + 1) / width
                size = (side - 2) / width, (tall - 2) / height
                axes = canvas.add_axes((left, bottom + 1 / height, *size))
                show(axes, np.uint8(np.round(255 * np.clip(picture, 0, 1))))
            if word.strip():
                middle = bottom + tall / 2 / height
                canvas.text(0, middle, clean(word, 15), va="center", color=drawing.colour("ink"))
        return drawing.finish(canvas, name, title, caption)


def code_plane(
    points: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    name: str = "codes",
    title: str = "The codes of test pictures",
    caption: str = "",
) -> Figure:
    """Draws points of the plane in the colours of their classes.

    Args:
        points: float `[n, 2]`.
        labels: whole numbers `[n]`.
        class_names: the names of the classes; of very many, all points have one colour.
        name, title, caption: words of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there are no points of the plane.
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1:] != (2,) or not len(points):
        raise ValueError(f"`points` must have shape (n, 2). Received: shape {points.shape}")
    told_apart = len(class_names) <= _MOST_CLASSES
    with drawing.theme():
        canvas = drawing.canvas(620 if told_apart else 480, 440)
        axes = canvas.subplots()
        for k in range(len(class_names)) if told_apart else [None]:
            chosen = slice(None) if k is None else labels == k
            axes.scatter(
                *points[chosen].T,
                s=12,
                linewidths=0,
                alpha=0.8,
                color=drawing.series(k or 0),
                # Colours repeat after eight; the marks then tell the classes apart.
                marker=_MARKERS[(k or 0) // 8 % len(_MARKERS)],
                label=None if k is None else clean(class_names[k], 24),
            )
        drawing.bare(axes)
        if told_apart:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.2)
        return drawing.finish(canvas, name, title, caption)
