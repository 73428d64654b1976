"""Pictures with several labels each: overlapping pairs, kinds of garments, or an own table."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd

from kerasuite.data import catalogue, folders
from kerasuite.data.decoding import fit_array
from kerasuite.data.load import load_pictures
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import mean_and_std, picture_sums, read_pictures
from kerasuite.data.sampling import stratified_sample
from kerasuite.data.splits import SPLITS, Splits
from kerasuite.data.tables import ENDINGS, load_label_columns
from kerasuite.errors import InputError

Task = tuple[str, tuple[str, ...]]  # a name and the names of its classes

OWN_SIZE = (32, 32)
FASHION_KINDS = {
    "top": ("T-shirt/top", "Pullover", "Coat", "Shirt"),
    "trousers": ("Trouser",),
    "dress": ("Dress",),
    "shoe": ("Sandal", "Sneaker", "Ankle boot"),
    "bag": ("Bag",),
}
# Each picture comes to lie so often in each place.
_REPEATS = 2
# Pairs are composed on a canvas that is larger by this share of the pictures' side.
_OFFSET = 2 / 7


def load_multitask(
    source: str | None = None,
    *,
    tasks: str = "pairs",
    column: str = "picture",
    labels: tuple[str, ...] = (),
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    seed: int = 0,
    limit: int | None = None,
) -> Splits:
    """Loads pictures with several labels each, divided into training, validation and test.

    Args:
        source: a table (see `load_label_columns`) that names picture files below its own folder;
            or any source of `load_pictures`, of which `tasks` makes examples with two labels.
        tasks: "pairs": two pictures that overlap, and both are asked for; "kinds", for
            Fashion-MNIST: the class of a garment and its kind, which follows from the class.
        column: of a table, the column with the files' names.
        labels: of a table, the label columns; all others if none is named.
        size: height and width; None for the set's own, or 32x32 for a table's pictures.
        channels: 1 for grey, 3 for colour; None for the set's own.
        seed: which rows or files fall into which split, and which ones `limit` takes.
        limit: at most so many pictures per split.

    Returns:
        Three `Pictures` whose labels are int32 [n, tasks], and their `Info` with its `tasks`.

    Raises:
        InputError: if there is no such source, or it cannot be used.
        KerasuiteError: if it cannot be fetched.
    """
    if source is not None and _is_table(source):
        splits = _of_table(source, column, labels, size, channels, seed, limit)
    elif labels:
        raise InputError(
            f"labels need a table that has them, a file ending in {', '.join(ENDINGS)}. "
            f"Received: {source or 'the data that ships with the app'}"
        )
    elif tasks == "kinds":
        splits = _kinds(load_pictures(source, size=size, channels=channels, seed=seed, limit=limit))
    else:
        # Of so few pictures the pairs are made, rather than made of all and thrown away.
        splits = _pairs(load_pictures(source, size=size, channels=channels, seed=seed, limit=limit))
    parts = {name: getattr(splits, name) for name in SPLITS}
    if limit is not None:
        parts = {name: _sample(part, limit, seed) for name, part in parts.items()}
    sums = picture_sums(parts["train"].images)
    mean, std = mean_and_std(sums)
    return Splits(**parts, info=dataclasses.replace(splits.info, mean=mean, std=std))


def overlay_pairs(
    pictures: np.ndarray, labels: np.ndarray, repeats: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Lays pictures over each other in pairs, one towards the upper left, one the lower right.

    The canvas is larger than the pictures by two sevenths (36 pixels for pictures of 28) and is
    brought back to their size. Where two overlap, the pixel that differs more from the ground is
    seen: the lighter on dark ground.

    Args:
        pictures: uint8 [n, height, width, channels], all on dark or all on light ground.
        labels: int [n].
        repeats: how many pairs hold each picture in each of the two places.
        seed: which pictures meet.

    Returns:
        uint8 [repeats * n, height, width, channels]; and int32 [repeats * n, 2], the label in the
        upper left and the one in the lower right.

    Reference:
        Sabour et al. 2017, "Dynamic routing between capsules", section 6 (overlapping digits);
        Lin et al. 2019, "Pareto multi-task learning", section 5.1 (the same with garments, and
        the sizes used here).
    """
    rng = np.random.default_rng(seed)
    n, height, width, channels = pictures.shape
    down, right = round(height * _OFFSET), round(width * _OFFSET)
    light = pictures[:, 0, 0].mean() > 127
    over = np.minimum if light else np.maximum
    canvas = np.full((n, height + down, width + right, channels), 255 if light else 0, "uint8")
    found, told = [], []
    for _ in range(repeats):
        upper, lower = rng.permutation(n), rng.permutation(n)
        drawn = canvas.copy()
        drawn[:, :height, :width] = pictures[upper]
        drawn[:, down:, right:] = over(drawn[:, down:, right:], pictures[lower])
        found.append(fit_array(drawn, (height, width), channels))
        told.append(np.stack([labels[upper], labels[lower]], axis=1))
    return np.concatenate(found), np.concatenate(told).astype("int32")


