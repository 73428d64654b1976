"""Own pictures with masks by path: images/ and masks/, file beside file of the same name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import ENDINGS, SPLIT_NAMES
from kerasuite.data.mask_labels import Labels, read_labels, read_mask
from kerasuite.data.reading import read_pictures
from kerasuite.data.scenes import Scenes
from kerasuite.data.splits import SPLITS
from kerasuite.errors import InputError

_EXPECTED = "expected images/ and masks/ with files of the same names"


@dataclass(frozen=True)
class _Pair:
    image: Path
    mask: Path


def load_mask_folder(
    root: Path, size: tuple[int, int], seed: int, limit: int | None = None
) -> tuple[dict[str, Scenes], dict[str, Any]]:
    """Loads pictures and their masks.

    `root` holds images/ and masks/ (PNG) with files of the same names up to the ending; or
    train/, validation/ and test/ that do; splits that are missing are taken out of training. What
    the numbers or colours in the masks mean, and which are allowed, is said in `mask_labels`.

    Args:
        root: the folder.
        size: height and width that pictures (smoothly) and masks (to the nearest pixel) are
            brought to.
        seed: which pictures fall into the splits that are not given.
        limit: at most so many pictures per split.

    Returns:
        The splits by name, and their name, class names and skipped files.

    Raises:
        InputError: if a picture has no mask or a mask no picture, their sizes differ, a mask
            holds an unknown class, or too little is left.
    """
    pairs = fill_splits(root, _scan(root), seed)
    if limit is not None:
        pairs = {split: part[:limit] for split, part in pairs.items()}
    labels = read_labels(root, [pair.mask for part in pairs.values() for pair in part])
    parts, skipped = {}, []
    for split in SPLITS:
        parts[split], unread = _read(pairs[split], labels, size)
        skipped += unread
        if not len(parts[split]):
            raise InputError(f"{root}: no picture for {split} can be read; {_EXPECTED}")
    info = {"name": str(root), "class_names": labels.names, "skipped": tuple(skipped)}
    return parts, info


def _scan(root: Path) -> dict[str, list[_Pair]]:
    """The pairs by split; "" where there are no split folders."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; {_EXPECTED}")
    if (root / "images").is_dir():
        return {"": _pairs(root)}
    found: dict[str, list[_Pair]] = {}
    for path in sorted(root.iterdir()):
        split = SPLIT_NAMES.get(path.name.lower())
        if split and (path / "images").is_dir():
            found[split] = found.get(split, []) + _pairs(path)
    if "train" not in found:
        raise InputError(f"{root} has no folder images/, nor train/images/; {_EXPECTED}")
    return found


def _pairs(folder: Path) -> list[_Pair]:
    images = _by_stem(folder / "images", ENDINGS)
    masks = _by_stem(folder / "masks", (".png",))
    for stem in sorted(images.keys() ^ masks.keys()):
        alone = images.get(stem) or masks[stem]
        other = "mask masks/" if stem in images else "picture images/"
        raise InputError(f"{alone} has no {other}{stem}.png; {_EXPECTED}")
    if not images:
        raise InputError(f"{folder / 'images'} holds no picture; {_EXPECTED}")
    return [_Pair(images[stem], masks[stem]) for stem in sorted(images)]


def _by_stem(folder: Path, endings: tuple[str, ...]) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; {_EXPECTED}")
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in endings]
    found: dict[str, Path] = {}
    for path in (p for p in files if not p.name.startswith(".")):
        if path.stem in found:
            raise InputError(
                f"{path} and {found[path.stem].name} have the same name; expected one each"
            )
        found[path.stem] = path
    return found


def _read(
    pairs: list[_Pair], labels: Labels, size: tuple[int, int]
) -> tuple[Scenes, tuple[tuple[str, str], ...]]:
    """Pictures and masks of one split; those whose picture cannot be read are left out."""
    reading = read_pictures([pair.image for pair in pairs], size, 3)
    if reading.images is None:
        raise InputError(
            f"{len(pairs)} pictures of {size[0]}x{size[1]} pixels do not fit into memory; use a "
            "smaller image size or a limit"
        )
    readable = [pair for pair, ok in zip(pairs, reading.readable, strict=True) if ok]
    masks = np.zeros((len(readable), *size), "uint8")
    for i, pair in enumerate(readable):
        mask = labels.classes(pair.mask, read_mask(pair.mask))
        with Image.open(pair.image) as picture:
            width, height = picture.size
        if mask.shape != (height, width):
            raise InputError(
                f"{pair.mask} must be as large as its picture, {width}x{height} pixels. "
                f"Received: {mask.shape[1]}x{mask.shape[0]}"
            )
        nearest = Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST)
        masks[i] = np.asarray(nearest)
    return Scenes(reading.images, masks), reading.skipped
