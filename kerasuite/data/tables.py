"""Tables from the catalogue or own files (CSV, TSV, Parquet), divided into three splits."""

import bz2
import dataclasses
import gzip
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from kerasuite.data import catalogue
from kerasuite.data.fetch import paths
from kerasuite.data.sampling import stratified_sample, stratified_split
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError

SHARES = (0.7, 0.15, 0.15)
ENDINGS = (".csv", ".tsv", ".parquet")
_OPENERS = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}


def load_table(source: str, target: str, *, seed: int = 0, limit: int | None = None) -> Splits:
    """Loads a table and divides its rows into training, validation and test, 70/15/15.

    Rows without a value in the target column are left out and counted in `Info.skipped`.

    Args:
        source: a catalogue name of kind "table", or a .csv, .tsv or .parquet file; text may be
            packed (.csv.xz, .gz, .bz2).
        target: the column to be predicted. Texts and truth values in it are classes: each split
            then holds each class in its share.
        seed: which rows fall into which split.
        limit: at most so many rows per split.

    Returns:
        Three `pandas.DataFrame`s with all columns, and their `Info`: `shape` is (number of other
        columns,), `class_names` are the sorted classes, or none if the target is a number.

    Raises:
        InputError: if there is no such source or column, or the file is no usable table.
    """
    table, info = opened(source, limit)
    columns = tuple(table.columns)
    check_column(target, columns, info.name)
    if len(columns) < 2:
        raise InputError(f"{info.name} has only the column {target!r}; expected others beside it")
    table, info = known(table, [target], info)
    classes, labels = _classes(table[target])
    if len(classes) == 1:
        raise InputError(f"{info.name}: {target!r} has the same value {classes[0]!r} in all rows")
    info = dataclasses.replace(info, shape=(len(columns) - 1,), class_names=classes)
    return _divided(table, labels, repr(target), info, seed, limit)


def load_label_columns(
    source: str,
    column: str,
    labels: Sequence[str] = (),
    *,
    seed: int = 0,
    limit: int | None = None,
) -> Splits:
    """Loads a table whose rows have several labels each, and divides it 70/15/15.

    Each combination of labels is in each split in its share, as far as it is frequent enough; the
    rare ones are divided together. Rows without one of the values are left out and counted.

    Args:
        source: as for `load_table`.
        column: the column that the labels belong to, such as files' names.
        labels: the label columns, at least two; all but `column` if none is named. Texts, whole
            numbers and truth values are classes.
        seed: which rows fall into which split.
        limit: at most so many rows per split.

    Returns:
        Three `pandas.DataFrame`s with `column` and, for each label, a column of class numbers;
        and their `Info` with its `tasks`, which are called as the label columns are.

    Raises:
        InputError: as `load_table`; or if a label column is no set of classes, or a class has no
            row for training.
    """
    table, info = opened(source, limit)
    columns = tuple(table.columns)
    check_column(column, columns, info.name)
    labels = tuple(labels) or tuple(c for c in columns if c != column)
    for label in labels:
        check_column(label, columns, info.name)
    if len(set(labels) - {column}) < 2 or len(set(labels) | {column}) < len(labels) + 1:
        raise InputError(
            f"{info.name}: expected at least two different label columns beside {column!r}. "
            f"Received: {', '.join(map(repr, labels)) or 'none'}"
        )
    table, info = known(table, [column, *labels], info)
    coded, tasks = table[[column]].copy(), []
    for label in labels:
        classes, coded[label] = _label_classes(table[label], info.name)
        tasks.append((label, classes))
    info = dataclasses.replace(info, shape=(1,), tasks=tuple(tasks))
    strata = _combinations(coded[list(labels)].to_numpy())
    splits = _divided(coded, strata, " and ".join(map(repr, labels)), info, seed, limit)
    for label, classes in tasks:
        unseen = set(range(len(classes))) - set(splits.train[label])
        if unseen:
            raise InputError(
                f"{info.name}: no row with {label!r} = {classes[min(unseen)]!r} falls into "
                "training; expected more rows of each class"
            )
    return splits


def read_table(path: Path, literal: bool = False) -> pd.DataFrame:
    """Reads a .csv, .tsv or .parquet file.

    Args:
        path: of the file; text may be packed.
        literal: whether only empty cells are missing values; else words such as "NA" and "None"
            are, too.

    Raises:
        InputError: if it is empty, not UTF-8 (naming the line), or not a table.
    """
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
        else:
            separator = "\t" if ".tsv" in _endings(path) else ","
            empty = {"keep_default_na": False, "na_values": [""]} if literal else {}
            table = pd.read_csv(path, sep=separator, **empty)
    except UnicodeDecodeError as e:
        raise InputError(
            f"{path}: expected UTF-8 text. Received: line {_bad_line(path)}, which is not"
        ) from e
    except pd.errors.EmptyDataError as e:
        raise InputError(f"{path} is empty; expected a line of column names and rows") from e
    except (ValueError, OSError, EOFError, lzma.LZMAError) as e:
        reason = str(e).strip().splitlines()[0]
        raise InputError(f"{path} cannot be read as a table: {reason}") from e
    if table.empty:
        raise InputError(f"{path} has no rows; expected a line of column names and rows below it")
    return table


