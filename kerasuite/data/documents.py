"""Running text from anywhere: the embedded novels, the running Python's library, own files."""

import sysconfig
import tokenize
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasuite.data import catalogue, embedded_sets
from kerasuite.data.load import looks_like_path
from kerasuite.data.text_files import read_text, text_files
from kerasuite.errors import InputError

DEFAULT = "pride_and_prejudice"
NOVELS = ("pride_and_prejudice", "moby_dick")
LIBRARY = "python_library"
# Of so many documents, whole ones are held out; of fewer, a part of each.
MANY = 20
_HELD_OUT = 0.05
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "__pycache__"}


@dataclass(frozen=True)
class Documents:
    """Texts in three parts.

    Attributes:
        train, validation, test: texts; what is held out comes from the same sources.
        skipped: files left out because they cannot be read, each with its reason.
        licence, citation: of the texts.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    licence: str = ""
    citation: str = ""


def load_documents(
    source: str | None = None, *, seed: int = 0, limit: int | None = None
) -> Documents:
    """Loads running text, divided into training, validation and test (90, 5 and 5 %).

    Args:
        source: a text of the catalogue; "novels" for both embedded ones; "python_library" for the
            source code of the running Python's standard library; or the path of a text file, of a
            folder with them, or a pattern of paths with *. None for the embedded default.
        seed: which of many documents are held out, and which are taken if there is a `limit`.
        limit: at most about so many characters in all.

    Raises:
        InputError: if there is no such source, or a file cannot be used.
    """
    source = source or DEFAULT
    if source == LIBRARY:
        texts, skipped = _library()
        found = _divided(texts, seed, limit)
        return Documents(*found, skipped, "PSF-2.0", "Python Software Foundation: Python")
    if source == "novels":
        entries = [catalogue.find(name) for name in NOVELS]
    elif source in catalogue.names():
        entries = [catalogue.find(source, kinds=("text",))]
    elif looks_like_path(source) or "*" in source:
        texts = [read_text(path) for path in text_files(source)]
        return Documents(*_divided(texts, seed, limit))
    else:
        names = tuple(e.name for e in catalogue.entries() if e.kind == "text")
        known = (*names, "novels", LIBRARY)
        raise InputError(
            f"There is no text called {source!r}{catalogue.near(source, known)}; expected one of "
            f"{', '.join(known)}, or the path of text files"
        )
    texts = [embedded_sets.text(e.name) for e in entries]
    parts = _divided(texts, seed, limit)
    citation = "; ".join(e.citation for e in entries)
    return Documents(*parts, licence=entries[0].licence, citation=citation)


def _divided(texts: list[str], seed: int, limit: int | None) -> tuple[tuple[str, ...], ...]:
    if len(texts) < MANY:
        if limit is not None:
            texts = [text[: max(1, limit // len(texts))] for text in texts]
        return _by_place(texts)
    order = np.random.default_rng(seed).permutation(len(texts))
    texts = [texts[i] for i in order]
    if limit is not None:
        ends = np.cumsum([len(text) for text in texts])
        texts = texts[: max(MANY, int(np.searchsorted(ends, limit)))]
    count = max(1, round(_HELD_OUT * len(texts)))
    held = texts[: 2 * count]
    return tuple(texts[2 * count :]), tuple(held[:count]), tuple(held[count:])


def _by_place(texts: list[str]) -> tuple[tuple[str, ...], ...]:
    """The last part of each text is held out."""
    cuts = [(round(len(t) * (1 - 2 * _HELD_OUT)), round(len(t) * (1 - _HELD_OUT))) for t in texts]
    parts = [(t[:a], t[a:b], t[b:]) for t, (a, b) in zip(texts, cuts, strict=True)]
    if not all(parts[0]):
        raise InputError(f"Expected a text of at least 20 characters. Received: {len(texts[0])}")
    return tuple(tuple(part) for part in zip(*parts, strict=True))


def _library() -> tuple[list[str], tuple[tuple[str, str], ...]]:
    root = Path(sysconfig.get_paths()["stdlib"])
    texts, skipped = [], []
    for path in sorted(root.rglob("*.py")):
        if _LEFT_OUT & set(path.relative_to(root).parts):
            continue
        try:
            with tokenize.open(path) as file:  # it goes by the encoding that the file declares
                texts.append(file.read())
        except (OSError, SyntaxError, UnicodeDecodeError) as e:
            skipped.append((str(path), str(e)))
    texts = [text for text in texts if text.strip()]
    if len(texts) < MANY:
        raise InputError(f"The source code of Python's library is not installed under {root}")
    return texts, tuple(skipped)
