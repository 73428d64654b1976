"""Pictures of translations: what was written, and what each word was written from."""

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean

_LINE, _WRAP, _WIDTH = 15, 96, 700
_CELL, _COLUMNS, _MOST_PIECES = 17, 2, 24


class Alignment(NamedTuple):
    """The pieces of a sentence and of its translation, and how they hang together.

    Attributes:
        source: pieces, the end included.
        target: likewise.
        weights: float [target pieces, source pieces].
    """

    source: list[str]
    target: list[str]
    weights: np.ndarray


def alignment_figure(alignments: Sequence[Alignment]) -> Figure:
    """Draws a heat map for each sentence.

    Args:
        alignments: of short sentences; at least one.
    """
    rows = -(-len(alignments) // _COLUMNS)
    tall = max(len(a.target) for a in alignments)
    with drawing.theme():
        canvas = drawing.canvas(_WIDTH, rows * (tall * _CELL + 90))
        grid = canvas.subplots(rows, _COLUMNS, squeeze=False).flat
        for axes, alignment in zip(grid, alignments, strict=False):
            _draw_alignment(axes, alignment)
        for axes in list(grid)[len(alignments) :]:
            axes.set_visible(False)
        return drawing.finish(
            canvas,
            "alignments",
            "What each piece was translated from",
            "A row for each piece that was written, a column for each of the source: the darker, "
            "the more it was attended to.",
        )


def _draw_alignment(axes: Any, alignment: Alignment) -> None:
    weights = np.clip(alignment.weights, 0, 1)
    for row, column in np.argwhere(weights > 0.01):
        axes.add_patch(
            _square(column, row, alpha=float(weights[row, column]), color=drawing.series(0))
        )
    drawing.bare(axes)
    axes.set(
        xlim=(-0.5, weights.shape[1] - 0.5),
        ylim=(weights.shape[0] - 0.5, -0.5),
        aspect="equal",
        xticks=range(weights.shape[1]),
        yticks=range(weights.shape[0]),
    )
    axes.set_xticklabels([clean(p, 14) for p in alignment.source], rotation=90, fontsize=9)
    axes.set_yticklabels([clean(p, 14) for p in alignment.target], fontsize=9)


def _square(column: int, row: int, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, linewidth=0, **style)


def translations_figure(examples: Sequence[dict[str, Any]]) -> Figure:
    """Writes sentences, their references and the best few translations with log-probabilities.

    Args:
        examples: as the app's evaluation holds them.
    """
    lines: list[tuple[str, str, bool]] = []
    for example in examples:
        lines.append(("", "", False))
        lines += _wrapped(example["direction"].partition("-")[0], example["source"], True)
        lines += _wrapped("reference", example["reference"], False)
        found = zip(example["translations"], example["log_probabilities"], strict=True)
        for text, log in found:
            if log > -1e8:
                lines += _wrapped(f"{log:.2f}", text, False)
    with drawing.theme():
        canvas = drawing.canvas(_WIDTH, _LINE * (len(lines) + 1), layout=None)
        height = len(lines) + 1
        for i, (label, text, strong) in enumerate(lines):
            y = 1 - (i + 0.5) / height
            canvas.text(0.09, y, label, ha="right", color=drawing.colour("muted"))
            canvas.text(0.105, y, text, weight="bold" if strong else "normal")
        return drawing.finish(
            canvas,
            "translations",
            "Translations",
            "Test sentences spread over the split: the source, the reference, and the best "
            "translations by falling score, each with its log-probability.",
        )


def _wrapped(label: str, text: str, strong: bool) -> list[tuple[str, str, bool]]:
    parts = textwrap.wrap(clean(text, 400), _WRAP) or [""]
    return [(label, parts[0], strong), *(("", part, strong) for part in parts[1:])]
