"""Own pictures without classes: a folder of picture files."""

import os
from pathlib import Path

import numpy as np

from kerasuite.data.folders import ENDINGS, SIZE, channels_of
from kerasuite.data.labelled import Labelled, divided
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import read_pictures, sizes_note
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError

FEWEST = 10


def is_flat(source: str | None) -> bool:
    """Whether a path is a folder with picture files right in it, and no folders."""
    root = Path(source or "").expanduser()
    if not source or not root.is_dir():
        return False
    inside = [p for p in root.iterdir() if not p.name.startswith(".")]
    return not any(p.is_dir() for p in inside) and any(map(_is_picture, inside))


def load_flat(
    source: str,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    seed: int = 0,
    limit: int | None = None,
) -> Splits:
    """Loads the pictures of a folder as examples of one class, and divides them, 70/15/15.

    Args:
        source: a folder for which `is_flat`.
        size: height and width that all are brought to; 64x64 if None.
        channels: 1 for grey, 3 for colour; None for what the files are.
        seed: which pictures fall into which part.
        limit: at most so many pictures per part.

    Returns:
        Three `Pictures`, whose labels are 0, and their `Info`.

    Raises:
        InputError: if fewer than 10 of the pictures can be read.
    """
    root = Path(source).expanduser()
    if not os.access(root, os.R_OK | os.X_OK):
        raise InputError(f"{root} may not be read by this user; expected a folder of pictures")
    files = sorted(p for p in root.iterdir() if _is_picture(p))
    size, channels = size or SIZE, channels or channels_of(files)
    reading = read_pictures(files, size, channels)
    readable = [f for f, ok in zip(files, reading.readable, strict=True) if ok]
    if len(readable) < FEWEST:
        raise InputError(
            f"{root} has too few pictures: expected at least {FEWEST} that can be read. Received: "
            f"{len(readable)}"
        )
    labels = np.zeros(len(readable), "int32")
    if reading.images is None:
        pictures = Pictures(labels, files=readable, size=size, channels=channels)
    else:
        pictures = Pictures(labels, images=reading.images)
    info = Info(
        str(root),
        class_names=("pictures",),
        skipped=reading.skipped,
        note=sizes_note(readable, size),
    )
    whole = Labelled(pictures, reading.sums, np.full(len(labels), "", "U10"), info)
    return divided(whole, seed, seed, limit)


def _is_picture(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS) and path.is_file()
