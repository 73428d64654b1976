"""Pictures and the same made smaller: what nets that make pictures larger learn from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.data.catalogue import find
from kerasuite.data.decoding import decode_original
from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import ENDINGS, SPLIT_NAMES
from kerasuite.data.load import load_pictures, looks_like_path
from kerasuite.data.reading import MOST_IN_MEMORY, unreadable_reason, with_bar
from kerasuite.data.scene_materials import photographs
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

EMOJI = ("noto_emoji", "twemoji")
PHOTOGRAPHS = "photographs"
FEWEST = 2  # squares of a split: the features of one have no spread
BICUBIC, LANCZOS = Image.Resampling.BICUBIC, Image.Resampling.LANCZOS


class Enlargements:
    """Large pictures, of any sizes, and small ones made of them by bicubic interpolation.

    Args:
        pictures: uint8 [height, width, 3] each, no side smaller than `patch`. What is left over of
            their sides beyond multiples of `scale` is cut off.
        scale: how many times smaller.
        patch: side of the squares that are learned from, in pixels of the large pictures, a
            multiple of `scale`.
    """

    def __init__(self, pictures: Sequence[np.ndarray], scale: int, patch: int) -> None:
        self.large = [_divisible(picture, scale) for picture in pictures]
        self.small = [resized(p, 1 / scale, BICUBIC) for p in self.large]
        self.scale, self.patch = scale, patch
        counts = [max(1, h // patch * (w // patch)) for h, w, _ in (p.shape for p in self.large)]
        self._owners = np.repeat(np.arange(len(counts)), counts)

    def __len__(self) -> int:
        return len(self.large)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches make one epoch: as many squares as fit into all pictures."""
        return steps_per_epoch(len(self._owners), batch_size)

    def shuffled_batches(
        self, batch_size: int, seed: int, first_epoch: int = 0, mirrored: bool = False
    ) -> tf.data.Dataset:
        """Endless batches of small and large squares at random places.

        Args:
            batch_size: squares per batch.
            seed: of order, places and mirroring; step by step, see `batches.shuffled_indices`.
            first_epoch: the epoch to begin with.
            mirrored: whether half of them are mirrored, left to right.

        Returns:
            uint8 [batch, patch / scale, patch / scale, 3] and [batch, patch, patch, 3].
        """

        def cut(step: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, ...]:
            rng = np.random.default_rng([seed, int(step)])
            pairs = [self._cut(self._owners[row], rng, mirrored) for row in rows]
            return tuple(np.stack(side) for side in zip(*pairs, strict=True))

        def shaped(step: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, ...]:
            found = tf.numpy_function(cut, [step, rows], (tf.uint8, tf.uint8), stateful=False)
            sides = (self.patch // self.scale, self.patch)
            return tuple(
                tf.ensure_shape(x, [None, side, side, 3])
                for x, side in zip(found, sides, strict=True)
            )

        index = shuffled_indices(len(self._owners), batch_size, seed, first_epoch)
        index = index.enumerate(first_epoch * self.steps_per_epoch(batch_size))
        return index.map(shaped, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def squares(self, pictures: Sequence[np.ndarray] | None = None, most: int = 2000) -> np.ndarray:
        """The squares side by side that pictures can be cut into.

        Args:
            pictures: as large as the large ones, which are taken if it is None.
            most: the first so many squares.

        Returns:
            uint8 [n, patch, patch, 3].
        """
        found, side = [], self.patch
        for picture in self.large if pictures is None else pictures:
            height, width = picture.shape[:2]
            found += [
                picture[top : top + side, left : left + side]
                for top in range(0, height - side + 1, side)
                for left in range(0, width - side + 1, side)
            ]
        return np.stack(found[:most])

    def _cut(
        self, number: int, rng: np.random.Generator, mirrored: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        small, large, s = self.small[number], self.large[number], self.scale
        side = self.patch // s
        top, left = (int(rng.integers(n - side + 1)) for n in small.shape[:2])
        low = small[top : top + side, left : left + side]
        high = large[s * top : s * (top + side), s * left : s * (left + side)]
        return (low[:, ::-1], high[:, ::-1]) if mirrored and rng.random() < 0.5 else (low, high)


def resized(picture: np.ndarray, factor: float, how: Image.Resampling) -> np.ndarray:
    """A picture made larger or smaller; smaller ones without aliasing, as MATLAB's imresize does.

    Args:
        picture: uint8 [height, width, 3].
        factor: of both sides.
        how: the kernel: `BICUBIC` (Keys's with a = -0.5) or `LANCZOS` (of three lobes).
    """
    height, width = (round(side * factor) for side in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), how))


def load_enlargements(
    source: str | None, *, scale: int, patch: int, seed: int = 0, limit: int | None = None
) -> Splits:
    """Loads large pictures and makes small ones of them.

    Args:
        source: "noto_emoji" (None means that) or "twemoji", 64x64; "photographs", those that
            tuxpaint_scenes is composed on, with the longer side of at most 768 pixels; or the path
            of a folder of pictures of any sizes, or of train/, validation/ and test/ that hold
            them. Splits that are missing are taken out of training.
        scale: how many times smaller the small ones are.
        patch: side of the squares that are learned from.
        seed: which pictures fall into the splits that are not given.
        limit: at most so many pictures per split.

    Returns:
        Three `Enlargements` and their `Info`; its `shape` is that of the small squares.

    Raises:
        InputError: if there is no such source, or too few of a split's pictures can be used.
    """
    source = source or EMOJI[0]
    if source in EMOJI:
        loaded = load_pictures(source, limit=limit)
        parts = {split: list(getattr(loaded, split).images) for split in SPLITS}
        info = {"licence": loaded.info.licence, "citation": loaded.info.citation}
    elif source == PHOTOGRAPHS:
        entry = find("tuxpaint_scenes")
        parts = photographs()
        info = {"licence": entry.licence, "citation": entry.attribution}
    elif looks_like_path(source):
        parts, info = _folder(Path(source).expanduser(), seed)
    else:
        raise InputError(
            f"There is no data {source!r}; expected {', '.join(EMOJI)}, {PHOTOGRAPHS} or the path "
            "of a folder of pictures"
        )
    found = []
    for split in SPLITS:
        fitting = [p for p in parts[split] if min(p.shape[:2]) >= patch][:limit]
        squares = sum((p.shape[0] // patch) * (p.shape[1] // patch) for p in fitting)
        if squares < FEWEST:
            raise InputError(
                f"{source} has too few pictures for {split}: expected {FEWEST} squares of "
                f"{patch}x{patch} pixels or more; use more pictures or a smaller patch. Received: "
                f"{len(parts[split])} pictures with {squares}"
            )
        found.append(Enlargements(fitting, scale, patch))
    return Splits(*found, Info(source, shape=(patch // scale, patch // scale, 3), **info))


def _folder(root: Path, seed: int) -> tuple[dict[str, list[np.ndarray]], dict]:
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; expected a folder of pictures")
    inside = sorted(p for p in root.iterdir() if p.is_dir() and p.name.lower() in SPLIT_NAMES)
    listed = {SPLIT_NAMES[p.name.lower()]: _files(p) for p in inside} or {"": _files(root)}
    splits = fill_splits(root, listed, seed)
    skipped: list[tuple[str, str]] = []
    total, parts = 0, {}
    for split, files in splits.items():
        parts[split] = []
        for path in with_bar(files, len(files), f"Reading {split} pictures"):
            try:
                picture = decode_original(tf.constant(path.read_bytes())).numpy()
            except (OSError, tf.errors.OpError) as e:
                skipped.append((str(path), unreadable_reason(path, e)))
                continue
            parts[split].append(picture)
            total += picture.size
            if total > MOST_IN_MEMORY:
                raise InputError(
                    f"{root} holds more than {MOST_IN_MEMORY // 2**20} MiB of pixels; use fewer or "
                    "smaller pictures"
                )
    return parts, {"skipped": tuple(skipped)}


def _files(folder: Path) -> list[Path]:
    files = [p for p in sorted(folder.iterdir()) if p.name.lower().endswith(ENDINGS)]
    if not files:
        raise InputError(
            f"{folder} holds no picture; expected files ending in {', '.join(ENDINGS)}"
        )
    return files


def _divisible(picture: np.ndarray, scale: int) -> np.ndarray:
    height, width = (side // scale * scale for side in picture.shape[:2])
    return np.ascontiguousarray(picture[:height, :width])