def _pairs(splits: Splits) -> Splits:
    names = splits.info.class_names
    if splits.train.labels.ndim > 1:
        raise InputError(
            f"{splits.info.name} has several labels for each picture; pairs are made of pictures "
            "with one"
        )
    info = dataclasses.replace(
        splits.info,
        class_names=(),
        tasks=(("upper_left", names), ("lower_right", names)),
        mirrors=False,  # the mirror image of the upper left is the upper right
    )
    parts = []
    for number, name in enumerate(SPLITS):
        part = getattr(splits, name)
        # Pairs are the same for every seed, as the pictures of a catalogue set are.
        images, labels = overlay_pairs(
            part.array(range(len(part))), part.labels, _REPEATS, seed=number
        )
        parts.append(Pictures(labels, images=images))
    return Splits(*parts, info)


def _kinds(splits: Splits) -> Splits:
    names = splits.info.class_names
    kinds = list(FASHION_KINDS)
    of_class = {c: i for i, kind in enumerate(kinds) for c in FASHION_KINDS[kind]}
    if set(names) != set(of_class):
        raise InputError(
            "tasks can be 'kinds' only for the data sets fashion_mnist and fashion_mnist_6k. "
            f"Received: {splits.info.name}"
        )
    coarse = np.array([of_class[name] for name in names])
    info = dataclasses.replace(
        splits.info, class_names=(), tasks=(("garment", names), ("kind", tuple(kinds)))
    )
    parts = (getattr(splits, name) for name in SPLITS)
    return Splits(
        *(Pictures(np.stack([p.labels, coarse[p.labels]], axis=1), images=p.images) for p in parts),
        info,
    )


def _is_table(source: str) -> bool:
    return source not in catalogue.names() and any(
        ending in ENDINGS for ending in map(str.lower, Path(source).suffixes[-2:])
    )


def _sample(pictures: Pictures, limit: int, seed: int) -> Pictures:
    _, combination = np.unique(pictures.labels, axis=0, return_inverse=True)
    return pictures.take(stratified_sample(combination.reshape(-1), limit, seed))


def _of_table(
    source: str,
    column: str,
    labels: tuple[str, ...],
    size: tuple[int, int] | None,
    channels: int | None,
    seed: int,
    limit: int | None,
) -> Splits:
    rows = load_label_columns(source, column, labels, seed=seed, limit=limit)
    frames = {name: getattr(rows, name) for name in SPLITS}
    root = Path(source).expanduser().parent
    files = {name: _files(root, frame[column], rows.info.name) for name, frame in frames.items()}
    channels = channels or folders.channels_of([f for part in files.values() for f in part])
    parts, skipped = {}, list(rows.info.skipped)
    for name, frame in frames.items():
        reading = read_pictures(files[name], size or OWN_SIZE, channels)
        skipped += reading.skipped
        if not reading.readable.any():
            raise InputError(
                f"{rows.info.name}: no picture for {name} can be read; the first is "
                f"{reading.skipped[0][0]}: {reading.skipped[0][1]}"
            )
        if reading.images is None:
            raise InputError(
                f"{rows.info.name}: {len(frame)} pictures do not fit into memory; use a smaller "
                "image size or a limit"
            )
        codes = frame[[task for task, _ in rows.info.tasks]].to_numpy()[reading.readable]
        parts[name] = Pictures(codes, images=reading.images)
    tasks = _named_tasks(rows.info.tasks, rows.info.name)
    shape = parts["train"].shape
    return Splits(
        **parts,
        info=dataclasses.replace(rows.info, shape=shape, tasks=tasks, skipped=tuple(skipped)),
    )


def _files(root: Path, names: pd.Series, table: str) -> list[Path]:
    """The files that a table names, none of them outside the table's own folder."""
    files, inside = [], root.resolve()
    for name in names.astype(str):
        path = root / name
        if "\0" in name or not path.resolve().is_relative_to(inside):
            raise InputError(
                f"{table} must name pictures below its own folder {root}. Received: {name!r}"
            )
        files.append(path)
    return files


def _named_tasks(tasks: tuple[Task, ...], table: str) -> tuple[Task, ...]:
    """Column names as names of layers and outputs, of letters, digits and underscores."""
    found: dict[str, tuple[str, ...]] = {}
    for column, classes in tasks:
        name = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_") or "task"
        if name in found:
            raise InputError(
                f"{table}: two label columns are called {name!r} but for signs; expected names "
                "that differ in letters or digits"
            )
        found[name] = classes
    return tuple(found.items())
