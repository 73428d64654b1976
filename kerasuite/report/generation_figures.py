"""Figures of generated examples: grids of pictures, points of the plane against their modes."""

import io
import math

import numpy as np
from PIL import Image, ImageDraw

from kerasuite.report import drawing, theme
from kerasuite.report.figure import Figure

GAP = 2
SIDE = 360
_ENLARGED = 56


def tiled(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Lays pictures out in rows on white, small ones enlarged with hard edges.

    Args:
        pictures: uint8 [n, height, width, 1 or 3].
        columns: pictures in a row.

    Returns:
        uint8 [height, width, 3].
    """
    count, height, width, channels = pictures.shape
    pictures = pictures if channels == 3 else pictures.repeat(3, axis=-1)
    factor = max(1, _ENLARGED // max(height, width))
    pictures = pictures.repeat(factor, axis=1).repeat(factor, axis=2)
    high, wide = height * factor + GAP, width * factor + GAP
    sheet = np.full(
        (math.ceil(count / columns) * high - GAP, columns * wide - GAP, 3), 255, "uint8"
    )
    for i, picture in enumerate(pictures):
        row, column = divmod(i, columns)
        top, left = row * high, column * wide
        sheet[top : top + high - GAP, left : left + wide - GAP] = picture
    return sheet


def picture_grid(pictures: np.ndarray, columns: int, name: str, title: str, caption: str) -> Figure:
    """Pictures side by side without words, as one PNG.

    Args:
        pictures: uint8 [n, height, width, 1 or 3].
        columns: pictures in a row.
        name, title, caption: words of the figure.
    """
    file = io.BytesIO()
    Image.fromarray(tiled(pictures, columns)).save(file, "PNG", optimize=True)
    return Figure(name, title, caption, file.getvalue(), "png")


def point_frame(points: np.ndarray, centres: np.ndarray, reach: float) -> np.ndarray:
    """Generated points over the modes that they should lie on.

    Args:
        points: float [n, 2].
        centres: float [modes, 2].
        reach: the plane is drawn from -reach to reach.

    Returns:
        uint8 [height, width, 3], on a light ground.
    """
    frame = Image.new("RGB", (SIDE, SIDE), theme.ROLES["surface"][0])
    draw = ImageDraw.Draw(frame)
    for places, role, r in ((centres, "series-2", 9), (points, "series-1", 1)):
        colour = theme.ROLES[role][0]
        for x, y in places:
            if max(abs(x), abs(y)) > reach:
                continue
            across, down = (x / reach + 1) * SIDE / 2, (1 - y / reach) * SIDE / 2
            box = (across - r, down - r, across + r, down + r)
            draw.ellipse(box, outline=colour) if r > 1 else draw.ellipse(box, colour)
    return np.asarray(frame)


def mode_map(
    points: np.ndarray, centres: np.ndarray, std: float, reach: float, name: str = "modes"
) -> Figure:
    """Draws generated points, and a ring of three standard deviations around each mode.

    Args:
        points: float [n, 2].
        centres: float [modes, 2].
        std: of each mode.
        reach: the plane is drawn from -reach to reach.
        name: name of the figure.
    """
    from matplotlib.patches import Circle

    with drawing.theme():
        canvas = drawing.canvas(440, 440)
        axes = canvas.subplots()
        good = (np.linalg.norm(points[:, None] - centres[None], axis=2) <= 3 * std).any(axis=1)
        for which, role in ((~good, "series-2"), (good, "series-1")):
            axes.plot(
                *points[which].T, "o", markersize=2, markeredgewidth=0, color=drawing.colour(role)
            )
        for centre in centres:
            axes.add_patch(Circle(centre, 3 * std, fill=False, color=drawing.colour("ink")))
        axes.grid(False)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        caption = (
            f"{len(points):,} generated points. Within a ring, at most three standard deviations "
            "from a mode, they are good (blue); elsewhere (orange) they lie between modes."
        )
        return drawing.finish(canvas, name, "Modes found", caption)
