"""Tables from the catalogue or own files (CSV, TSV, Parquet), divided into three splits."""

import bz2
import dataclasses
import gzip
import lzma
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
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1. Received: {limit}")
    if source in catalogue.names():
        entry = catalogue.find(source, kinds=("table",))
        (path,) = paths(source)
        info = Info(source, licence=entry.licence, citation=entry.citation)
    else:
        path = _own_file(source)
        info = Info(str(path))
    return _divided(read_table(path), target, info, seed, limit)


def read_table(path: Path) -> pd.DataFrame:
    """Reads a .csv, .tsv or .parquet file.

    Raises:
        InputError: if it is empty, not UTF-8 (naming the line), or not a table.
    """
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, sep="\t" if ".tsv" in _endings(path) else ",")
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

    def opened() -> IO[bytes]:
        return _OPENERS.get(path.suffix.lower(), open)(path, "rb")

    with opened() as f:
        for number, line in enumerate(f, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0


def _divided(table: pd.DataFrame, target: str, info: Info, seed: int, limit: int | None) -> Splits:
    columns = tuple(str(c) for c in table.columns)
    if target not in columns:
        raise InputError(
            f"{info.name} has no column {target!r}{catalogue.near(target, columns)}; expected one "
            f"of {', '.join(columns[:20])}{' ...' if len(columns) > 20 else ''}"
        )
    if len(columns) < 2:
        raise InputError(f"{info.name} has only the column {target!r}; expected others beside it")
    known = table[target].notna()
    skipped = ((info.name, f"{(~known).sum()} rows without {target}"),) if not known.all() else ()
    table = table[known].reset_index(drop=True)
    if len(table) < 3:
        raise InputError(
            f"{info.name} has too few rows: at least 3 with a value in {target!r} are needed. "
            f"Received: {len(table)}"
        )
    classes, labels = _classes(table[target])
    if len(classes) == 1:
        raise InputError(f"{info.name}: {target!r} has the same value {classes[0]!r} in all rows")
    parts = stratified_split(labels, SHARES, seed)
    if limit is not None:
        parts = [p[stratified_sample(labels[p], limit, seed)] for p in parts]
    if not all(len(p) for p in parts):
        raise InputError(f"{info.name}: no class of {target!r} has 3 rows, one for each split")
    frames = [table.iloc[p].reset_index(drop=True) for p in parts]
    shape = (len(columns) - 1,)
    info = dataclasses.replace(info, shape=shape, class_names=classes, skipped=skipped)
    return Splits(*frames, info)


def _classes(target: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    """The sorted class names and each row's class; one class for all rows if it is a number."""
    if pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target):
        return (), np.zeros(len(target), "int32")
    names, labels = np.unique(target.astype(str).to_numpy(), return_inverse=True)
    return tuple(str(n) for n in names), labels.astype("int32")