def _own_file(source: str) -> Path:
    path = Path(source).expanduser()
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected a file ending in {', '.join(ENDINGS)}")
    if not path.exists():
        raise InputError(
            f"There is no table {source!r}{catalogue.near(source, catalogue.names())}; expected a "
            f"name that 'kerasuite data list' shows, or a file ending in {', '.join(ENDINGS)}"
        )
    if not set(_endings(path)) & set(ENDINGS):
        raise InputError(f"{path}: expected a file ending in {', '.join(ENDINGS)}")
    return path


def _endings(path: Path) -> list[str]:
    return [s.lower() for s in path.suffixes[-2:]]


def _bad_line(path: Path) -> int:
    """The number of the first line that is not UTF-8."""

    unpacked: IO[bytes] = _OPENERS.get(path.suffix.lower(), open)(path, "rb")
    with unpacked as f:
        for number, line in enumerate(f, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0


def opened(
    source: str, limit: int | None = None, literal: bool = False
) -> tuple[pd.DataFrame, Info]:
    """The whole table, its columns' names as text, and what is known of its source.

    Args:
        source: as for `load_table`.
        limit: refused if it is less than 1.
        literal: as for `read_table`.

    Raises:
        InputError: if there is no such source, or the file is no usable table.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1. Received: {limit}")
    if source in catalogue.names():
        entry = catalogue.find(source, kinds=("table",))
        (path,) = paths(source)
        info = Info(source, licence=entry.licence, citation=entry.citation)
    else:
        path = _own_file(source)
        info = Info(str(path))
    table = read_table(path, literal)
    return table.rename(columns=str), info


def check_column(name: str, columns: tuple[str, ...], table: str) -> None:
    """Raises InputError if `name` is not among the columns of a table."""
    if name not in columns:
        raise InputError(
            f"{table} has no column {name!r}{catalogue.near(name, columns)}; expected one "
            f"of {', '.join(columns[:20])}{' ...' if len(columns) > 20 else ''}"
        )


def known(table: pd.DataFrame, needed: list[str], info: Info) -> tuple[pd.DataFrame, Info]:
    """The rows that have all values that are needed, at least three, and `Info` of the others."""
    there = table[needed].notna().all(axis=1)
    words = " or ".join(needed)
    if not there.all():
        skipped = ((info.name, f"{(~there).sum()} rows without {words}"),)
        info = dataclasses.replace(info, skipped=skipped)
    table = table[there].reset_index(drop=True)
    if len(table) < 3:
        raise InputError(
            f"{info.name} has too few rows: at least 3 with a value in {words!r} are needed. "
            f"Received: {len(table)}"
        )
    return table, info


def _divided(
    table: pd.DataFrame, labels: np.ndarray, what: str, info: Info, seed: int, limit: int | None
) -> Splits:
    """Divides rows so that each of `labels` is in each split in its share."""
    parts = stratified_split(labels, SHARES, seed)
    if limit is not None:
        parts = [p[stratified_sample(labels[p], limit, seed)] for p in parts]
    if not all(len(p) for p in parts):
        raise InputError(f"{info.name}: no class of {what} has 3 rows, one for each split")
    return Splits(*(table.iloc[p].reset_index(drop=True) for p in parts), info)


def _combinations(codes: np.ndarray) -> np.ndarray:
    """The combination of labels of each row, int [n]; those with less than 3 rows are one, -1."""
    _, combination, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    combination = combination.reshape(-1)
    return np.where(counts[combination] < 3, -1, combination)


def _label_classes(column: pd.Series, table: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The class names of a label column and each row's class; numbers in their order."""
    numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numbers:
        if (column % 1 != 0).any():
            raise InputError(
                f"{table}: {column.name!r} must hold classes: texts or whole numbers. "
                f"Received: {column[column % 1 != 0].iloc[0]}"
            )
        values, labels = np.unique(column.astype("int64").to_numpy(), return_inverse=True)
        names, labels = tuple(str(v) for v in values), labels.astype("int32")
    else:
        names, labels = _classes(column)
    if len(names) == 1:
        raise InputError(f"{table}: {column.name!r} has the same value {names[0]!r} in all rows")
    return names, labels


def _classes(target: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    """The sorted class names and each row's class; one class for all rows if it is a number."""
    if pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target):
        return (), np.zeros(len(target), "int32")
    names, labels = np.unique(target.astype(str).to_numpy(), return_inverse=True)
    return tuple(str(n) for n in names), labels.astype("int32")
