"""One run, from data to report; every stage leaves its record, and a killed run goes on."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from kerasuite import __version__
from kerasuite.app import App, AppEntry, Config, Expected, find
from kerasuite.errors import InputError
from kerasuite.export.versions import model_folder
from kerasuite.files import home, make_folder, read_json, write_json
from kerasuite.training.machine import prepare, start_tensorflow

if TYPE_CHECKING:
    import keras

    from kerasuite.data.splits import Info, Splits

PACKAGES = ("keras", "tensorflow", "numpy", "tensorflow-text", "kerasuite")


# --- folders and records -------------------------------------------------------------------------


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
    start_tensorflow()
    return entry.load()(config)


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
    """The run's trained model. Keras's safe mode stays on: a model file cannot run code."""
    import keras

    import kerasuite.layers  # noqa: F401 - registers the layers that the file names

    path = folder / "model.keras"
    if not path.is_file():
        raise InputError(
            f"{folder} holds no trained model yet; go on with `kerasuite train --resume {folder}`"
        )
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


# --- the stages ----------------------------------------------------------------------------------


def start(
    folder: Path,
    entry: AppEntry,
    config: Config,
    console: Console,
    preset: str,
    command: str,
    publish: bool = True,
) -> dict[str, Any]:
    """Runs every stage of a new run.

    Nothing is written before data and options have proved usable; an unused folder is removed.

    Args:
        folder: made by `new_folder`.
        entry: the app.
        config: its options.
        console: where progress is shown.
        preset: the name that the options started from.
        command: what the user typed, for the report.
        publish: whether to export the SavedModel.

    Returns:
        The run's metrics.
    """
    try:
        start_tensorflow()
        app = entry.load()(config)
        splits, model = _prepare(app, console)
        _write_records(folder, entry, config, preset, command, publish)
        return _stages(folder, app, splits, model, console)
    finally:
        with contextlib.suppress(OSError):  # holds records: it stays
            folder.rmdir()


def resume(folder: Path, console: Console) -> dict[str, Any]:
    """Runs every stage that the folder has no record of yet.

    Args:
        folder: left behind by a run that was stopped, or finished.
        console: where progress is shown.

    Returns:
        The run's metrics.

    Raises:
        InputError: if the folder is no run, or a record in it is damaged.
    """
    app = load_app(folder)
    splits, model = _prepare(app, console)
    return _stages(folder, app, splits, model, console)


def _prepare(app: App, console: Console) -> tuple[Splits, keras.Model]:
    prepare(app.config.seed, app.config.precision)
    splits = app.data()
    _say_data(console, splits)
    return splits, app.build(splits.info)


def _write_records(
    folder: Path, entry: AppEntry, config: Config, preset: str, command: str, publish: bool
) -> None:
    about = entry.about
    record = {
        "app": entry.name,
        "title": about.title,
        "summary": about.summary,
        "papers": list(about.papers),
        "preset": preset,
        "options": dataclasses.asdict(config),
        "command": command,
        "publish": publish,
        "created": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "kerasuite": __version__,
    }
    write_json(folder / "config.json", record)
    write_json(folder / "environment.json", environment())


def _stages(
    folder: Path, app: App, splits: Splits, model: keras.Model, console: Console
) -> dict[str, Any]:
    """Fit, evaluate, export, report; each is skipped if its record is there."""
    started = time.perf_counter()
    file = folder / "metrics.json"
    metrics = read_json(file) if file.exists() else {}
    write_json(folder / "info.json", dataclasses.asdict(splits.info))
    if not (folder / "model.keras").exists():
        metrics = {"seconds": {"fit": _fit(folder, app, model, splits, console)}}
        write_json(file, metrics)
        _save_model(folder, model)
    model = load_model(folder)
    if "headline" not in metrics:
        metrics |= measure(folder, app, model, splits)
        write_json(file, metrics)
    if read_json(folder / "config.json").get("publish", True) and "export" not in metrics:
        metrics["export"] = export(folder, app, model, splits, metrics)
    seconds = time.perf_counter() - started
    metrics["seconds"].setdefault("total", round(seconds, 1))
    write_json(file, metrics)
    _draw(folder, app, model, splits, metrics)
    return metrics


def _fit(folder: Path, app: App, model: keras.Model, splits: Splits, console: Console) -> float:
    """Trains from the last checkpoint on; returns the seconds that all epochs took together."""
    from kerasuite.training.callbacks import Checkpoint, ProgressBar
    from kerasuite.training.state import History, load_state, load_weights

    config = app.config
    history = History(*app.monitor)
    last = folder / "checkpoints" / "last.npz"
    first = load_state(last, model, history) if last.exists() else 0
    if first:
        console.print(f"Going on after epoch {first} of {config.epochs}")
    checkpoint = Checkpoint(folder, history, config.patience)
    steps = splits.train.steps_per_epoch(config.batch_size)
    bar = ProgressBar(console, config.epochs, first, steps)
    callbacks = [checkpoint, bar]
    if config.tensorboard:
        callbacks.append(_tensorboard(folder))
    if first < config.epochs and not checkpoint.should_stop():
        try:
            app.fit(model, splits, callbacks, first)
        finally:
            bar.close()
    if config.keep == "best" and history.best() is not None:
        load_weights(folder / "checkpoints" / "best.npz", model)
    return round(sum(row["seconds"] for row in history.rows), 1)


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    import keras

    return keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False)


def _save_model(folder: Path, model: keras.Model) -> None:
    staged = folder / ".model.incomplete.keras"
    model.save(staged)
    staged.replace(folder / "model.keras")


def measure(folder: Path, app: App, model: keras.Model, splits: Splits) -> dict[str, Any]:
    """Evaluates and adds what the report says beside the figures."""
    result = app.evaluate(model, splits)
    record = read_json(folder / "config.json")
    expected = find(record["app"]).about.expected
    info = splits.info
    return {
        **result,
        "expected": [
            _compare(e, result["headline"])
            for e in expected
            if e.metric in result["headline"] and _applies(e, app.config)
        ],
        "model": {
            "name": model.name,
            "parameters": model.count_params(),
            "trainable": sum(int(v.value.shape.num_elements()) for v in model.trainable_variables),
        },
        "data": {
            "name": info.name,
            "train": len(splits.train),
            "validation": len(splits.validation),
            "test": len(splits.test),
            "classes": len(info.class_names),
            "skipped": [list(s) for s in info.skipped],
            "licence": info.licence,
            "citation": info.citation,
        },
    }


def _applies(expected: Expected, config: Config) -> bool:
    return all(getattr(config, name) == value for name, value in expected.options.items())


def _compare(expected: Expected, headline: dict[str, float]) -> dict[str, Any]:
    measured = headline[expected.metric]
    low, high = expected.at_least, expected.at_most
    reached = (low is None or measured >= low) and (high is None or measured <= high)
    limits = {"at_least": low, "at_most": high}
    return {
        "metric": expected.metric,
        **{k: v for k, v in limits.items() if v is not None},
        "measured": measured,
        "reached": reached,
        "source": expected.source,
        "where": ", ".join(f"{k} {v}" for k, v in expected.options.items()),
    }


def export(
    folder: Path, app: App, model: keras.Model, splits: Splits, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Publishes the run's model as the next version; returns the record of it."""
    from kerasuite.export.publish import publish

    record = read_json(folder / "config.json")
    about = {
        "app": record["app"],
        "title": record["title"],
        "command": record["command"],
        "created": record["created"],
        "kerasuite": record["kerasuite"],
        "model": metrics["model"],
        "data": {k: metrics["data"][k] for k in ("name", "licence", "citation")},
        "figures": metrics["headline"],
        "class_names": list(splits.info.class_names),
    }
    published = publish(
        record["app"],
        model_folder(record["app"]),
        app.signatures(model, splits.info),
        app.checks(model, splits),
        about,
        app.config.precision,
    )
    return {
        "path": str(published.path),
        "version": published.version,
        "bytes": published.bytes,
        "parity_max_difference": published.difference,
    }


def _draw(
    folder: Path, app: App, model: keras.Model, splits: Splits, metrics: dict[str, Any]
) -> None:
    from kerasuite.report.page import write_report
    from kerasuite.report.records import save_figures

    save_figures(folder, app.figures(model, splits, metrics["evaluation"]))
    write_report(folder)


def _say_data(console: Console, splits: Splits) -> None:
    info = splits.info
    console.print(
        f"{info.name}: {len(splits.train):,} to train on, {len(splits.validation):,} to validate, "
        f"{len(splits.test):,} to test; {len(info.class_names)} classes",
        highlight=False,
    )
    for path, reason in info.skipped[:10]:
        console.print(f"skipped {path}: {reason}", style="yellow", soft_wrap=True, markup=False)
    if len(info.skipped) > 10:
        console.print(f"… {len(info.skipped)} files skipped in all; the report names them")
