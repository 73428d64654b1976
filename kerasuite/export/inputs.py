"""What the user names on the command line → examples to ask a model about. No TensorFlow."""

import sys
from collections.abc import Sequence
from pathlib import Path

from kerasuite.errors import InputError
from kerasuite.export.predictor import Example

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")


def gather(names: Sequence[str], kind: str) -> list[Example]:
    """Reads everything that is named.

    Args:
        names: files, folders (searched for pictures), `-` for standard input; for text, literal
            strings, files with one text a line, or `-`.
        kind: "picture" or "text": what the model's signature takes.

    Raises:
        InputError: naming what is missing, empty or cannot be read.
    """
    if kind not in ("picture", "text"):
        raise InputError(f"This signature takes {kind} input, which has no form on a command line")
    one = _pictures if kind == "picture" else _texts
    examples = [example for name in names for example in one(name)]
    if not examples:
        raise InputError(f"Nothing to predict: name at least one {kind}, or - for standard input")
    return examples


def _pictures(name: str) -> list[Example]:
    if name == "-":
        data = sys.stdin.buffer.read()
        if not data:
            raise InputError("Standard input is empty; a picture's bytes were expected")
        return [Example("-", data)]
    path = Path(name)
    if path.is_dir():
        files = sorted(
            f for f in path.rglob("*") if f.suffix.lower() in PICTURE_ENDINGS and f.is_file()
        )
        if not files:
            raise InputError(f"The folder {name} holds no picture ({', '.join(PICTURE_ENDINGS)})")
        return [Example(str(f), _read(f)) for f in files]
    return [Example(name, _read(path))]


def _texts(name: str) -> list[Example]:
    if name == "-":
        return [Example(line, line) for line in sys.stdin.read().splitlines() if line]
    if Path(name).is_file():
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as e:
            raise InputError(f"{name} is not UTF-8 text: {e}") from e
        return [Example(line, line) for line in lines if line]
    return [Example(name, name)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as e:
        raise InputError(f"There is no file {path}") from e
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}") from e
