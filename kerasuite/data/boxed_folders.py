"""Own pictures with boxes by path: COCO's JSON file beside the pictures."""

from pathlib import Path

import numpy as np

from kerasuite.data.boxed import Boxed
from kerasuite.data.coco import BoxedFile, read_coco
from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import SPLIT_NAMES
from kerasuite.data.reading import read_pictures
from kerasuite.data.splits import SPLITS, Info
from kerasuite.errors import InputError

FILES = ("annotations.json", "_annotations.coco.json")
_EXPECTED = f"expected {' or '.join(FILES)} with the pictures beside it or in images/"


def load_boxed_folder(
    root: Path, size: tuple[int, int], seed: int, limit: int | None = None
) -> tuple[dict[str, Boxed], Info]:
    """Loads pictures and the boxes that COCO's JSON gives for them.

    `root` holds annotations.json (or _annotations.coco.json) and the pictures, in images/ if there
    is such a folder; or train/, validation/ and test/ that do; splits that are missing are taken
    out of training. Pictures are resized without keeping their proportions, and so are the boxes.

    Args:
        root: the folder.
        size: height and width that pictures are brought to.
        seed: which pictures fall into the splits that are not given.
        limit: at most so many pictures per split.

    Returns:
        The splits by name, and what is known of them (but for shape and statistics).

    Raises:
        InputError: if a file or a box is not as expected (see `coco.read_coco`), the splits have
            different classes, or too little is left.
    """
    found, names, kinds = _scan(root)
    files = fill_splits(root, found, seed)
    parts, skipped = {}, []
    for split in SPLITS:
        parts[split], unread = _read(files[split][:limit], size)
        skipped += unread
        if not len(parts[split]):
            raise InputError(f"{root}: no picture for {split} can be read; {_EXPECTED}")
    if not any(len(labels) for labels in parts["train"].labels):
        raise InputError(f"{root} has no box in its training pictures: nothing can be learned")
    return parts, Info(str(root), class_names=names, kinds=kinds, skipped=tuple(skipped))


def _scan(root: Path) -> tuple[dict[str, list[BoxedFile]], tuple[str, ...], tuple[str, ...]]:
    """The pictures by split ("" where there are no split folders), and the names and kinds of the
    classes."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; {_EXPECTED}")
    if any((root / name).is_file() for name in FILES):
        pictures, names, kinds = _folder(root)
        return {"": pictures}, names, kinds
    found: dict[str, list[BoxedFile]] = {}
    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    for path in sorted(root.iterdir()):
        split = SPLIT_NAMES.get(path.name.lower())
        if not split or not path.is_dir():
            continue
        pictures, here, kinds_here = _folder(path)
        if names and here != names:
            raise InputError(
                f"The splits of {root} must have the same categories. Received: "
                f"{', '.join(names[:8])}; and in {path.name}/: {', '.join(here[:8])}"
            )
        names, kinds = here, kinds or kinds_here
        found[split] = found.get(split, []) + pictures
    if "train" not in found:
        raise InputError(f"{root} has no annotations.json, nor has {root / 'train'}; {_EXPECTED}")
    return found, names, kinds


def _folder(folder: Path) -> tuple[list[BoxedFile], tuple[str, ...], tuple[str, ...]]:
    file = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if file is None:
        raise InputError(f"{folder} has no annotations.json; {_EXPECTED}")
    images = folder / "images"
    return read_coco(file, images if images.is_dir() else folder)


def _read(
    files: list[BoxedFile], size: tuple[int, int]
) -> tuple[Boxed, tuple[tuple[str, str], ...]]:
    """Pictures and boxes of one split; those whose picture cannot be read are left out."""
    reading = read_pictures([file.path for file in files], size, 3)
    if reading.images is None:
        raise InputError(
            f"{len(files)} pictures of {size[0]}x{size[1]} pixels do not fit into memory; use a "
            "smaller image size or a limit"
        )
    readable = [file for file, ok in zip(files, reading.readable, strict=True) if ok]
    boxes = [file.boxes * _factors(file.size, size) for file in readable]
    return Boxed(reading.images, boxes, [file.labels for file in readable]), reading.skipped


def _factors(own: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """What left, top, right and bottom are multiplied by."""
    down, across = size[0] / own[0], size[1] / own[1]
    return np.array([across, down, across, down], "float32")
