"""Pictures of a filter of messages: the words that decided, and what is found at what cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number

_WORD, _TITLE = 18, 34
_COLUMNS = 3


def deciding_words(messages: Sequence[Mapping[str, Any]], name: str = "deciding_words") -> Figure:
    """Draws for some messages how much each of their strongest words spoke for the answer.

    Args:
        messages: {"title", "label", "answer", "words", "contributions"} each; the last two are
            lists of one length, empty words are left out.
        name: name of the figure.

    Returns:
        The figure, a small chart per message.

    Raises:
        ValueError: if there is no message.
    """
    if not messages:
        raise ValueError("`messages` must hold at least one. Received: none")
    rows = -(-len(messages) // _COLUMNS)
    most = max(len(m["words"]) for m in messages)
    with drawing.theme():
        canvas = drawing.canvas(250 * _COLUMNS, rows * (16 * most + 70))
        grid = canvas.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for axes, message in zip(grid, messages, strict=False):
            _words(axes, message["words"], message["contributions"])
            answer = f"{clean(message['label'], 14)}, taken for {clean(message['answer'], 14)}"
            if message["label"] == message["answer"]:
                answer = clean(message["label"], 28)
            axes.set_title(f"{clean(message['title'], _TITLE) or '–'}\n{answer}", fontsize=10)
        for axes in grid[len(messages) :]:
            axes.set_visible(False)
        caption = (
            "The words of some test messages that decided most. Bars to the right speak for the "
            "answer, bars to the left against it."
        )
        return drawing.finish(canvas, name, "Words that decided", caption)


def class_words(
    words: Mapping[str, Sequence[tuple[str, float]]], name: str = "class_words"
) -> Figure:
    """Draws the words that speak for each class most.

    Args:
        words: by class, (word, contribution to the mean message).
        name: name of the figure.

    Returns:
        The figure, a chart per class.

    Raises:
        ValueError: if there is no class.
    """
    if not words:
        raise ValueError("`words` must hold a class. Received: none")
    most = max(map(len, words.values()))
    with drawing.theme():
        canvas = drawing.canvas(260 * len(words), 16 * most + 70)
        grid = canvas.subplots(1, len(words), squeeze=False).ravel()
        for axes, (label, pairs) in zip(grid, words.items(), strict=True):
            _words(axes, [w for w, _ in pairs], [v for _, v in pairs])
            axes.set_title(clean(label, 24))
        caption = "How much each word adds to the answer, in the mean of the messages given it."
        return drawing.finish(canvas, name, "Words that speak for a class", caption)


def detection_curve(detection: Mapping[str, Any], name: str = "detection") -> Figure:
    """Draws what share is found against what share of the others is held back with it.

    Args:
        detection: as `evaluation.spam.detection` returns it.
        name: name of the figure.
    """
    wrong = np.array([p["false_positive_rate"] for p in detection["curve"]])
    found = np.array([p["recall"] for p in detection["curve"]])
    with drawing.theme():
        canvas = drawing.canvas(420, 300)
        axes = canvas.subplots()
        axes.step(wrong, found, where="post", color=drawing.colour("series-1"))
        place = (detection["false_positive_rate"], detection["recall"])
        axes.plot(*place, "o", color=drawing.colour("series-2"))
        axes.annotate(
            f"{number(place[0], 'recall')} at {number(place[1], 'recall')}",
            place,
            xytext=(14, -6),
            textcoords="offset points",
        )
        # Zero has its place on this axis: its first part is linear.
        axes.set_xscale("symlog", linthresh=1e-3)
        axes.set_xticks([0, 1e-3, 1e-2, 1e-1, 1], ["0 %", "0.1 %", "1 %", "10 %", "100 %"])
        axes.set(xlabel="others held back", ylabel="found", xlim=(-2e-4, 1), ylim=(0.8, 1.005))
        axes.set_yticks([0.8, 0.9, 0.95, 1], ["80 %", "90 %", "95 %", "100 %"])
        caption = (
            "Each threshold finds a share of what is to be found, and holds back a share of the "
            "others with it. The dot is where 95 % is found."
        )
        return drawing.finish(canvas, name, "Found and held back", caption)


def _words(axes: Any, words: Sequence[str], values: Sequence[float]) -> None:
    pairs = [(clean(w, _WORD), v) for w, v in zip(words, values, strict=True) if w]
    places = np.arange(len(pairs))
    for role, kept in (
        ("series-1", [v > 0 for _, v in pairs]),
        ("series-2", [v <= 0 for _, v in pairs]),
    ):
        some = [i for i in places if kept[i]]
        axes.barh(some, [pairs[i][1] for i in some], 0.62, color=drawing.colour(role), alpha=0.6)
    axes.axvline(0, color=drawing.colour("line"))
    axes.set_yticks(places, [w for w, _ in pairs])
    axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
    axes.set_ylim(max(len(pairs), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
