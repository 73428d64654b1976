"""Patches of photographs and other pictures, in grey: what codes of pictures learn from."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.data import catalogue
from kerasuite.data.batches import Examples
from kerasuite.data.decoding import decode_original
from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import ENDINGS
from kerasuite.data.load import load_pictures, looks_like_path
from kerasuite.data.reading import unreadable_reason
from kerasuite.data.scene_materials import library_photograph, photographs
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

PHOTOGRAPHS, STAMPS = "photographs", "tuxpaint_scenes"
_SHARES = {"train": 1.0, "validation": 0.2, "test": 0.2}
# Patches that vary less, in shares of the way from black to white, hold nothing to learn.
_FLAT = 0.03
_TRIES = 20


class Patches(Examples):
    """Square patches of one split, and the pictures they were cut from.

    Args:
        rows: float32 [n, side * side], from 0 to 1.
        pictures: float32 [height, width] each, from 0 to 1.
    """

    def __init__(self, rows: np.ndarray, pictures: list[np.ndarray]) -> None:
        self.rows, self.pictures = rows, pictures

    def __len__(self) -> int:
        return len(self.rows)

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        with tf.device("CPU"):
            rows = tf.constant(self.rows)
        return index.map(lambda i: tf.gather(rows, i)).prefetch(tf.data.AUTOTUNE)


def load_patches(source: str | None, *, side: int, count: int, seed: int = 0) -> Splits:
    """Cuts patches out of pictures at random places; nearly flat ones are left out.

    Args:
        source: "photographs" (None means that), the two of scikit-learn; "tuxpaint_scenes", the 28
            photographs of those scenes (fetched first if need be); another name of the catalogue
            with labelled pictures; or the path of a folder, with its folders, whose pictures are
            divided 70/15/15.
        side: height and width of a patch in pixels.
        count: how many patches to learn from; a fifth as many each for validation and test.
        seed: of the places, and of the division of a folder.

    Returns:
        Three `Patches` and their `Info`.

    Raises:
        InputError: if there is no such source, or its pictures are too small or too flat.
    """
    pictures, info = _pictures(source or PHOTOGRAPHS, seed)
    rng = np.random.default_rng(seed)
    parts = []
    for split in SPLITS:
        grey = [_grey(p) for p in pictures[split]]
        wanted = max(1, round(_SHARES[split] * count))
        parts.append(Patches(_cut(grey, side, wanted, rng, f"{info['name']}, {split}"), grey))
    return Splits(*parts, Info(shape=(side, side, 1), **info))


def _pictures(source: str, seed: int) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]]:
    """Pictures by split, uint8 [height, width, 1 or 3], and what `Info` says of them."""
    if source == PHOTOGRAPHS:
        china, flower = library_photograph("china.jpg"), library_photograph("flower.jpg")
        edge = 3 * china.shape[1] // 4
        found = {"train": [china[:, :edge]], "validation": [china[:, edge:]], "test": [flower]}
        citation = "scikit-learn's china.jpg by danielbuechele and flower.jpg by vultilion"
        return found, {"name": source, "licence": "CC-BY-2.0", "citation": citation}
    if source == STAMPS:
        entry = catalogue.find(source)
        about = {"name": source, "licence": entry.licence, "citation": entry.citation}
        return photographs(), about
    if looks_like_path(source) and source not in catalogue.names():
        found, skipped = _folder(Path(source).expanduser(), seed)
        return found, {"name": source, "skipped": skipped}
    splits = load_pictures(source, seed=seed)
    found = {
        s: list(part.array(np.arange(len(part)))) for s in SPLITS if (part := getattr(splits, s))
    }
    info = splits.info
    return found, {"name": info.name, "licence": info.licence, "citation": info.citation}


def _folder(
    root: Path, seed: int
) -> tuple[dict[str, list[np.ndarray]], tuple[tuple[str, str], ...]]:
    files = sorted(p for p in root.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
    if not files:
        raise InputError(f"{root} holds no picture; expected a folder with {', '.join(ENDINGS)}")
    found, skipped = [], []
    for path in files:
        try:
            found.append(decode_original(path.read_bytes()).numpy())
        except (OSError, tf.errors.OpError) as e:
            skipped.append((str(path), unreadable_reason(path, e)))
    return fill_splits(root, {"": found}, seed), tuple(skipped)


def _grey(picture: np.ndarray) -> np.ndarray:
    if picture.shape[-1] == 3:
        return (picture @ np.array([0.299, 0.587, 0.114]) / 255).astype("float32")
    return (picture[..., 0] / 255).astype("float32")


def _cut(
    pictures: list[np.ndarray], side: int, count: int, rng: np.random.Generator, where: str
) -> np.ndarray:
    """float32 [count, side * side] at random places, pictures by their areas."""
    rooms = [max(0, p.shape[0] - side + 1) * max(0, p.shape[1] - side + 1) for p in pictures]
    if not sum(rooms):
        raise InputError(f"{where}: no picture has {side}x{side} pixels, the size of a patch")
    chances = np.array(rooms) / sum(rooms)
    found: list[np.ndarray] = []
    for _ in range(_TRIES * count):
        picture = pictures[rng.choice(len(pictures), p=chances)]
        y, x = (rng.integers(0, length - side + 1) for length in picture.shape)
        patch = picture[y : y + side, x : x + side]
        if patch.std() > _FLAT:
            found.append(patch.ravel())
            if len(found) == count:
                return np.stack(found)
    raise InputError(
        f"{where}: too flat; expected {count} patches with a deviation above {_FLAT:.0%}. "
        f"Received: {len(found)} of {_TRIES * count}"
    )
