"""Run folders: making them, and reading back what a run left in one."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasuite.app import App, AppEntry, Config, find
from kerasuite.errors import InputError
from kerasuite.files import home, make_folder, read_json
from kerasuite.training.machine import start_tensorflow

if TYPE_CHECKING:
    import keras

    from kerasuite.data.splits import Info

PACKAGES = ("keras", "tensorflow", "numpy", "tensorflow-text", "kerasuite")


def new_folder(entry: AppEntry, config: Config, folder: Path | None = None) -> Path:
    """Makes the empty folder of a new run, before anything is computed.

    Args:
        entry: the app.
        config: its options.
        folder: where; runs/APP/<time>-<seed> if left out.

    Raises:
        InputError: if an option cannot work, or the folder holds a run already or cannot be
            written to.
    """
    config.check()
    if folder is None:
        parent = make_folder(home() / "runs" / entry.name)
        return _unused(parent, f"{datetime.datetime.now():%Y%m%d-%H%M%S}-{config.seed}")
    if (folder / "config.json").exists():
        raise InputError(f"{folder} holds a run already; go on with it by --resume {folder}")
    return make_folder(folder)


def _unused(parent: Path, name: str) -> Path:
    """Runs that start in the same second get names of their own."""
    for suffix in ["", *(f"-{i}" for i in range(2, 1000))]:
        try:
            (parent / f"{name}{suffix}").mkdir()
        except FileExistsError:
            continue
        return parent / f"{name}{suffix}"
    raise InputError(f"{parent} holds too many runs named {name}")


def environment() -> dict[str, Any]:
    """Versions and machine of this run."""
    import psutil

    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def load_app(folder: Path, **changes: Any) -> App:
    """The app of a run, with the run's configuration.

    Args:
        folder: the run's folder.
        **changes: options to change.

    Raises:
        InputError: if the folder is no run, or its record is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"There is no run folder {folder}")
    record = read_json(folder / "config.json")
    try:
        entry = find(record["app"])
        config = restore(entry, {**record["options"], **changes})
    except (KeyError, TypeError, AttributeError) as e:
        raise InputError(f"{folder / 'config.json'} is damaged: {e}") from e
    start_tensorflow(side_by_side=config.side_by_side)
    app = entry.load()(config)
    app.folder = folder
    return app


def restore(entry: AppEntry, options: dict[str, Any]) -> Config:
    """The configuration that was written as JSON, where tuples became lists."""
    return entry.config_class(**{k: _tuples(v) for k, v in options.items()})


def load_info(folder: Path) -> Info:
    """What the run knew of its data."""
    from kerasuite.data.splits import Info

    record = read_json(folder / "info.json")
    try:
        return Info(**{k: _tuples(v) for k, v in record.items()})
    except (TypeError, AttributeError) as e:
        raise InputError(f"{folder / 'info.json'} is damaged: {e}") from e


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def load_model(folder: Path) -> keras.Model:
    """The run's trained model."""
    path = folder / "model.keras"
    if not path.is_file():
        raise InputError(
            f"{folder} holds no trained model yet; go on with `kerasuite train --resume {folder}`"
        )
    return read_model(path)


def read_model(path: Path) -> keras.Model:
    """A model from a .keras file. Keras's safe mode stays on: a model file cannot run code.

    Raises:
        InputError: if it is damaged.
    """
    import keras

    import kerasuite.objects  # noqa: F401 - layers, losses, optimizers and models of the suite

    try:
        return keras.saving.load_model(path)
    except Exception as e:  # Keras lets errors of zip, h5py and JSON through as they are.
        raise InputError(f"{path} is damaged and cannot be loaded: {str(e).splitlines()[0]}") from e


def latest(name: str) -> Path:
    """A run by its folder, or the latest finished run of an app by its name."""
    if Path(name).is_dir():
        return Path(name)
    entry = find(name)
    runs = sorted(p.parent for p in (home() / "runs" / entry.name).glob("*/metrics.json"))
    if not runs:
        raise InputError(f"{name} has no finished run under {home() / 'runs'}")
    return runs[-1]
