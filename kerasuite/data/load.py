"""Labelled pictures from anywhere: the catalogue, TensorFlow Datasets, a folder, or a table."""

from pathlib import Path

import numpy as np

from kerasuite.data import catalogue, folders
from kerasuite.data.decoding import fit_array
from kerasuite.data.embedded_sets import picture_arrays
from kerasuite.data.labelled import Labelled, divided
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import picture_sums, read_pictures, sizes_note
from kerasuite.data.sampling import stratified_sample
from kerasuite.data.splits import Info, Splits
from kerasuite.data.tagged import is_table, load_tagged_set, load_tagged_table
from kerasuite.errors import InputError

DEFAULT = "fashion_mnist_6k"


def load_pictures(
    source: str | None = None,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    tags: str | None = None,
    seed: int = 0,
    limit: int | None = None,
    train_limit: int | None = None,
) -> Splits:
    """Loads labelled pictures, divided into training, validation and test.

    Args:
        source: a name of the catalogue (fetched first if need be), "tfds:NAME", or the path of a
            folder that holds a folder per class, or train/, validation/ and test/ which do. None
            for the embedded default. A catalogue name goes before a folder of that name in the
            current folder: write ./NAME for the folder. With `tags`, the path of a table: see
            `tagged.load_tagged_table`.
        size: height and width; None for the set's own, or 64x64 where pictures differ.
        channels: 1 for grey, 3 for colour; None for the set's own.
        tags: the column of a table that holds each picture's tags; None for other data.
        seed: which pictures of a folder without given splits fall into which, and which ones
            `limit` takes. The splits of catalogue sets are fixed.
        limit: at most so many pictures per split, each class in its share.
        train_limit: at most so many for training; validation and test stay whole.

    Returns:
        Three `Pictures` and their `Info`.

    Raises:
        InputError: if there is no such source, or its pictures cannot be used.
        KerasuiteError: if it cannot be fetched.
    """
    _check_options(size, channels, limit, train_limit)
    if tags is not None and (source is None or not looks_like_path(source)):
        raise InputError(f"tags is for a table of own pictures. Received: tags={tags}, {source}")
    source = DEFAULT if source is None else source
    if source.startswith("tfds:"):
        from kerasuite.data.from_tfds import load_tfds  # here: its import takes seconds

        labelled = load_tfds(source.removeprefix("tfds:"), size, channels)
    elif source in catalogue.names():
        load = load_tagged_set if catalogue.find(source).kind == "tagged" else _load_catalogue
        return divided(load(source, size, channels), 0, seed, limit, train_limit)
    elif looks_like_path(source) and (tags is not None or is_table(source)):
        labelled = load_tagged_table(Path(source).expanduser(), tags, size, channels, seed)
    elif looks_like_path(source):
        labelled = _load_folder(Path(source).expanduser(), size, channels)
    else:
        raise InputError(
            f"There is no data set called {source!r}{catalogue.near(source, catalogue.names())}; "
            "expected a name that 'kerasuite data list' shows, tfds:NAME, or the path of a folder"
        )
    return divided(labelled, seed, seed, limit, train_limit)


def looks_like_path(source: str) -> bool:
    """Whether `source` is meant as a path: by its form, or because it exists."""
    return "/" in source or source.startswith((".", "~")) or Path(source).exists()


def _check_options(
    size: tuple[int, int] | None,
    channels: int | None,
    limit: int | None,
    train_limit: int | None,
) -> None:
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise InputError(f"size must be a height and a width of at least 1. Received: {size}")
    if channels not in (None, 1, 3):
        raise InputError(f"channels must be 1 or 3. Received: {channels}")
    for name, value in (("limit", limit), ("train_limit", train_limit)):
        if value is not None and value < 1:
            raise InputError(f"{name} must be at least 1. Received: {value}")


def _load_catalogue(name: str, size: tuple[int, int] | None, channels: int | None) -> Labelled:
    entry = catalogue.find(name, kinds=("pictures", "tagged"))
    parts, class_names = picture_arrays(name)
    if "all" in parts:
        images, labels = parts["all"]
        splits = np.full(len(labels), "", "U10")
    else:
        images, labels = (
            np.concatenate(x) for x in zip(parts["train"], parts["test"], strict=True)
        )
        splits = np.repeat(["train", "test"], [len(parts[s][1]) for s in ("train", "test")])
        splits = splits.astype("U10")
        count = dict(entry.splits)["validation"]
        # The training pictures come first, so these are indices into all of them.
        splits[stratified_sample(parts["train"][1], count, seed=None)] = "validation"
    images = fit_array(images, size or images.shape[1:3], channels or images.shape[3])
    info = Info(
        name,
        class_names=class_names,
        mirrors=entry.mirrors,
        licence=entry.licence,
        citation=entry.citation,
    )
    return Labelled(Pictures(labels, images=images), picture_sums(images), splits, info)


def _load_folder(root: Path, size: tuple[int, int] | None, channels: int | None) -> Labelled:
    found = folders.scan(root)
    size, channels = size or folders.SIZE, channels or folders.channels_of(found.files)
    reading = read_pictures(found.files, size, channels)
    labels, splits = found.labels[reading.readable], found.splits[reading.readable]
    for label, name in enumerate(found.class_names):
        in_training = (labels == label) & np.isin(splits, ("", "train"))
        if not in_training.any():
            path, reason = next(s for s in reading.skipped if name in Path(s[0]).parts)
            raise InputError(
                f"{root}: the class {name!r} has no readable picture; expected at least one. "
                f"Received: {path}, which is {reason}"
            )
    if reading.images is None:
        files = [f for f, ok in zip(found.files, reading.readable, strict=True) if ok]
        pictures = Pictures(labels, files=files, size=size, channels=channels)
    else:
        pictures = Pictures(labels, images=reading.images)
    info = Info(
        str(root),
        class_names=found.class_names,
        skipped=reading.skipped,
        note=sizes_note(found.files, size),
        ignored=found.ignored,
    )
    return Labelled(pictures, reading.sums, splits, info)
