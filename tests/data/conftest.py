import stat

import numpy as np
import pytest

from kerasuite.data import catalogue_entries


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("KERASUITE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def catalogue_with(monkeypatch):
    """Adds entries to the catalogue."""

    def add(*entries):
        monkeypatch.setattr(catalogue_entries, "ENTRIES", (*catalogue_entries.ENTRIES, *entries))

    return add


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Puts a shell script of a given name before all other programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def write(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return write


@pytest.fixture
def rng():
    return np.random.default_rng(0)
