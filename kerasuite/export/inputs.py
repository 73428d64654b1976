"""What the user names on the command line → examples to ask a model about. No TensorFlow."""

import functools
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kerasuite.data.text_files import decoded
from kerasuite.errors import InputError
from kerasuite.export.predictor import Example

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")


def gather(names: Sequence[str], kind: str, width: int | None = None) -> list[Example]:
    """Reads everything that is named.

    Args:
        names: files, folders (searched for pictures), `-` for standard input; for text, literal
            strings, files with one text a line, or `-`; for messages, files or folders of them
            with one message a file, literal strings, or `-`; for rows, literal numbers as in
            "0.3,1.5", CSV files, or `-`.
        kind: "picture", "clip", "text", "message" or "row": what the model's signature takes.
        width: how many numbers a row has; None for any.

    Raises:
        InputError: naming what is missing, empty or cannot be read.
    """
    readers = {
        "picture": _pictures,
        "clip": _pictures,
        "text": _texts,
        "message": _messages,
        "row": functools.partial(_rows, width=width),
    }
    if kind not in readers:
        raise InputError(f"This signature takes {kind} input, which has no form on a command line")
    examples = [example for name in names for example in readers[kind](name)]
    if not examples:
        raise InputError(f"Nothing to predict: name at least one {kind}, or - for standard input")
    if kind == "row" and len(lengths := sorted({len(e.value) for e in examples})) > 1:
        raise InputError(
            "Expected rows of as many numbers each. Received: rows of "
            + " and ".join(map(str, lengths[:5]))
        )
    return examples


def _pictures(name: str) -> list[Example]:
    if name == "-":
        data = sys.stdin.buffer.read()
        if not data:
            raise InputError("Standard input is empty; a picture's bytes were expected")
        return [Example("-", data)]
    path = Path(name)
    if _is(Path.is_dir, name):
        files = sorted(
            f for f in path.rglob("*") if f.suffix.lower() in PICTURE_ENDINGS and f.is_file()
        )
        if not files:
            raise InputError(f"The folder {name} holds no picture ({', '.join(PICTURE_ENDINGS)})")
        return [Example(str(f), _read(f)) for f in files]
    return [Example(name, _read(path))]


def _texts(name: str) -> list[Example]:
    lines = [line for line in _lines(name) if line] if _is_source(name) else [name]
    return [Example(line, line) for line in lines]


def _messages(name: str) -> list[Example]:
    if name == "-":
        return [Example("-", sys.stdin.buffer.read())]
    if _is(Path.is_dir, name):
        files = sorted(
            f for f in Path(name).rglob("*") if f.is_file() and not f.name.startswith(".")
        )
        if not files:
            raise InputError(f"The folder {name} holds no message")
        return [Example(str(f), _read(f)) for f in files]
    return [Example(name, _read(Path(name)) if _is_source(name) else name.encode())]


def _rows(name: str, width: int | None) -> list[Example]:
    if not _is_source(name):
        if name.lower().endswith(".csv"):
            raise InputError(f"There is no file {name}")
        return [Example(name, _numbers(name, name, width))]
    lines = [(i, line) for i, line in enumerate(_lines(name), 1) if line.strip()]
    if lines and not _is_number(lines[0][1].split(",")[0]):  # the names of the columns
        lines = lines[1:]
    return [Example(line, _numbers(line, f"{name}, line {i}", width)) for i, line in lines]


def _numbers(line: str, where: str, width: int | None) -> list[float]:
    """The numbers of one row, separated by commas."""
    cells = [cell.strip() for cell in line.split(",")]
    if not all(map(_is_number, cells)) or width not in (None, len(cells)):
        count = "numbers" if width is None else f"{width} numbers"
        raise InputError(f"{where}: expected {count} separated by commas. Received: {line}")
    return [float(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _is_source(name: str) -> bool:
    """Whether `name` stands for lines to be read, and not for itself."""
    return name == "-" or _is(Path.is_file, name)


def _is(kind: Callable[[Path], bool], name: str) -> bool:
    """Whether there is such a file or folder; an empty text is none, nor is one of a whole page."""
    try:
        return bool(name) and kind(Path(name))
    except OSError:  # longer than a file's name can be
        return False


def _lines(name: str) -> list[str]:
    if name == "-":
        return decoded(sys.stdin.buffer.read(), "Standard input").splitlines()
    return decoded(_read(Path(name)), name).splitlines()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as e:
        raise InputError(f"There is no file {path}") from e
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}") from e
