"""Own clips by path: a folder per class of GIF or WebP files, or of folders of frames."""

import concurrent.futures
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from kerasuite.data.clips import Clips, even_steps
from kerasuite.data.decoding import decode_frames, decode_picture, fit_pictures
from kerasuite.data.folders import ENDINGS, class_folders
from kerasuite.data.labelled import Labelled
from kerasuite.data.reading import (
    MOST_IN_MEMORY,
    picture_sums,
    unreadable_reason,
    with_bar,
)
from kerasuite.data.splits import Info
from kerasuite.errors import InputError

MOVING_ENDINGS = (".gif", ".webp")
_LEAST_FRAMES = 2
_EXPECTED = (
    f"expected files ending in {' or '.join(MOVING_ENDINGS)}, or folders of numbered pictures"
)


@dataclass(frozen=True)
class _Found:
    """A clip: a file, or the pictures of a folder in the order of their names."""

    path: Path
    label: int
    split: str
    pictures: tuple[Path, ...] = ()


def read_clip_folder(root: Path, frames: int, size: tuple[int, int], channels: int) -> Labelled:
    """Reads every clip below a folder.

    Args:
        root: holds a folder per class; or train/, and maybe validation/ and test/, which do. In a
            class's folder lie .gif and .webp files, and folders that hold a clip's frames as
            pictures, in the order of their names (numbers in them count as numbers).
        frames: frames of each clip, taken from the first to the last in even steps.
        size: height and width.
        channels: 1 for grey, 3 for colour.

    Returns:
        All clips; those that cannot be read, or hold less than two frames, are among
        `info.skipped`.

    Raises:
        InputError: if `root` is not such a folder, or a class has no clip that can be used.
    """
    names, folders = class_folders(root)
    found, ignored = _scan(names, folders)
    shape = (frames, *size, channels)
    if len(found) * int(np.prod(shape)) > MOST_IN_MEMORY:
        raise InputError(
            f"{root}: {len(found)} clips of {frames} frames of {size[0]}x{size[1]} pixels do not "
            "fit into memory; use fewer frames or a smaller image size"
        )
    clips, reasons = np.empty((len(found), *shape), "uint8"), [""] * len(found)

    def read(i: int) -> None:
        try:
            clips[i] = _read(found[i], frames, size, channels)
        except (OSError, tf.errors.OpError) as e:
            path = found[i].path
            reasons[i] = "damaged pictures" if path.is_dir() else unreadable_reason(path, e)
        except _TooShortError as e:
            reasons[i] = str(e)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(with_bar(pool.map(read, range(len(found))), len(found), "Reading clips"))
    good = np.array([not reason for reason in reasons], bool)
    skipped = tuple((str(f.path), r) for f, r in zip(found, reasons, strict=True) if r)
    labels = np.array([f.label for f in found], "int32")[good]
    splits = np.array([f.split for f in found], "U10")[good]
    _check_classes(root, names, labels, splits, skipped)
    clips = clips[good]
    sums = picture_sums(clips.reshape(len(clips), -1, size[1], channels))
    info = Info(str(root), class_names=tuple(names), skipped=skipped, ignored=ignored)
    return Labelled(Clips(labels, clips), sums, splits, info)


class _TooShortError(Exception):
    """A clip that holds no motion."""


def _scan(names: list[str], folders: dict[str, dict[str, list[Path]]]) -> tuple[list[_Found], int]:
    found, ignored = [], 0
    for label, name in enumerate(names):
        for split, classes in folders.items():
            for folder in classes.get(name, []):
                for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
                    pictures = _sequence(path) if path.is_dir() else ()
                    if pictures or path.suffix.lower() in MOVING_ENDINGS:
                        found.append(_Found(path, label, split, pictures))
                    else:
                        ignored += 1
    return found, ignored


def _sequence(folder: Path) -> tuple[Path, ...]:
    files = [
        p
        for p in folder.iterdir()
        if p.suffix.lower() in ENDINGS and not p.name.startswith(".") and p.is_file()
    ]
    return tuple(sorted(files, key=_counted))


def _counted(path: Path) -> list[tuple[int, str]]:
    """A key by which "2.png" comes before "10.png"."""
    parts, digits = [], ""
    for character in f"{path.name}\0":
        if character.isascii() and character.isdigit():
            digits += character
            continue
        if digits:
            parts.append((int(digits[:18]), ""))
            digits = ""
        parts.append((-1, character))
    return parts


def _read(clip: _Found, frames: int, size: tuple[int, int], channels: int) -> np.ndarray:
    """uint8 [frames, height, width, channels]."""
    if clip.pictures:
        _check_length(len(clip.pictures))
        chosen = even_steps(len(clip.pictures), frames).numpy()
        pictures = {
            i: decode_picture(tf.constant(clip.pictures[i].read_bytes()), size, channels).numpy()
            for i in set(chosen.tolist())
        }
        return np.stack([pictures[i] for i in chosen.tolist()])
    whole = decode_frames(tf.constant(clip.path.read_bytes()))
    _check_length(len(whole))
    return fit_pictures(tf.gather(whole, even_steps(len(whole), frames)), size, channels).numpy()


def _check_length(count: int) -> None:
    if count < _LEAST_FRAMES:
        raise _TooShortError(f"too short: {count} frame; at least {_LEAST_FRAMES} are needed")


def _check_classes(
    root: Path,
    names: list[str],
    labels: np.ndarray,
    splits: np.ndarray,
    skipped: tuple[tuple[str, str], ...],
) -> None:
    trained = set(labels[np.isin(splits, ("", "train"))].tolist())
    for label, name in enumerate(names):
        if label not in trained:
            first = next((s for s in skipped if name in Path(s[0]).parts), None)
            received = f"{first[0]}: {first[1]}" if first else "none"
            raise InputError(
                f"{root}: the class {name!r} has no clip that can be used; {_EXPECTED}. "
                f"Received: {received}"
            )
