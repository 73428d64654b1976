"""Versions of exported models on disk: numbered folders, as TF Serving reads them."""

import re
from importlib.resources import files
from pathlib import Path

from kerasuite.errors import InputError
from kerasuite.files import home

_NUMBER = re.compile("[0-9]{1,19}")


def versions(folder: Path) -> dict[int, Path]:
    """The versions in a model's folder, lowest first; other names are not versions."""
    if not folder.is_dir():
        return {}
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and _NUMBER.fullmatch(p.name))
    found = {int(name): folder / name for name in names}
    return {version: found[version] for version in sorted(found) if version < 2**63}


def next_version(folder: Path) -> int:
    """One above the highest there is."""
    return max(versions(folder), default=0) + 1


def model_folder(app: str) -> Path:
    """Where the exports of an app go."""
    return home() / "saved_models" / app


def locate(app: str, version: int | None = None) -> Path:
    """Finds an exported model: your own, or else the one that came with the package.

    Args:
        app: name of the app.
        version: number of the version; the latest if left out.

    Raises:
        InputError: if there is none.
    """
    found = versions(model_folder(app)) or versions(_shipped(app))
    if not found:
        raise InputError(
            f"{app} has no exported model in {model_folder(app)}: train one with "
            f"`kerasuite train {app}`"
        )
    if version is None:
        return found[max(found)]
    if version not in found:
        raise InputError(f"{app} has no version {version}; it has: {', '.join(map(str, found))}")
    return found[version]


def _shipped(app: str) -> Path:
    return Path(str(files("kerasuite.saved_models") / app))
