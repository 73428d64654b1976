"""Reads text files; what cannot be read is named by file and line. No TensorFlow."""

import codecs
from pathlib import Path

from kerasuite.errors import InputError

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def read_text(path: Path) -> str:
    """The whole of a UTF-8 text file, with every line break as a line feed.

    Raises:
        InputError: if the file cannot be read, is empty, or is not UTF-8 text: says which line.
    """
    try:
        data = path.read_bytes()
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}") from e
    if data.startswith(_WIDE):
        raise InputError(f"{path}: expected UTF-8. Received: UTF-16 or UTF-32; save it as UTF-8")
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError(f"{path} is empty; expected a file with text")
    return decoded(data, str(path)).replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 text file, without their ends; empty ones are kept.

    Raises:
        InputError: as for `read_text`.
    """
    return read_text(path).removesuffix("\n").split("\n")


def text_files(source: str, endings: tuple[str, ...] = (".txt",)) -> list[Path]:
    """The text files that a path stands for.

    Args:
        source: a file, a folder, which is searched with its subfolders, or a pattern with * for
            several files.
        endings: of files in folders that count.

    Raises:
        InputError: if there is none.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(f for f in path.rglob("*") if f.suffix in endings and f.is_file())
        if not found:
            raise InputError(f"The folder {source} holds no text file ({', '.join(endings)})")
        return found
    folder = path.parent
    found = sorted(f for f in folder.glob(path.name) if f.is_file()) if folder.is_dir() else []
    if not found:
        raise InputError(f"There is no file {source}")
    return found


def decoded(data: bytes, name: str) -> str:
    """Bytes of UTF-8 as text.

    Args:
        data: of a whole text.
        name: of where it is from, for the error.

    Raises:
        InputError: if it is no UTF-8 text: says which line.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        column = e.start - (data.rfind(b"\n", 0, e.start) + 1) + 1
        raise InputError(
            f"{name}, line {line}: expected UTF-8. Received: byte 0x{data[e.start]:02x} in column "
            f"{column}; save the file as UTF-8"
        ) from e
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name}, line {line}: expected text. Received: a zero byte")
    return text
