"""Figures of clips: films with answers, filters over time, what the frames' order is worth."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.film import film
from kerasuite.report.picture_figures import filters
from kerasuite.report.words import clean, number

_TILE, _LINE = 128, 14
_GROUND, _RIGHT, _WRONG = (24, 26, 30), (120, 200, 140), (240, 150, 90)


def clip_film(
    clips: np.ndarray,
    labels: Sequence[int],
    predicted: Sequence[int],
    class_names: Sequence[str],
    columns: int = 4,
) -> Figure:
    """Shows clips side by side as they move, each with its answer.

    Args:
        clips: uint8 `[n, frames, height, width, 1 or 3]`.
        labels: the true classes.
        predicted: the answers.
        class_names: the names of the classes.
        columns: clips in a row.

    Returns:
        The figure, an animated GIF.

    Raises:
        ValueError: if there is no clip, or numbers differ.
    """
    clips = np.asarray(clips)
    if clips.ndim != 5 or not clips.size:
        raise ValueError(
            "`clips` must have shape (n, frames, height, width, channels). Received: shape "
            f"{clips.shape}"
        )
    rows, frames = math.ceil(len(clips) / columns), clips.shape[1]
    width, height = columns * _TILE, rows * (_TILE + 2 * _LINE)
    sheet = np.full((frames, height, width, 3), _GROUND, "uint8")
    words = Image.new("RGB", (width, height), _GROUND)
    pen = ImageDraw.Draw(words)
    tiles = []
    for i, (true, said) in enumerate(zip(labels, predicted, strict=True)):
        row, column = divmod(i, columns)
        left, top = column * _TILE, row * (_TILE + 2 * _LINE)
        tiles.append((left, top))
        # The pen's own letters are Latin ones; others it cannot draw.
        name, truth = (_latin(class_names[k]) for k in (said, true))
        pen.text((left + 4, top + _TILE), name, _RIGHT if true == said else _WRONG)
        if true != said:
            pen.text((left + 4, top + _TILE + _LINE - 2), f"not {truth}", _WRONG)
    sheet[:] = np.asarray(words)
    for (left, top), clip in zip(tiles, clips, strict=True):
        for t, frame in enumerate(clip):
            sheet[t, top : top + _TILE - 4, left + 2 : left + _TILE - 2] = _enlarged(frame)
    return film(
        sheet,
        "clips",
        "Clips and answers",
        "Test clips and, below each, what the model says happens in it.",
        seconds=0.12,
    )


def _enlarged(frame: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame).convert("RGB")
    return np.asarray(picture.resize((_TILE - 4, _TILE - 4), Image.Resampling.NEAREST))


def _latin(name: str) -> str:
    return clean(name, 19).encode("latin-1", "replace").decode("latin-1").replace("…", "...")


def space_time_filters(kernel: np.ndarray, name: str = "filters") -> Figure:
    """Draws the filters of a first convolution over clips.

    Args:
        kernel: float `[times, height, width, channels in, filters]`.
        name: name of the figure.

    Returns:
        The figure: the moments of each filter side by side, their mean over the channels.

    Raises:
        ValueError: if the kernel has another rank or is not finite.
    """
    kernel = np.asarray(kernel, "float64")
    if kernel.ndim != 5:
        raise ValueError(
            "`kernel` must have shape (times, height, width, channels, filters). Received: shape "
            f"{kernel.shape}"
        )
    times, height, _, _, count = kernel.shape
    gap = np.zeros((height, 1, count))
    moments = [m for moment in kernel.mean(3) for m in (moment, gap)][:-1]
    drawn = filters(np.concatenate(moments, axis=1)[:, :, None], name)
    caption = (
        f"Each filter as its {times} moments, from left to right, by its own scale: positive "
        "weights blue, negative ones orange. A pattern that moves on from moment to moment "
        "answers to motion in its direction."
    )
    return dataclasses.replace(drawn, caption=caption)


def order_bars(accuracies: Mapping[str, float], chance: float, name: str = "orders") -> Figure:
    """Draws how many answers are right when the frames come in other orders.

    Args:
        accuracies: by order, from 0 to 1.
        chance: accuracy of answers without looking.
        name: name of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is nothing to draw.
    """
    if not accuracies:
        raise ValueError("`accuracies` must hold an order. Received: none")
    places = np.arange(len(accuracies))
    with drawing.theme():
        canvas = drawing.canvas(440, 30 * len(accuracies) + 60)
        axes = canvas.subplots()
        axes.barh(places, accuracies.values(), 0.6, color=drawing.colour("series-1"), alpha=0.5)
        for place, value in zip(places, accuracies.values(), strict=True):
            axes.text(1.02, place, number(value, "accuracy"), va="center", ha="left")
        axes.axvline(chance, color=drawing.colour("series-2"), linestyle=(0, (2, 2)))
        axes.set_yticks(places, [clean(k, 30) for k in accuracies], color=drawing.colour("ink"))
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(0, 1), ylim=(len(accuracies) - 0.5, -0.5))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        caption = (
            "The same model on the same test clips, their frames in other orders; the dashed "
            "line is chance. What is lost is what the order of the frames tells."
        )
        return drawing.finish(canvas, name, "What the order of the frames is worth", caption)
