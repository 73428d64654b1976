"""Figures of nets with several tasks: answers to all of them, and what tasks take from others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing, picture_figures
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number, readable

_NAME = 22


def task_sheet(
    pictures: np.ndarray,
    labels: np.ndarray,
    predicted: np.ndarray,
    tasks: Sequence[tuple[str, Sequence[str]]],
    name: str = "answers",
    title: str = "Answers",
) -> Figure:
    """Shows pictures with the answer to every task.

    Args:
        pictures: uint8 `[n, height, width, channels]`.
        labels: int `[n, tasks]`, the true classes.
        predicted: int `[n, tasks]`, the answers.
        tasks: the name of each task with the names of its classes.
        name, title: words of the figure.

    Returns:
        The figure: under each picture a line for each task; a wrong answer names the truth too.

    Raises:
        ValueError: if there is no picture, or shapes differ.
    """
    captions = []
    for truth, answer in zip(labels, predicted, strict=True):
        lines = []
        for (_, names), true, said in zip(tasks, truth, answer, strict=True):
            text = clean(names[said], _NAME)
            lines.append(f"✓ {text}" if said == true else f"✗ {text}, not {clean(names[true])}")
        captions.append("\n".join(lines))
    order = " and ".join(readable(task) for task, _ in tasks)
    return picture_figures.picture_sheet(
        pictures,
        captions,
        name=name,
        title=title,
        caption=f"Under each picture the answers for {order}, in this order.",
    )


def residual_bars(records: Sequence[Mapping[str, Any]], name: str = "cross_residuals") -> Figure:
    """Draws what the blocks of each task are made of.

    Args:
        records: the list of `residual_shares`.
        name: name of the figure.

    Returns:
        The figure: a bar for each block of each task, divided into its sources.

    Raises:
        ValueError: if there is no record.
    """
    if not records:
        raise ValueError("`records` must hold a block. Received: none")
    # The order of the first record, then sources that only others have: each task has other others.
    sources = list(dict.fromkeys(s for r in records for s in r["shares"]))
    sources.sort(key=lambda s: s not in ("residual", "shortcut"))
    places = np.arange(len(records))
    with drawing.theme():
        canvas = drawing.canvas(460, 26 * len(records) + 90)
        axes = canvas.subplots()
        start = np.zeros(len(records))
        for i, source in enumerate(sources):
            shares = np.array([r["shares"].get(source, 0.0) for r in records])
            own = source in ("residual", "shortcut")
            label = f"own {source}" if own else f"from {clean(readable(source), _NAME)}"
            axes.barh(places, shares, 0.66, start, color=drawing.series(i), label=label)
            for place, share in zip(places, shares, strict=True):
                if share and not own:
                    axes.text(1.02, place, number(share, "accuracy"), va="center", ha="left")
            start += shares
        names = [f"{clean(readable(r['task']), _NAME)}, block {r['block']}" for r in records]
        axes.set_yticks(places, names, color=drawing.colour("ink"))
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(0, 1), ylim=(len(records) - 0.5, -0.5))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2, columnspacing=1.5)
        caption = (
            "What each block adds up, by root mean square over test pictures: its own "
            "convolutions, its own input, and at the right what it takes from other tasks."
        )
        return drawing.finish(canvas, name, "What the tasks take from each other", caption)
