"""Classifiers of the plane: what they say where, how that came about, and their mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kerasuite.report import drawing, theme
from kerasuite.report.figure import Figure
from kerasuite.report.film import film
from kerasuite.report.words import clean, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 360
FILM_HEADER = 26
# Class 0 is orange, class 1 blue, as negative and positive are elsewhere.
_COLOURS = np.array([drawing.MIDTONE_NEGATIVE, drawing.MIDTONE], "float64")


@dataclass(frozen=True)
class Plane:
    """The piece of the plane that is drawn.

    Attributes:
        extent: left, right, bottom, top.
        side: how many places a row and a column have.
    """

    extent: tuple[float, float, float, float]
    side: int = 120

    @classmethod
    def around(cls, points: np.ndarray, side: int = 120) -> "Plane":
        """The rectangle around points [n, 2], with room at the edges."""
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.12 * np.where(high > low, high - low, 1.0)
        (left, bottom), (right, top) = low - room, high + room
        return cls((float(left), float(right), float(bottom), float(top)), side)

    def places(self) -> np.ndarray:
        """The centres of all places, float32 [side * side, 2], the lowest row first."""
        left, right, bottom, top = self.extent
        steps = (np.arange(self.side) + 0.5) / self.side
        across, up = np.meshgrid(left + (right - left) * steps, bottom + (top - bottom) * steps)
        return np.column_stack([across.ravel(), up.ravel()]).astype("float32")


def decision_boundary(
    plane: Plane,
    scores: np.ndarray,
    points: np.ndarray,
    labels: np.ndarray,
    answers: np.ndarray,
    class_names: Sequence[str],
    name: str = "decision_boundary",
) -> Figure:
    """Draws what a classifier says at each place, and the examples it is asked about.

    Args:
        plane: the piece that is drawn.
        scores: float [side * side] at `plane.places()`; above 0 is the second class.
        points: float [n, 2].
        labels: int [n], the true classes, 0 or 1.
        answers: int [n], what the classifier says.
        class_names: two names.
        name: name of the figure.

    Returns:
        The figure: regions tinted by class, the border between them, the examples, and a ring
        around each mistake.
    """
    with drawing.theme():
        canvas = drawing.canvas(440, 420)
        axes = canvas.subplots()
        _regions(axes, plane, scores)
        for label, role, marker in ((0, "series-2", "o"), (1, "series-1", "s")):
            at = points[labels == label]
            axes.plot(
                *at.T, marker, color=drawing.colour(role), markersize=4, label=class_names[label]
            )
        wrong = points[labels != answers]
        axes.plot(
            *wrong.T, "o", markersize=10, markerfacecolor="none", label="mistake",
            markeredgecolor=drawing.colour("bad"), markeredgewidth=1.5,
        )  # fmt: skip
        axes.grid(False)
        axes.set(xlim=plane.extent[:2], ylim=plane.extent[2:], xlabel="x1", ylabel="x2")
        handles, names = axes.get_legend_handles_labels()
        names = [clean(n, 24) for n in names]
        shown = 3 if len(wrong) else 2
        axes.legend(
            handles[:shown], names[:shown], ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1)
        )
        caption = (
            f"What the model answers everywhere, and {len(points)} examples by their true class. "
            f"{len(wrong)} of them are on the wrong side."
        )
        return drawing.finish(canvas, name, "Decision boundary", caption)


def _regions(axes: "Axes", plane: Plane, scores: np.ndarray) -> None:
    grid = scores.reshape(plane.side, plane.side)
    pixels = np.zeros((*grid.shape, 4), "uint8")
    pixels[..., :3] = _COLOURS[(grid > 0).astype(int)]
    pixels[..., 3] = 60
    axes.imshow(pixels, origin="lower", extent=plane.extent, aspect="auto", interpolation="none")
    if grid.min() <= 0 < grid.max():
        left, right, bottom, top = plane.extent
        steps = (np.arange(plane.side) + 0.5) / plane.side
        across, up = left + (right - left) * steps, bottom + (top - bottom) * steps
        axes.contour(across, up, grid, levels=[0], colors=[drawing.colour("ink")], linewidths=1.5)


def boundary_film(
    plane: Plane,
    moments: Sequence[tuple[str, np.ndarray]],
    points: np.ndarray,
    labels: np.ndarray,
    name: str = "learning",
) -> Figure:
    """Draws how the regions changed while the classifier learned.

    Args:
        plane: the piece that is drawn.
        moments: per frame its words and the scores [side * side] at `plane.places()`.
        points: float [n, 2].
        labels: int [n], 0 or 1.
        name: name of the figure.

    Returns:
        The figure, an animated GIF on a light ground.

    Raises:
        ValueError: if there is no moment.
    """
    if not moments:
        raise ValueError("At least one moment is needed. Received: none")
    frames = [_frame(plane, words, scores, points, labels) for words, scores in moments]
    caption = (
        f"{len(frames)} moments of the training: the examples it learns from, and what it would "
        "answer everywhere."
    )
    return film(np.stack(frames), name, "The border while it learns", caption)


def _frame(
    plane: Plane, words: str, scores: np.ndarray, points: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    grid = scores.reshape(plane.side, plane.side)[::-1] > 0
    tint = 255 - 0.3 * (255 - _COLOURS[grid.astype(int)])
    regions = Image.fromarray(tint.astype("uint8")).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    frame = Image.new("RGB", (SIDE, SIDE + FILM_HEADER), theme.ROLES["surface"][0])
    frame.paste(regions, (0, FILM_HEADER))
    draw = ImageDraw.Draw(frame)
    left, right, bottom, top = plane.extent
    across = (points[:, 0] - left) / (right - left) * SIDE
    down = (top - points[:, 1]) / (top - bottom) * SIDE + FILM_HEADER
    roles = ("series-2", "series-1")
    for x, y, label in zip(across, down, labels, strict=True):
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), theme.ROLES[roles[int(label)]][0], "white")
    font = ImageFont.load_default(size=14)
    draw.text((8, 5), words, theme.ROLES["ink"][0], font)
    return np.asarray(frame)


def mistake_counts(
    mistakes: Sequence[float], bound: float | None, name: str = "mistakes"
) -> Figure:
    """Draws how many mistakes each epoch held, and all of them against the theorem's bound.

    Args:
        mistakes: one count an epoch.
        bound: the most mistakes there can be, or None where the classes are not separable.
        name: name of the figure.

    Returns:
        The figure.
    """
    from matplotlib.ticker import FuncFormatter

    counts = np.asarray(mistakes, "float64")
    epochs, total = np.arange(1, len(counts) + 1), np.cumsum(counts)
    with drawing.theme():
        canvas = drawing.canvas(720, 260)
        each, together = canvas.subplots(1, 2)
        each.bar(epochs, counts, color=drawing.colour("series-1"), width=0.8)
        each.set(title="Mistakes in each epoch", xlabel="epoch", ylim=(0, None))
        together.plot(epochs, total, color=drawing.colour("series-1"))
        together.set(title="Mistakes so far", xlabel="epoch")
        caption = f"{number(total[-1])} corrections in all."
        if bound is None:
            together.set_ylim(0, None)
            caption += " No line separates the classes, so the corrections never end."
        else:
            together.axhline(bound, color=drawing.colour("series-2"), linestyle=(0, (4, 2)))
            together.set(yscale="log", ylim=(max(total.min(), 1) * 0.7, bound * 2))
            together.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(round(v))))
            together.text(
                epochs[-1], bound * 1.1, "the bound (R / γ)²", ha="right", va="bottom",
                color=drawing.colour("series-2"),
            )  # fmt: skip
            caption += f" The convergence theorem allows at most {number(float(np.floor(bound)))}."
        return drawing.finish(canvas, name, "Mistakes", caption)
