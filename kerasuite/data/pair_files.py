"""Own sentence pairs by path: tables (TSV, CSV), aligned files as Moses takes them, folders."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kerasuite.data.folders import SPLIT_NAMES
from kerasuite.data.text_files import read_lines
from kerasuite.errors import InputError

COLUMNS = ("sources", "targets", "documents", "source_languages", "target_languages")
EXPECTED = (
    "expected a .tsv or .csv file of pairs, two aligned text files as in corpus.en,corpus.es, or "
    "a folder with train.tsv or train.en and train.es"
)
_HEADERS = {
    "source": "sources",
    "target": "targets",
    "document": "documents",
    "source_language": "source_languages",
    "target_language": "target_languages",
}
_TABLES = (".tsv", ".csv", ".txt")
_CODE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,8})*")
# In a table, where "one" and "uno" may be the first pair.
_COLUMN_CODE = re.compile(r"[a-z]{2}([-_][A-Z]{2})?")
_SPLITS = {**SPLIT_NAMES, "dev": "validation"}


@dataclass
class Found:
    """The pairs that were read.

    Attributes:
        columns: lists by name, those of `COLUMNS`.
        splits: per pair "train", "validation" or "test": by its file's name, else "train".
        skipped: files of which pairs were left out, with the reason.
    """

    columns: dict[str, list[str]] = field(default_factory=lambda: {c: [] for c in COLUMNS})
    splits: list[str] = field(default_factory=list)
    skipped: tuple[tuple[str, str], ...] = ()


def is_meant(source: str) -> bool:
    """Whether `source` is meant as a path of pairs: by its form, or because it exists."""
    return "/" in source or source.startswith((".", "~")) or "," in source or _exists(source)


def _exists(source: str) -> bool:
    return Path(source).exists() or Path(source).suffix in _TABLES or bool(_aligned(source))


def read_pairs(source: str) -> Found:
    """Reads own pairs.

    Args:
        source: one of these.
            A .tsv (or .txt) file: a pair a line, source, tab, target, and maybe tab, document. Its
            first line may name the columns: source, target, document, source_language,
            target_language, or the codes of two languages, such as en and pt_BR.
            A .csv file with a line of such names, or with exactly two columns.
            Two text files aligned line by line, as Moses takes them: "corpus.en,corpus.es", or
            what both names begin with, "corpus". Their endings are the languages.
            A folder with such files called train, and maybe validation (or dev) and test.

    Raises:
        InputError: if there is no such file, or it cannot be used; it names the line.
    """
    found = Found()
    path = Path(source).expanduser()
    if path.is_dir():
        _read_folder(path, found)
    elif path.is_file():
        _read_table(path, found, "train")
    elif "," in source:
        files = [Path(name.strip()).expanduser() for name in source.split(",")]
        if len(files) != 2:
            raise InputError(f"{source}: expected two aligned files. Received: {len(files)}")
        _read_aligned(files, found, "train")
    elif files := _aligned(source):
        _read_aligned(files, found, "train")
    else:
        raise InputError(f"{source} does not exist; {EXPECTED}")
    if not found.splits:
        raise InputError(f"{source} holds no pair with both sides; {EXPECTED}")
    return found


def _read_folder(folder: Path, found: Found) -> None:
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        name = path.name.split(".")[0].lower()
        if path.is_file() and name in _SPLITS:
            files.setdefault(_SPLITS[name], []).append(path)
    if "train" not in files:
        raise InputError(f"{folder} holds no file called train; {EXPECTED}")
    for split, paths in files.items():
        tables = [path for path in paths if path.suffix in _TABLES]
        for path in tables:
            _read_table(path, found, split)
        if not tables:
            if len(paths) != 2:
                names = ", ".join(path.name for path in paths)
                raise InputError(f"{folder}: expected two files for {split}. Received: {names}")
            _read_aligned(paths, found, split)


def _aligned(source: str) -> list[Path]:
    """The two files whose names are `source` and the code of a language, if there are two."""
    path = Path(source).expanduser()
    start = f"{path.name}."
    if not path.name or not path.parent.is_dir():
        return []
    files = [p for p in path.parent.iterdir() if p.is_file() and p.name.startswith(start)]
    files = sorted(p for p in files if _CODE.fullmatch(p.suffix.removeprefix(".")))
    return files if len(files) == 2 else []


def _read_aligned(files: list[Path], found: Found, split: str) -> None:
    sources, targets = (read_lines(path) for path in files)
    if len(sources) != len(targets):
        raise InputError(
            f"{files[0]} and {files[1]} must have the same number of lines. "
            f"Received: {len(sources)} and {len(targets)}"
        )
    codes = [path.suffix.removeprefix(".") or "?" for path in files]
    rows = [{"sources": a, "targets": b} for a, b in zip(sources, targets, strict=True)]
    _add(rows, range(1, len(rows) + 1), codes, files[1], found, split)


def _read_table(path: Path, found: Found, split: str) -> None:
    if path.suffix not in _TABLES:
        raise InputError(f"{path}: {EXPECTED}")
    if path.suffix == ".csv":
        numbered = _csv_rows(path)
    else:
        numbered = [(i, line.split("\t")) for i, line in enumerate(read_lines(path), 1) if line]
    header = _header([cell.strip() for cell in numbered[0][1]], path)
    if header.named:
        numbered = numbered[1:]
    width = 1 + max(header.places["sources"], header.places["targets"])
    rows = []
    for number, cells in numbered:
        if len(cells) < width:
            by = "a comma" if path.suffix == ".csv" else "a tab"
            raise InputError(
                f"{path}, line {number}: expected a source and a target with {by} between them. "
                f"Received: {','.join(cells)[:80]}"
            )
        rows.append({name: cells[i] for name, i in header.places.items() if i < len(cells)})
    _add(rows, [number for number, _ in numbered], header.codes, path, found, split)


def _csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(line + "\n" for line in read_lines(path))
    try:
        return [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as e:
        raise InputError(f"{path}, line {reader.line_num}: {e}") from e


class _Header(NamedTuple):
    """Which column of a table is what.

    Attributes:
        places: column numbers by names of `COLUMNS`.
        codes: of the two languages, "?" where they are not known.
        named: whether the first line names the columns and is no pair.
    """

    places: dict[str, int]
    codes: tuple[str, str] = ("?", "?")
    named: bool = True


def _header(cells: list[str], path: Path) -> _Header:
    names = [cell.lower() for cell in cells]
    if {"source", "target"} <= set(names):
        return _Header({_HEADERS[name]: i for i, name in enumerate(names) if name in _HEADERS})
    codes = [i for i, cell in enumerate(cells) if _COLUMN_CODE.fullmatch(cell)]
    others = {name for i, name in enumerate(names) if i not in codes}
    if len(codes) == 2 and others <= {"document"}:
        places = {"sources": codes[0], "targets": codes[1]}
        if "document" in names:
            places["documents"] = names.index("document")
        return _Header(places, (cells[codes[0]], cells[codes[1]]))
    if len(cells) == 2 or (len(cells) == 3 and path.suffix != ".csv"):
        return _Header({"sources": 0, "targets": 1, "documents": 2}, named=False)
    if len(cells) < 2:
        raise InputError(
            f"{path}, line 1: expected a source and a target with a tab between them. "
            f"Received: {cells[0][:80]}"
        )
    raise InputError(
        f"{path}: expected the columns source and target, or the codes of two languages. "
        f"Received: {', '.join(cells)[:200]}"
    )


def _add(
    rows: list[dict[str, str]],
    numbers: list[int] | range,
    codes: Sequence[str],
    path: Path,
    found: Found,
    split: str,
) -> None:
    """Adds the rows that have both sides; the first one that has not is named."""
    lacking = []
    for number, row in zip(numbers, rows, strict=True):
        source, target = row["sources"].strip(), row["targets"].strip()
        if not (source and target):
            lacking.append(number)
            continue
        found.columns["sources"].append(source)
        found.columns["targets"].append(target)
        # A pair without a document is one by itself.
        found.columns["documents"].append(row.get("documents", "").strip() or f"{path}:{number}")
        found.columns["source_languages"].append(row.get("source_languages", codes[0]))
        found.columns["target_languages"].append(row.get("target_languages", codes[1]))
        found.splits.append(split)
    if lacking:
        reason = f"{len(lacking)} pairs without a source or target, the first in line {lacking[0]}"
        found.skipped += ((str(path), reason),)
