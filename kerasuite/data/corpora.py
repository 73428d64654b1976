"""Plain text to model, from the catalogue or own files, in three splits."""

from collections.abc import Sequence
from pathlib import Path

from kerasuite.data import catalogue, python_library
from kerasuite.data.document_splits import document_splits
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.data.text_files import read_text, text_files
from kerasuite.data.text_sets import Document, text_set
from kerasuite.errors import InputError

DEFAULT = "moby_dick+pride_and_prejudice"
# With fewer documents each is cut into three; with more, whole ones are held out.
FEW = 20
# Where a document is cut: training comes first, the end of the story last.
SHARES = (0.9, 0.05)


def load_texts(
    source: str | None = None, *, endings: Sequence[str] = (".txt",), seed: int = 0
) -> Splits:
    """Loads texts, about 90 % of them for training and 5 % each for validation and test.

    Args:
        source: a name of the catalogue (fetched first if need be), "python_library" for the
            sources of the running Python's standard library, a file, a folder, which is searched
            with its subfolders, or a pattern with "*"; or several joined by "+". None for the
            embedded novels.
        endings: of the files in folders that count, such as (".py",).
        seed: which of many own documents are held out. The splits of catalogue sets are fixed.

    Returns:
        Three lists of `Document`s, (text, name), and their `Info`.

    Raises:
        InputError: if there is no such source, or its text cannot be used; it names the line.
        KerasuiteError: if it cannot be fetched.
    """
    source = DEFAULT if source is None else source
    names = [source] if Path(source).expanduser().exists() else source.split("+")
    parts: dict[str, list[Document]] = {split: [] for split in SPLITS}
    known: list[tuple[str, str]] = []
    skipped: tuple[tuple[str, str], ...] = ()
    for name in names:
        if name == python_library.NAME:
            known.append((python_library.LICENCE, python_library.CITATION))
            (documents, skipped), chosen_by = python_library.python_library(), 0
        elif name in catalogue.names():
            entry = catalogue.find(name)
            known.append((entry.licence, entry.citation))
            documents, chosen_by = text_set(name), 0
        else:
            documents, chosen_by = _own(name, tuple(endings)), seed
        for split, some in _divided(documents, chosen_by).items():
            parts[split] += some
    info = Info(
        source,
        skipped=skipped,
        licence="; ".join(dict.fromkeys(licence for licence, _ in known)),
        citation="; ".join(dict.fromkeys(citation for _, citation in known)),
    )
    return Splits(*parts.values(), info)


def _own(name: str, endings: tuple[str, ...]) -> list[Document]:
    path = Path(name).expanduser()
    if not path.exists() and "/" not in name and "*" not in name and not path.suffix:
        raise InputError(
            f"There is no text called {name!r}{catalogue.near(name, catalogue.names())}; expected "
            f"a name that 'kerasuite data list' shows, {python_library.NAME}, a file, a folder or "
            "a pattern"
        )
    return [Document(read_text(file), str(file)) for file in text_files(name, endings)]


def _divided(documents: list[Document], seed: int) -> dict[str, list[Document]]:
    parts: dict[str, list[Document]] = {split: [] for split in SPLITS}
    if len(documents) < FEW:
        for document in documents:
            for split, text in zip(SPLITS, _cut(document), strict=True):
                parts[split].append(Document(text, document.name))
        return parts
    # Sizes in thousands of characters, so that a document of many counts for as much.
    sizes = [document.name for document in documents for _ in range(1 + len(document.text) // 1000)]
    chosen = document_splits(sizes, seed)
    for document in documents:
        parts[chosen[document.name]].append(document)
    return parts


def _cut(document: Document) -> list[str]:
    """Three pieces of a text, cut where a paragraph ends, or a line, or a word."""
    text, pieces, start = document.text, [], 0
    for share in SHARES:
        wanted = start + round(share * len(text))
        breaks = (text.find(mark, wanted) + len(mark) for mark in ("\n\n", "\n", " ", ""))
        # A break that is far off would leave nothing for the next piece.
        end = next(b for b in breaks if wanted <= b <= wanted + len(text) // 50)
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    if not all(piece.strip() for piece in pieces):
        raise InputError(f"{document.name} is too short to be divided into three")
    return pieces
