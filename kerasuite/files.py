"""Where things lie on disk, and how to write them so that nothing is ever half-written."""

import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from kerasuite.errors import InputError, KerasuiteError

# A line break after the bracket: within a JSON string there is none.
_PLAIN_LIST = re.compile(r"\[\n[^\[\]{}]*\n\s*\]")


def home() -> Path:
    """The folder that holds runs/ and saved_models/: KERASUITE_HOME, or the current folder."""
    return Path(os.environ.get("KERASUITE_HOME") or Path.cwd())


def cache_folder() -> Path:
    """Where fetched data lies: KERASUITE_CACHE, or the platform's cache folder."""
    return Path(os.environ.get("KERASUITE_CACHE") or platformdirs.user_cache_dir("kerasuite"))


def make_folder(path: Path) -> Path:
    """Creates `path` with its parents.

    Raises:
        InputError: if it cannot be created or written to, naming the folder and the reason.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as e:
        raise InputError(f"Cannot write to the folder {path}: {e.strerror or e}") from e
    return path


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all: beside it first, then renamed into place.

    Raises:
        KerasuiteError: if it cannot be written; what was there before is still there.
    """
    try:
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(fd, "wb") as f:
                f.write(data)
                f.flush()
                os.fsync(f.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as e:
        raise KerasuiteError(f"Writing {path} failed: {e.strerror or e}") from e


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as indented JSON, whole or not at all; a list of plain values is one line."""
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    text = _PLAIN_LIST.sub(lambda found: re.sub(r"\n\s*", " ", found[0]), text)
    # File names that are not UTF-8 hold lone surrogates: JSON has an escape for them.
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def read_json(path: Path) -> Any:
    """Reads a JSON record.

    Raises:
        InputError: if the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise InputError(f"{path} is missing: the folder is incomplete or not what it seems") from e
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as e:
        raise InputError(f"{path} is damaged and cannot be read as JSON: {e}") from e


@contextlib.contextmanager
def staged_folder(parent: Path) -> Iterator[Path]:
    """A hidden work folder inside `parent`: rename it into place when it is complete.

    Whatever is still there when the block ends, by success or error, is removed.
    """
    make_folder(parent)
    path = Path(tempfile.mkdtemp(dir=parent, prefix=".incomplete-"))
    path.chmod(0o755)
    try:
        yield path
    except OSError as e:
        raise KerasuiteError(f"Writing under {parent} failed: {e.strerror or e}") from e
    finally:
        shutil.rmtree(path, ignore_errors=True)
