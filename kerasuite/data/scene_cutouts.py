"""Cut-outs: read from files, cut from white, and divided so that none is in two splits.

No TensorFlow.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from kerasuite.data.compose import CutOut
from kerasuite.data.splits import SPLITS

FOLDS = 4
_WHITE = 225
_LARGEST = 256


def cutout_file(path: Path, label: int) -> CutOut:
    """Reads a picture with transparency, and leaves out what nothing is seen of at its borders.

    Args:
        path: of a file that Pillow reads, in which something is to be seen.
        label: the class of the thing.
    """
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((_LARGEST, _LARGEST), Image.Resampling.LANCZOS)
    return _cropped(np.asarray(picture), label, path.stem)


def _cropped(picture: np.ndarray, label: int, name: str) -> CutOut:
    left, top, right, bottom = Image.fromarray(picture[..., 3]).getbbox()
    return CutOut(np.ascontiguousarray(picture[top:bottom, left:right]), label, name)


def cut_from_white(picture: np.ndarray, label: int, name: str = "") -> CutOut | None:
    """Cuts a drawn thing out of its white ground: white that touches the border is ground.

    Args:
        picture: uint8 [height, width, 3].
        label: the class of the thing.
        name: what to call it.

    Returns:
        The cut-out; None if it is hardly larger than its outline, as rings and glasses are.
    """
    light = np.pad(picture.min(-1) >= _WHITE, 1, constant_values=True)
    regions, _ = ndimage.label(light)
    thing = (regions != regions[0, 0])[1:-1, 1:-1]
    # The outermost pixels are mixed with white: on another ground they would be a halo.
    thing = ndimage.binary_opening(ndimage.binary_erosion(thing))
    if thing.mean() < 0.15:
        return None
    alpha = np.round(255 * ndimage.gaussian_filter(thing.astype("float64"), 0.5))
    return _cropped(np.dstack([picture, alpha.astype("uint8")]), label, name)


def divided_cutouts(cutouts: Sequence[CutOut], seed: int = 0) -> dict[str, list[CutOut]]:
    """Divides cut-outs into training, validation and test (about 70, 15 and 15 % of each class).

    Those whose names begin with the same word stay together, as they often show the same thing:
    "rabbit-2" and "rabbit_little".

    Args:
        cutouts: of all classes.
        seed: which go where.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, list[CutOut]] = {split: [] for split in SPLITS}
    for series in _series(cutouts, rng):
        wanted = max(1, round(0.15 * sum(map(len, series))))
        room = {"test": wanted, "validation": wanted}
        for group in series:
            split = next((s for s, left in room.items() if len(group) <= left), "train")
            parts[split] += group
            if split in room:
                room[split] -= len(group)
    return parts


def folded_cutouts(cutouts: Sequence[CutOut], fold: int, seed: int = 0) -> dict[str, list[CutOut]]:
    """Divides cut-outs so that over the folds each is tested once: cross-validation.

    Class by class, those whose names begin with the same word go together, the most first, to the
    quarter that has the fewest. One quarter is the test; of the rest about a tenth is for
    validation.

    Args:
        cutouts: of all classes.
        fold: which quarter is the test, from 0 to `FOLDS` - 1.
        seed: the order in which they are dealt.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, list[CutOut]] = {split: [] for split in SPLITS}
    for series in _series(cutouts, rng):
        quarters: list[list[CutOut]] = [[] for _ in range(FOLDS)]
        others = []
        for group in sorted(series, key=len, reverse=True):
            least = min(range(FOLDS), key=lambda k: len(quarters[k]))
            quarters[least] += group
            if least != fold:
                others.append(group)
        parts["test"] += quarters[fold]
        room = max(1, round(0.1 * sum(map(len, others))))
        for group in reversed(others):
            split = "validation" if len(group) <= room else "train"
            parts[split] += group
            room -= len(group) * (split == "validation")
    return parts


def _series(cutouts: Sequence[CutOut], rng: np.random.Generator) -> Iterator[list[list[CutOut]]]:
    """Per class its cut-outs by the first word of their names, in random order."""
    for label in sorted({c.label for c in cutouts}):
        groups: dict[str, list[CutOut]] = {}
        for cutout in (c for c in cutouts if c.label == label):
            groups.setdefault(_first_word(cutout.name), []).append(cutout)
        yield [groups[sorted(groups)[i]] for i in rng.permutation(len(groups))]


def _first_word(name: str) -> str:
    return re.split(r"[^a-z]", name.lower(), maxsplit=1)[0] or name
