"""Reads the records of a run folder, and says which one is damaged if one is."""

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerasuite.errors import InputError
from kerasuite.files import make_folder, read_json, write_bytes, write_json
from kerasuite.report.figure import Figure

KINDS = ("svg", "png", "gif")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]*")


def read_record(path: Path, required: bool = False) -> dict[str, Any]:
    """Reads a JSON object; an optional one that is missing is empty.

    Raises:
        InputError: if it is damaged, not an object, or required and missing.
    """
    if not required and not path.exists():
        return {}
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path} is damaged: it must hold an object with named values")
    return record


def part(record: dict[str, Any], key: str, kind: type, path: Path) -> Any:
    """The value `key` of a record, an empty `kind` if it is absent or null.

    Raises:
        InputError: if it is of another kind.
    """
    value = record.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise InputError(
            f"{path} is damaged: {key!r} must be a {kind.__name__}, not {type(value).__name__}"
        )
    return value


def rows(record: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    """The list of objects `key` of a record, empty if it is absent.

    Raises:
        InputError: if it is anything else.
    """
    value = part(record, key, list, path)
    if not all(isinstance(row, dict) for row in value):
        raise InputError(f"{path} is damaged: {key!r} must be a list of objects")
    return value


def read_history(path: Path) -> dict[str, list[float | None]]:
    """Reads history.csv: one column a metric, one row an epoch.

    Args:
        path: the file. A run that was killed may have left an unfinished last row, which is left
            out, and a resumed run may have repeated an epoch, of which the last row counts.

    Returns:
        Column name to values, None where a field is empty. Columns of words are left out. Without
        the file, an empty dict.

    Raises:
        InputError: if the file cannot be read as such a table.
    """
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *lines = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise InputError(f"{path} is damaged and cannot be read as CSV: {e}") from e
    lines = [line for line in lines if line]
    if lines and len(lines[-1]) != len(header):
        lines.pop()
    for i, line in enumerate(lines):
        if len(line) != len(header):
            raise InputError(
                f"{path} is damaged: row {i + 1} has {len(line)} fields, the header {len(header)}"
            )
    if "epoch" in header:
        place = header.index("epoch")
        lines = list({line[place]: line for line in lines}.values())
    columns = zip(header, zip(*lines, strict=True), strict=True) if lines else ()
    history = {name: [_float(field) for field in fields] for name, fields in columns}
    return {
        name: [None if v is None or math.isnan(v) else v for v in values]
        for name, values in history.items()
        if any(v is not None for v in values)
    }


def _float(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def save_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Writes figures into `folder`/figures, replacing the list of an earlier call.

    Args:
        folder: a run folder.
        figures: what to write; their order is the report's order.

    Raises:
        ValueError: if two share a name, or a name or kind cannot be a file's.
        InputError: if the folder cannot be written to.
    """
    names = [figure.name for figure in figures]
    if double := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Each figure needs its own name. Received twice: {sorted(double)}")
    for figure in figures:
        if not _NAME.fullmatch(figure.name) or figure.kind not in KINDS:
            raise ValueError(
                "A figure's name must be letters, digits, '_', '-', '.' or '=', and its kind one "
                f"of {KINDS}. Received: name={figure.name!r}, kind={figure.kind!r}"
            )
    place = make_folder(folder / "figures")
    for figure in figures:
        write_bytes(place / f"{figure.name}.{figure.kind}", figure.data)
    # The list comes last: it never names a picture that is not yet there.
    keys = ("name", "title", "caption", "kind")
    write_json(
        place / "figures.json", [{key: getattr(figure, key) for key in keys} for figure in figures]
    )


def load_figures(folder: Path) -> list[Figure]:
    """Reads the figures of a run folder, in their order; none if there are none.

    Raises:
        InputError: if the list is damaged or a picture is missing.
    """
    path = folder / "figures" / "figures.json"
    if not path.exists():
        return []
    figures = []
    for entry in rows({"figures": read_json(path)}, "figures", path):
        name, kind = str(entry.get("name")), entry.get("kind", "svg")
        # The names lead to files: a damaged list must not lead out of the folder.
        if not _NAME.fullmatch(name) or kind not in KINDS:
            raise InputError(f"{path} is damaged: it names the figure {name!r} of kind {kind!r}")
        try:
            data = (path.parent / f"{name}.{kind}").read_bytes()
        except OSError as e:
            raise InputError(f"{path.parent / name}.{kind} cannot be read: {e.strerror}") from e
        title, caption = str(entry.get("title", name)), str(entry.get("caption", ""))
        figures.append(Figure(name, title, caption, data, kind))
    return figures
