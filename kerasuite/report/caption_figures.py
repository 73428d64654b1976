"""Figures of pictures with sentences, and of where each word looks."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from kerasuite.report.figure import Figure
from kerasuite.report.picture_figures import picture_sheet

_LINE = 22
_MOST_WORDS = 7
_DIMMED = 0.25


def caption_sheet(
    pictures: np.ndarray,
    captions: Sequence[str],
    references: Sequence[str],
    name: str = "captions",
    title: str = "Captions",
) -> Figure:
    """Shows pictures with what was written of them, and below it what people wrote.

    Args:
        pictures: uint8 `[n, height, width, 3]`.
        captions: what was written.
        references: one of the true captions each.
        name, title: words of the figure.
    """
    pairs = zip(captions, references, strict=True)
    words = [f"{_lines(c, 2)}\n({_lines(r, 2)})" for c, r in pairs]
    caption = "Below each picture what the model writes and, in brackets, what is in the data."
    return picture_sheet(pictures, words, 5, name, title, caption)


def attention_sheet(
    pictures: np.ndarray,
    words: Sequence[Sequence[str]],
    attention: np.ndarray,
    name: str = "attention",
) -> Figure:
    """Shows each picture, and again for each word with the places lit that the word looked at.

    Args:
        pictures: uint8 `[n, height, width, 3]`.
        words: of each picture's caption; the first few are drawn.
        attention: float `[n, steps, rows, columns]`, at least as many steps as words.
        name: of the figure.
    """
    most = min(_MOST_WORDS, max(map(len, words)))
    blank = np.full(pictures.shape[1:], 255, "uint8")
    tiles, texts = [], []
    for picture, said, maps in zip(pictures, words, attention, strict=True):
        lit = [_lit(picture, m) for m in maps[: min(len(said), most)]]
        empty = most - len(lit)
        tiles += [picture, *lit, *[blank] * empty]
        texts += ["", *said[: len(lit)], *[""] * empty]
    caption = (
        "A row a picture: for each word, the brighter a place, the more the word looked at it."
    )
    return picture_sheet(
        np.stack(tiles), texts, most + 1, name, "What each word looked at", caption
    )


def _lit(picture: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The picture, dark where the weights are small beside the largest."""
    height, width = picture.shape[:2]
    share = Image.fromarray((weights / max(weights.max(), 1e-9)).astype("float32"))
    smooth = np.asarray(share.resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)
    light = _DIMMED + (1 - _DIMMED) * smooth[..., None]
    return np.round(picture * light).astype("uint8")


def _lines(caption: str, most: int) -> str:
    """The first words of a caption, in at most so many lines."""
    lines = [""]
    for word in caption.split() or ["–"]:
        if len(lines[-1]) + len(word) >= _LINE and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    shown = lines[:most]
    return "\n".join([*shown[:-1], shown[-1] + (" …" if len(lines) > most else "")])
