"""Own pictures by path: a folder per class, with or without folders per split."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.errors import InputError

# What pictures that differ in size are brought to, unless another size is asked for.
SIZE = (64, 64)
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B", "F"}


@dataclass(frozen=True)
class Scan:
    """The picture files below a folder.

    Attributes:
        class_names: sorted.
        files: all picture files, class by class.
        labels: int32 [n].
        splits: per file "train", "validation" or "test"; or "" if the folder has no split folders.
        ignored: how many files have an ending that is no picture's.
    """

    class_names: tuple[str, ...]
    files: tuple[Path, ...]
    labels: np.ndarray
    splits: np.ndarray
    ignored: int


def scan(root: Path) -> Scan:
    """Finds the classes and the picture files below `root`.

    Args:
        root: holds a folder per class; or train/, and maybe validation/ and test/, which do.

    Raises:
        InputError: if `root` is not such a folder.
    """
    names, found = class_folders(root)
    files, labels, splits, ignored = [], [], [], 0
    for label, name in enumerate(names):
        for part, classes in found.items():
            pictures, others = _pictures(classes.get(name, []))
            if not pictures and part in ("", "train"):
                raise InputError(
                    f"{root}: the class {name!r} has no picture; expected files ending in "
                    f"{', '.join(ENDINGS)}. Received: {others} other files"
                )
            files += pictures
            labels += [label] * len(pictures)
            splits += [part] * len(pictures)
            ignored += others
    return Scan(tuple(names), tuple(files), np.array(labels, "int32"), np.array(splits), ignored)


def class_folders(root: Path) -> tuple[list[str], dict[str, dict[str, list[Path]]]]:
    """Finds the folders of each class below `root`.

    Args:
        root: as for `scan`.

    Returns:
        The sorted names of the classes; and by split ("" if there are no split folders), by
        class, the folders that hold its examples.

    Raises:
        InputError: if `root` is not such a folder.
    """
    _check_folder(root)
    parts = _split_folders(root) or {"": [root]}
    found = {part: _classes(folders) for part, folders in parts.items()}
    names = sorted(found.get("train", found.get("", {})))
    _check_classes(root, names, found)
    return names, found


def channels_of(files: Sequence[Path], sample: int = 64) -> int:
    """1 if all of a sample of the files are grey pictures, else 3."""
    chosen = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, sample).astype(int))]
    return 1 if all(_mode(path) in _GREY_MODES for path in chosen) else 3


def _mode(path: Path) -> str:
    try:
        with Image.open(path) as picture:
            return picture.mode
    except Exception:  # unreadable files are found, named and counted when all are decoded
        return "L"


def _check_folder(root: Path) -> None:
    expected = "expected a folder that holds a folder of pictures per class"
    if not root.exists():
        raise InputError(f"{root} does not exist; {expected}")
    if not root.is_dir():
        raise InputError(f"{root} is a file; {expected}")
    if not os.access(root, os.R_OK | os.X_OK):
        raise InputError(f"{root} may not be read by this user; {expected}")
    if not _visible(root):
        raise InputError(f"{root} is empty; {expected}")


def _check_classes(root: Path, names: list[str], found: dict[str, dict[str, list[Path]]]) -> None:
    if not names:
        raise InputError(
            f"{root} holds no folders; expected one folder of pictures per class. "
            f"Received: {len(_visible(root))} files"
        )
    if len(names) < 2:
        raise InputError(f"{root}: at least two classes are needed; found only {names[0]!r}")
    for part, classes in found.items():
        if unknown := sorted(set(classes) - set(names)):
            raise InputError(
                f"{root}: {part} has the class {unknown[0]!r}, which train lacks; expected "
                f"classes among {', '.join(names[:10])}"
            )


def _split_folders(root: Path) -> dict[str, list[Path]]:
    """The split folders by split; none unless there is one for training that holds folders.

    A folder called "train" that holds pictures itself is a class: trains.
    """
    parts: dict[str, list[Path]] = {}
    for path in _visible(root):
        if path.is_dir() and path.name.lower() in SPLIT_NAMES:
            parts.setdefault(SPLIT_NAMES[path.name.lower()], []).append(path)
    holds_folders = any(p.is_dir() for f in parts.get("train", []) for p in _visible(f))
    return parts if holds_folders else {}


def _classes(folders: list[Path]) -> dict[str, list[Path]]:
    """The class folders below `folders`, by name. A link to where it lies in is none."""
    classes: dict[str, list[Path]] = {}
    for folder in folders:
        for path in _visible(folder):
            if path.is_dir() and not folder.resolve().is_relative_to(path.resolve()):
                classes.setdefault(path.name, []).append(path)
    return classes


def _pictures(folders: list[Path]) -> tuple[list[Path], int]:
    """The picture files at any depth below `folders`, and the number of other files.

    Links to folders are not followed, so no loop of links can be walked.
    """
    pictures, others = [], 0
    for folder in folders:
        for at, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if name.startswith("."):
                    continue
                if name.lower().endswith(ENDINGS):
                    pictures.append(Path(at, name))
                else:
                    others += 1
    return pictures, others


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as e:
        raise InputError(f"{folder} cannot be read: {e.strerror or e}") from e
