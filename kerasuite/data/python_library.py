"""The source code of the running Python's standard library, as text. No TensorFlow."""

import sysconfig
import tokenize
from pathlib import Path

from kerasuite.data.text_sets import Document
from kerasuite.errors import InputError

NAME = "python_library"
LICENCE = "PSF-2.0"
CITATION = "Python Software Foundation: the Python standard library"
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "pydoc_data"}
# A Python without its sources has a few files all the same.
_LEAST = 100


def python_library() -> tuple[list[Document], tuple[tuple[str, str], ...]]:
    """Reads every module, without tests and what was installed beside them.

    Returns:
        The modules' sources by path below the library; and path and reason of each file that
        cannot be read.

    Raises:
        InputError: if this Python came without its sources.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    documents, skipped = [], []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if _LEFT_OUT.intersection(name.parts):
            continue
        try:
            with tokenize.open(path) as file:  # it goes by the encoding that the file declares
                text = file.read()
        except (OSError, SyntaxError, UnicodeDecodeError) as e:
            skipped.append((str(path), str(e)))
            continue
        if text.strip():
            documents.append(Document(text, str(name)))
    if len(documents) < _LEAST:
        raise InputError(f"The sources of Python's standard library are not installed in {root}")
    return documents, tuple(skipped)
