"""Pictures of `evaluate_tagger`: average precision by tag, and pictures with their tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing, picture_figures
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean, number

MOST_BARS = 60


def average_precision_bars(
    per_class: Sequence[Mapping[str, Any]], name: str = "per_class"
) -> Figure:
    """Draws the average precision of each tag that occurs, the lowest first.

    Args:
        per_class: the list of `evaluate_tagger`; of more than 60 tags the commonest are drawn.
        name: name of the figure.

    Returns:
        The figure; a mark on each bar is what chance reaches.

    Raises:
        ValueError: if no tag occurs.
    """
    present = [c for c in per_class if c["average_precision"] is not None]
    if not present:
        raise ValueError("`per_class` must have a tag that occurs. Received: none")
    shown = sorted(present, key=lambda c: -c["support"])[:MOST_BARS]
    shown.sort(key=lambda c: c["average_precision"])
    places = np.arange(len(shown))
    with drawing.theme():
        canvas = drawing.canvas(460, max(120, 19 * len(shown) + 60))
        axes = canvas.subplots()
        values = [c["average_precision"] for c in shown]
        axes.barh(places, values, 0.62, color=drawing.colour("series-1"), alpha=0.5)
        chance = [c["frequency"] for c in shown]
        axes.plot(chance, places, "|", color=drawing.colour("series-2"), markersize=11)
        axes.set_yticks(places, [clean(c["name"], 24) for c in shown])
        axes.tick_params(axis="y", length=0, labelcolor=drawing.colour("ink"))
        for place, value in zip(places, values, strict=True):
            axes.text(1.03, place, number(value, "precision"), va="center", ha="left")
        axes.set(xlim=(0, 1), ylim=(len(shown) - 0.4, -0.6))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        caption = (
            "Average precision of each tag over the test pictures, the hardest first; the mark is "
            "what a ranking by chance reaches."
        )
        if len(present) > len(shown):
            caption += f" The {len(shown)} commonest of {len(present)} tags are drawn."
        return drawing.finish(canvas, name, "Average precision by tag", caption)


def tag_sheet(images: np.ndarray, pictures: Sequence[Mapping[str, Any]]) -> Figure:
    """Shows pictures with the tags that they were rightly and wrongly given, and those missed.

    Args:
        images: uint8 `[n, height, width, channels]`, one for each of `pictures`.
        pictures: the list of `evaluate_tagger`.

    Returns:
        The figure "tags".

    Raises:
        ValueError: if there is no picture, or their numbers differ.
    """
    captions = [
        "\n".join(
            f"{kind}: {', '.join(map(clean, p[kind])) or '–'}"
            for kind in ("right", "wrong", "missed")
        )
        for p in pictures
    ]
    return picture_figures.picture_sheet(
        images,
        captions,
        name="tags",
        title="Pictures and their tags",
        caption="Below each test picture the tags that it was given and has, those it was given "
        "but has not, and those it has but was not given.",
    )
