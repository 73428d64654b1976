"""Figures made of pictures: sheets of examples and first-layer filters."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Pictures are embedded at about this many pixels: sharp on fine screens, small in the page.
EMBEDDED = 128
WIDTH = 800


def picture_sheet(
    images: np.ndarray,
    captions: Sequence[str],
    columns: int | None = None,
    name: str = "pictures",
    title: str = "Pictures",
    caption: str = "",
) -> Figure:
    """Lays pictures out in rows, each with its words below.

    Args:
        images: uint8 `[n, height, width, channels]` with 1, 3 or 4 channels, or
            `[n, height, width]`. Tiny pictures are enlarged with hard pixel edges.
        captions: one text for each picture; "\\n" separates its lines.
        columns: pictures in a row; by default as many as keep the sheet readable.
        name, title, caption: words of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if the arrays are not pictures or the captions do not match.
    """
    images = _checked_pictures(images, captions)
    columns = columns or min(len(images), 5 if len(images) > 3 else len(images))
    rows = math.ceil(len(images) / columns)
    lines = [text.split("\n") for text in captions]
    cell = min(WIDTH / columns, 200)
    picture = cell - 16
    words = 15 * max(map(len, lines)) + 16
    height, width = images.shape[1:3]
    tall = picture * min(height / width, 2.5)
    with drawing.theme():
        canvas = drawing.canvas(cell * columns, rows * (tall + words), layout=None)
        total = rows * (tall + words)
        for i, (image, text) in enumerate(zip(images, lines, strict=True)):
            row, column = divmod(i, columns)
            top = row * (tall + words)
            box = (
                (column * cell + 8) / (cell * columns),
                1 - (top + tall) / total,
                picture / (cell * columns),
                tall / total,
            )
            axes = canvas.add_axes(box)
            show(axes, image)
            _write_below(axes, text, most=int(picture / 6.4))
        return drawing.finish(canvas, name, title, caption)


def mistakes_sheet(
    images: np.ndarray,
    mistakes: Sequence[Mapping[str, Any]],
    class_names: Sequence[str],
    most: int = 20,
) -> Figure:
    """Shows the answers that were wrong with the most confidence.

    Args:
        images: uint8 `[n, height, width, channels]`, all evaluated pictures.
        mistakes: the list of `evaluate_classifier`; "index" points into `images`.
        class_names: the names of the classes.
        most: how many to show.

    Returns:
        The figure "mistakes".

    Raises:
        ValueError: if there are no mistakes to show.
    """
    shown = list(mistakes)[:most]
    captions = []
    for m in shown:
        true, predicted = (clean(class_names[m[key]]) for key in ("label", "predicted"))
        captions.append(f"{true}\n→ {predicted}\n{number(m['confidence'], 'accuracy')} sure")
    return picture_sheet(
        np.asarray(images)[[m["index"] for m in shown]],
        captions,
        name="mistakes",
        title="The most confident mistakes",
        caption="Above the true class, below what the model took it for, and how sure it was.",
    )


def filters(kernel: np.ndarray, name: str = "filters", most: int = 96) -> Figure:
    """Draws the filters of a first convolution.

    Args:
        kernel: float `[height, width, channels in, filters]`. Three channels are drawn in
            colour; else each channel is a row of its own, negative orange, positive blue.
        name: name of the figure.
        most: at most so many tiles are drawn.

    Returns:
        The figure. Each filter is scaled by its own largest weight.

    Raises:
        ValueError: if the kernel is not finite or has another rank.
    """
    kernel = np.asarray(kernel, dtype="float64")
    if kernel.ndim != 4 or not kernel.size:
        raise ValueError(
            "`kernel` must have shape (height, width, channels, filters). Received: "
            f"shape {kernel.shape}"
        )
    if not np.isfinite(kernel).all():
        raise ValueError("`kernel` must be finite. Received: NaN or infinite weights")
    colour = kernel.shape[2] == 3
    tiles = _colour_tiles(kernel) if colour else _signed_tiles(kernel)
    tiles, total = tiles[:most], len(tiles)
    columns = min(len(tiles), 16 if len(tiles) > 32 else 8)
    rows = math.ceil(len(tiles) / columns)
    cell = 48 if columns == 8 or len(tiles) < 8 else 44
    with drawing.theme():
        canvas = drawing.canvas(columns * cell, rows * cell, layout=None)
        for i, tile in enumerate(tiles):
            row, column = divmod(i, columns)
            inset = 3 / cell
            box = (
                (column + inset) / columns,
                1 - (row + 1 - inset) / rows,
                (1 - 2 * inset) / columns,
                (1 - 2 * inset) / rows,
            )
            show(canvas.add_axes(box), tile)
        caption = "Each filter by its own scale" + (
            " around grey, in the colours that it sees."
            if colour
            else ": positive weights blue, negative ones orange, zero clear."
        )
        if total > most:
            caption += f" The first {most} of {total} are drawn."
        return drawing.finish(canvas, name, "Filters of the first layer", caption)


def _colour_tiles(kernel: np.ndarray) -> np.ndarray:
    tiles = np.moveaxis(kernel, -1, 0)
    peak = np.abs(tiles).max(axis=(1, 2, 3), keepdims=True)
    return np.uint8(np.round(127.5 + 127.5 * tiles / np.maximum(peak, 1e-12)))


def _signed_tiles(kernel: np.ndarray) -> np.ndarray:
    """One tile for each filter and channel; the size of a weight is the opacity."""
    tiles = kernel.transpose(3, 2, 0, 1).reshape(-1, *kernel.shape[:2])
    peak = np.abs(tiles).max(axis=(1, 2), keepdims=True)
    pixels = np.zeros((*tiles.shape, 4), dtype="uint8")
    pixels[..., :3] = np.where((tiles >= 0)[..., None], drawing.MIDTONE, drawing.MIDTONE_NEGATIVE)
    pixels[..., 3] = np.round(255 * np.abs(tiles) / np.maximum(peak, 1e-12))
    return pixels


def _checked_pictures(images: np.ndarray, captions: Sequence[str]) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3, 4) or images.dtype != np.uint8:
        raise ValueError(
            "`images` must be uint8 of shape (n, height, width, 1, 3 or 4). Received: "
            f"{images.dtype} of shape {images.shape}"
        )
    if not images.size or len(captions) != len(images):
        raise ValueError(
            "At least one picture and a caption for each are needed. Received: "
            f"{len(images)} pictures, {len(captions)} captions"
        )
    return images


def show(axes: "Axes", image: np.ndarray) -> None:
    """Shows a picture, uint8 [height, width, 1, 3 or 4], at the size that pages embed.

    The axes count its own pixels, from 0 to its width and height.
    """
    drawing.bare(axes)
    extent = (0, image.shape[1], image.shape[0], 0)
    if image.shape[-1] == 1:
        image = image.repeat(3, axis=-1)
    height, width = image.shape[:2]
    if max(height, width) > EMBEDDED:
        scale = EMBEDDED / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))
    else:
        # Whole-number enlargement: the browser then has no small picture to blur.
        factor = max(1, EMBEDDED // max(height, width))
        image = image.repeat(factor, axis=0).repeat(factor, axis=1)
    axes.imshow(image, interpolation="none", extent=extent)


def _write_below(axes: "Axes", lines: Sequence[str], most: int) -> None:
    for i, line in enumerate(lines):
        axes.annotate(
            clean(line, most),
            (0, 0),
            xycoords="axes fraction",
            xytext=(0, -5 - 15 * i),
            textcoords="offset points",
            va="top",
            color=drawing.colour("ink" if i == 0 else "muted"),
        )
