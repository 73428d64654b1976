"""Pictures with any number of tags: of the catalogue, and own ones by a table."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kerasuite.data import catalogue, folders
from kerasuite.data.decoding import fit_array
from kerasuite.data.labelled import SHARES, Labelled
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import picture_sums, read_pictures
from kerasuite.data.sampling import iterative_split
from kerasuite.data.splits import Info
from kerasuite.data.tables import ENDINGS, read_table
from kerasuite.data.tagged_sets import tag_matrix, tagged_set
from kerasuite.errors import InputError

JSON_LINES = (".jsonl", ".ndjson")
# Fewer pictures than this cannot be in training, validation and test.
LEAST = 3
_SEPARATORS = re.compile("[;|]")


def is_table(source: str) -> bool:
    """Whether a path is a file that is meant as a table, by its ending."""
    endings = {s.lower() for s in Path(source).suffixes[-2:]}
    return Path(source).expanduser().is_file() and bool(endings & {*ENDINGS, *JSON_LINES})


def load_tagged_set(name: str, size: tuple[int, int] | None, channels: int | None) -> Labelled:
    """A catalogue set of kind "tagged"; its splits are fixed.

    Args:
        name: of the set.
        size: height and width; None for the set's own.
        channels: 1 or 3; None for the set's own.
    """
    entry, found = catalogue.find(name, kinds=("tagged",)), tagged_set(name)
    info = Info(
        name,
        class_names=found.tags,
        multi_label=True,
        mirrors=entry.mirrors,
        licence=entry.licence,
        citation=entry.citation,
    )
    splits = _splits(found.labels, found.groups, 0)
    if found.images is None:
        return _read(list(found.files), found.labels, splits, info, size or folders.SIZE, channels)
    images = found.images
    images = fit_array(images, size or images.shape[1:3], channels or images.shape[3])
    pictures = Pictures(found.labels, images=images)
    return Labelled(pictures, picture_sums(images), splits, info)


def load_tagged_table(
    path: Path, column: str | None, size: tuple[int, int] | None, channels: int | None, seed: int
) -> Labelled:
    """Own pictures by a table: a column with their files, and one with their tags.

    The tags of a picture are one text, separated by ";" or "|", or a list (Parquet, JSON lines);
    it may be empty. The files' column is the first one whose values all end as pictures do; they
    lie in the table's folder or below. A column "split", if there is one, says train, validation
    or test; else each tag is in each split in about its share.

    Args:
        path: a .csv, .tsv, .parquet or .jsonl file.
        column: the column of the tags.
        size: height and width that pictures are brought to; None for 64x64.
        channels: 1 or 3; None for what the pictures have.
        seed: which pictures fall into which split.

    Raises:
        InputError: if the table, its columns or its pictures cannot be used.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist; expected a table of pictures and tags")
    table = picture_table(path)
    columns = tuple(map(str, table.columns))
    if column is None:
        raise InputError(
            f"{path} is a table: name the column of its tags by --tags, one of "
            f"{', '.join(columns[:20])}"
        )
    if column not in columns:
        raise InputError(
            f"{path} has no column {column!r}{catalogue.near(column, columns)}; expected one of "
            f"{', '.join(columns[:20])}"
        )
    files = picture_files(path, table.drop(columns=column))
    words = [_words(cell) for cell in table[column]]
    labels, tags, rare = tag_matrix(words, LEAST)
    if not tags:
        raise InputError(
            f"{path}: no tag in {column!r} is on {LEAST} pictures, one for each split. "
            f"Received: {len(rare)} tags on {len(words)} pictures"
        )
    splits = given_splits(path, table) if "split" in columns else None
    if splits is None:
        splits = _splits(labels, np.arange(len(labels)), seed)
    skipped = tuple((f"{path}: tag {t!r}", f"on fewer than {LEAST} pictures") for t in rare)
    info = Info(str(path), class_names=tags, multi_label=True, skipped=skipped)
    return _read(files, labels, splits, info, size or folders.SIZE, channels)


def _splits(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Per example the name of its split."""
    splits = np.full(len(labels), "", "U10")
    parts = iterative_split(labels, groups, tuple(SHARES.values()), seed)
    for name, part in zip(SHARES, parts, strict=True):
        splits[part] = name
    return splits


def _read(
    files: list[Path],
    labels: np.ndarray,
    splits: np.ndarray,
    info: Info,
    size: tuple[int, int],
    channels: int | None,
) -> Labelled:
    channels = channels or folders.channels_of(files)
    reading = read_pictures(files, size, channels)
    labels, splits = labels[reading.readable], splits[reading.readable]
    if not len(labels):
        raise InputError(f"{info.name}: none of its {len(files)} pictures can be read")
    if reading.images is None:
        readable = [f for f, ok in zip(files, reading.readable, strict=True) if ok]
        pictures = Pictures(labels, files=readable, size=size, channels=channels)
    else:
        pictures = Pictures(labels, images=reading.images)
    info = dataclasses.replace(info, skipped=(*info.skipped, *reading.skipped))
    return Labelled(pictures, reading.sums, splits, info)


def picture_table(path: Path) -> pd.DataFrame:
    """Reads a table of pictures: CSV, TSV, Parquet or JSON lines.

    Raises:
        InputError: if it cannot be read, or has no rows.
    """
    if path.suffix.lower() not in JSON_LINES:
        return read_table(path)
    try:
        table = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    except (ValueError, OSError) as e:
        reason = str(e).strip().splitlines()[0]
        raise InputError(f"{path} cannot be read as JSON lines: {reason}") from e
    if table.empty:
        raise InputError(f"{path} has no rows; expected an object a line")
    return table


def picture_files(path: Path, table: pd.DataFrame) -> list[Path]:
    """The picture files that the table names, none outside of the table's folder.

    Raises:
        InputError: if no column holds picture files, or one lies outside.
    """

    def named(cell: Any) -> bool:
        return isinstance(cell, str) and cell.lower().endswith(folders.ENDINGS)

    column = next((c for c in table.columns if table[c].map(named).all()), None)
    if column is None:
        raise InputError(
            f"{path} has no column of picture files; expected one whose values all end in "
            f"{', '.join(folders.ENDINGS)}"
        )
    folder = path.parent.resolve()
    files = []
    for name in table[column]:
        file = folder / name
        if "\0" in name or not file.resolve().is_relative_to(folder):
            raise InputError(f"{path} names the picture {name!r}, outside of {path.parent}")
        files.append(file)
    return files


def _words(cell: Any) -> list[str]:
    """The tags in one cell, each once."""
    if isinstance(cell, list | tuple | np.ndarray):
        parts = [str(part) for part in cell]
    else:
        parts = [] if cell is None or cell != cell else _SEPARATORS.split(str(cell))
    return sorted({part.strip() for part in parts} - {""})


def given_splits(path: Path, table: pd.DataFrame) -> np.ndarray:
    """The split that the column "split" says of each row.

    Raises:
        InputError: if it says anything else.
    """
    given = table["split"].astype(str).str.strip().str.lower()
    unknown = sorted(set(given) - set(folders.SPLIT_NAMES))
    if unknown:
        raise InputError(
            f"{path}: the column 'split' must say train, validation or test. Received: {unknown[0]}"
        )
    return given.map(folders.SPLIT_NAMES).to_numpy().astype("U10")
