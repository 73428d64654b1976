"""What became of a model's versions: their states, and when a failed one is tried again."""

import time
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from kerasuite.serving.status import Code


class State(IntEnum):
    """ModelVersionStatus.State: the numbers of TF Serving's protocol."""

    UNKNOWN = 0
    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True)
class VersionState:
    """A version's state, and what went wrong if something did."""

    state: State
    code: Code = Code.OK
    message: str = ""


@dataclass
class _Failure:
    attempts: int
    time: float
    files: tuple


class Failures:
    """Versions that could not be loaded.

    One is tried again after a while, a few times, and whenever its files have changed: most often
    it was still being copied.

    Args:
        max_retries: how often a version is tried again.
        retry_seconds: how long to wait before that.
    """

    def __init__(self, max_retries: int, retry_seconds: float) -> None:
        self._max_retries = max_retries
        self._retry_seconds = retry_seconds
        self._failures: dict[Path, _Failure] = {}
        self._seen: dict[Path, tuple] = {}

    def add(self, path: Path) -> None:
        """Notes that a version's folder could not be loaded."""
        before = self._failures.get(path)
        files = self._seen.pop(path, ())
        attempts = before.attempts + 1 if before and before.files == files else 1
        self._failures[path] = _Failure(attempts, time.monotonic(), files)

    def forget(self, path: Path) -> None:
        """Notes that a version could be loaded."""
        self._failures.pop(path, None)
        self._seen.pop(path, None)

    def may_try(self, path: Path) -> bool:
        """Whether to load a version now."""
        # The files as they are before loading begins: those that come meanwhile are a change.
        files = self._seen[path] = _files(path)
        failure = self._failures.get(path)
        if failure is None or failure.files != files:
            return True
        waited = time.monotonic() - failure.time >= self._retry_seconds
        return waited and failure.attempts <= self._max_retries


def _files(path: Path) -> tuple:
    """A summary of a folder's files that changes with them."""
    found = []
    for file in sorted(path.rglob("*")):
        try:
            stat = file.stat()
        except OSError:  # it vanished between the two calls
            continue
        found.append((str(file), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
