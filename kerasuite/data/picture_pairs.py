"""Pictures of two kinds, in pairs or not: what translators of pictures learn from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.data.edges import edge_maps
from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import ENDINGS, SPLIT_NAMES
from kerasuite.data.load import load_pictures, looks_like_path
from kerasuite.data.reading import read_pictures, sizes_note
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

EDGES, STYLES = "edges_emoji", "noto_twemoji"
MADE = (EDGES, STYLES)
_EXPECTED = "expected A/ and B/, or pictures of two halves side by side"
_FEWEST = 2  # pictures of a split: fewer have no distribution to be compared
_KEPT = 8  # pixels that a picture is moved by at most, for one of 64


class PicturePairs:
    """Pictures of two kinds.

    Args:
        first: uint8 [n, height, width, channels].
        second: uint8 [m, height, width, channels].
        paired: whether those of one number belong together.

    Raises:
        ValueError: if pairs do not go on.
    """

    def __init__(self, first: np.ndarray, second: np.ndarray, paired: bool = True) -> None:
        if paired and len(first) != len(second):
            raise ValueError(f"expected pairs. Received: {len(first)} and {len(second)} pictures")
        self.first, self.second, self.paired = first, second, paired

    def __len__(self) -> int:
        return min(len(self.first), len(self.second))

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        return steps_per_epoch(len(self), batch_size)

    def shuffled_batches(
        self, batch_size: int, seed: int, first_epoch: int = 0, paired: bool = True
    ) -> tf.data.Dataset:
        """Endless shuffled batches of both kinds, uint8 [batch, height, width, channels] each.

        Args:
            batch_size: pictures of each kind.
            seed: of the order; see `batches.shuffled_indices`.
            first_epoch: the epoch to begin with.
            paired: whether pairs stay together, if there are any.
        """
        count = len(self)
        index = shuffled_indices(count, batch_size, seed, first_epoch)
        other = index
        if not (paired and self.paired):
            other = shuffled_indices(count, batch_size, seed + 1, first_epoch)
        with tf.device("CPU"):
            first, second = tf.constant(self.first), tf.constant(self.second)
        both = tf.data.Dataset.zip((index, other))
        return both.map(lambda i, j: (tf.gather(first, i), tf.gather(second, j)))


def load_picture_pairs(
    source: str | None, *, size: int = 64, seed: int = 0, limit: int | None = None, paired: bool
) -> Splits:
    """Loads pictures of two kinds.

    Args:
        source: "edges_emoji" (None means that), drawings of the edges of Noto emoji and the emoji;
            "noto_twemoji", the same emoji in two styles; or the path of a folder with A/ and B/
            whose files have the same names (unless not `paired`), or with pictures twice as wide as
            high, whose left half is of the first kind; or of train/, validation/ and test/ that are
            such folders. Splits that are missing are taken out of training.
        size: height and width that all pictures are brought to.
        seed: which pictures fall into the splits that are not given.
        limit: at most so many pictures per split.
        paired: whether the files of A/ and B/ must belong together.

    Returns:
        Three `PicturePairs` and their `Info`; its `shape` is that of the first kind.

    Raises:
        InputError: if there is no such source, or a picture has no partner: it is named.
    """
    source = source or EDGES
    if source in MADE:
        splits = _emoji(source, size, limit)
    elif looks_like_path(source):
        splits = _folder(Path(source).expanduser(), size, seed, limit, paired)
    else:
        raise InputError(
            f"There is no data {source!r}; expected {EDGES}, {STYLES} or the path of a folder"
        )
    return splits


def _emoji(name: str, size: int, limit: int | None) -> Splits:
    noto = load_pictures("noto_emoji", size=(size, size), limit=limit)
    # The same emoji in the same splits: both sets have the same labels.
    other = noto if name == EDGES else load_pictures("twemoji", size=(size, size), limit=limit)
    parts, licence, citation = [], noto.info.licence, noto.info.citation
    for split in SPLITS:
        own, its = getattr(noto, split).images, getattr(other, split).images
        parts.append(PicturePairs(edge_maps(own), own) if name == EDGES else PicturePairs(own, its))
    if name == STYLES:
        licence, citation = (
            f"{licence} and {other.info.licence}",
            f"{citation}; {other.info.citation}",
        )
    info = Info(name, shape=parts[0].first.shape[1:], licence=licence, citation=citation)
    return Splits(*parts, info)


def _folder(root: Path, size: int, seed: int, limit: int | None, paired: bool) -> Splits:
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; {_EXPECTED}")
    folders = {
        SPLIT_NAMES[p.name.lower()]: p
        for p in sorted(root.iterdir())
        if p.is_dir() and p.name.lower() in SPLIT_NAMES
    } or {"": root}
    if "" not in folders and "train" not in folders:
        raise InputError(f"{root} has {', '.join(sorted(folders))} but no train/; {_EXPECTED}")
    halves = not any((p / "A").is_dir() for p in folders.values())
    if halves or paired or all(map(_matched, folders.values())):
        listed = {split: _pairs(p, halves) for split, p in folders.items()}
        pairs = fill_splits(root, listed, seed)
        kinds = _read_pairs(pairs, halves, size, limit)
        files = [path for part in pairs.values() for pair in part for path in pair]
        note = sizes_note(files, (size, 2 * size if halves else size))
        return _splits(root, kinds, True, note)
    sides = [
        fill_splits(root, {s: _files(p / side) for s, p in folders.items()}, seed) for side in "AB"
    ]
    kinds = {s: [_read(part[s][:limit], size) for part in sides] for s in SPLITS}
    files = [path for side in sides for part in side.values() for path in part]
    return _splits(root, kinds, False, sizes_note(files, (size, size)))


def _matched(folder: Path) -> bool:
    """Whether A/ and B/ hold files of the same names: pairs, even if nobody asks for them."""
    first, second = ({p.stem for p in _files(folder / side)} for side in "AB")
    return first == second


def _splits(root: Path, kinds: dict[str, list[np.ndarray]], paired: bool, note: str) -> Splits:
    parts = [PicturePairs(*kinds[split], paired) for split in SPLITS]
    for split, part in zip(SPLITS, parts, strict=True):
        if (count := min(len(part.first), len(part.second))) < _FEWEST:
            raise InputError(
                f"{root} has too few pictures for {split}: expected at least {_FEWEST} of each "
                f"kind. Received: {count}"
            )
    return Splits(*parts, Info(str(root), shape=parts[0].first.shape[1:], note=note))


def _pairs(folder: Path, halves: bool) -> list[tuple[Path, ...]]:
    if halves:
        return [(path,) for path in _files(folder)]
    first, second = ({p.stem: p for p in _files(folder / side)} for side in "AB")
    if alone := sorted(first.keys() ^ second.keys()):
        named = ", ".join(str(first.get(stem) or second[stem]) for stem in alone[:3])
        more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
        raise InputError(
            f"{folder}: pictures without a partner of the same name: {named}{more}; expected the "
            "same names in A/ and B/"
        )
    return [(first[stem], second[stem]) for stem in sorted(first)]


def _files(folder: Path) -> list[Path]:
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [p for p in inside if p.suffix.lower() in ENDINGS and not p.name.startswith(".")]
    if not files:
        raise InputError(f"{folder} holds no picture; {_EXPECTED}")
    return files


def _read_pairs(
    listed: dict[str, list[tuple[Path, ...]]], halves: bool, size: int, limit: int | None
) -> dict[str, list[np.ndarray]]:
    found = {}
    for split, pairs in listed.items():
        columns = list(zip(*pairs[:limit], strict=True))
        if halves:
            whole = _read(columns[0], size, 2 * size)
            found[split] = [whole[:, :, :size], whole[:, :, size:]]
        else:
            found[split] = [_read(files, size) for files in columns]
    return found


def _read(files: Sequence[Path], size: int, width: int | None = None) -> np.ndarray:
    """uint8 [n, size, width or size, 3]; every file must be readable, or pairs would shift."""
    reading = read_pictures(files, (size, width or size), 3)
    if reading.skipped:
        path, reason = reading.skipped[0]
        raise InputError(f"{path} cannot be used: {reason}; take it and its partner away")
    if reading.images is None:
        raise InputError(f"{len(files)} pictures do not fit into memory; use a smaller image size")
    return reading.images


def jitter(
    seed: int, step: tf.Tensor, first: tf.Tensor, second: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Moves and mirrors both pictures of each pair alike.

    Args:
        seed, step: the same numbers give the same moves.
        first: [batch, height, width, channels].
        second: the same, with other channels.
    """
    both = tf.concat([first, second], axis=-1)
    shape = tf.shape(both)
    room = tf.maximum(1, shape[1] // _KEPT // 2)
    grown = tf.pad(both, [[0, 0], [room, room], [room, room], [0, 0]], "REFLECT")
    key = tf.stack([tf.cast(seed, tf.int64), tf.cast(step, tf.int64)])
    moved = tf.image.stateless_random_crop(grown, shape, key)
    mirrored = tf.image.stateless_random_flip_left_right(moved, key + 1)
    return tf.split(mirrored, [first.shape[-1], second.shape[-1]], axis=-1)
