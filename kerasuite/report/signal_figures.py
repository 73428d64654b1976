"""Pictures of signals: what was foretold, how a net goes on by itself, and how errors grow."""

from collections.abc import Mapping, Sequence

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure

_DASHED = (0, (4, 2))


def foretold(
    truth: np.ndarray, predictions: np.ndarray, scored: np.ndarray, name: str = "foretold"
) -> Figure:
    """Draws a stretch of a signal, and what was foretold of it one sample ahead.

    Args:
        truth: float [n].
        predictions: float [n], of the same samples.
        scored: bool [n], those that were asked for.
        name: of the figure.
    """
    time = np.arange(len(truth))
    with drawing.theme():
        canvas = drawing.canvas(720, 260)
        axes = canvas.subplots()
        axes.plot(time, truth, color=drawing.colour("series-1"), label="truth")
        style = {"color": drawing.colour("series-2"), "label": "foretold"}
        if scored.all():
            axes.plot(time, predictions, linestyle=_DASHED, **style)
        else:
            axes.plot(time[scored], predictions[scored], "o", markersize=7, **style)
        axes.set(xlabel="sample")
        axes.legend(loc="upper right", ncols=2)
        caption = "Held-out samples, and what the net said of each from those before it."
        if not scored.all():
            caption += " Only the samples with a dot can be foretold; the rest is noise."
        return drawing.finish(canvas, name, "One sample ahead", caption)


def continuation(
    past: np.ndarray, truth: np.ndarray, found: np.ndarray, name: str = "continuation"
) -> Figure:
    """Draws how a net goes on by itself, its own answers for input.

    Args:
        past: the last samples that it was shown, float [m].
        truth: those after them, float [n].
        found: what it made of them, float [n].
        name: of the figure.
    """
    with drawing.theme():
        canvas = drawing.canvas(720, 260)
        axes = canvas.subplots()
        before, after = np.arange(-len(past), 0), np.arange(len(truth))
        axes.plot(before, past, color=drawing.colour("muted"), label="shown")
        axes.plot(after, truth, color=drawing.colour("series-1"), label="truth")
        style = {"color": drawing.colour("series-2"), "linestyle": _DASHED}
        axes.plot(after, found, label="by itself", **style)
        axes.set(xlabel="samples after the last one that was shown")
        axes.legend(loc="upper left", ncols=3)
        caption = "The net goes on by itself: each answer is its next input."
        return drawing.finish(canvas, name, "Going on by itself", caption)


def error_lines(
    across: Sequence[int],
    errors: Mapping[str, Sequence[float]],
    title: str,
    label: str,
    caption: str,
    name: str,
) -> Figure:
    """Draws errors that grow with a distance, such as steps ahead or a lag.

    Args:
        across: the distances.
        errors: name to one error a distance.
        title: of the figure.
        label: of the horizontal axis.
        caption: of the figure.
        name: of the figure.
    """
    with drawing.theme():
        canvas = drawing.canvas(560, 280)
        axes = canvas.subplots()
        for i, (what, values) in enumerate(errors.items()):
            marker = "o" if len(across) < 20 else None
            axes.plot(across, values, color=drawing.series(i), label=what, marker=marker)
        axes.axhline(1.0, color=drawing.colour("muted"), linestyle=_DASHED, linewidth=1)
        axes.set(xlabel=label, ylabel="relative error", ylim=(0, None))
        if len(errors) > 1:
            axes.legend()
        return drawing.finish(canvas, name, title, caption)
