"""One run, from data to report; every stage leaves its record, and a killed run goes on."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from kerasuite import __version__
from kerasuite.app import App, AppEntry, Config, Expected, find
from kerasuite.export.versions import model_folder
from kerasuite.files import read_json, write_bytes, write_json
from kerasuite.run_folder import environment, load_app, load_info, load_model
from kerasuite.training.machine import prepare, start_tensorflow

if TYPE_CHECKING:
    import keras

    from kerasuite.data.splits import Info, Splits


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
        start_tensorflow(side_by_side=config.side_by_side)
        app = entry.load()(config)
        app.folder = folder
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
        InputError: if the folder is no run, a record in it is damaged, or the data have other
            classes by now than the run has begun to learn.
    """
    app = load_app(folder)
    begun = load_info(folder) if (folder / "info.json").exists() else None
    splits, model = _prepare(app, console, begun)
    return _stages(folder, app, splits, model, console)


def _prepare(app: App, console: Console, begun: Info | None = None) -> tuple[Splits, keras.Model]:
    prepare(app.config.seed, app.config.precision)
    splits = app.data()
    splits.check_classes(begun)
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
    app.folder = folder
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
    # Without the seconds of `fit` if metrics.json was deleted, to have all measured again.
    metrics.setdefault("seconds", {}).setdefault("total", round(seconds, 1))
    write_json(file, metrics)
    _draw(folder, app, model, splits, metrics)
    return metrics


def _fit(folder: Path, app: App, model: keras.Model, splits: Splits, console: Console) -> float:
    """Trains from the last checkpoint on; returns the seconds that all epochs took together."""
    from kerasuite.training.callbacks import Checkpoint, ProgressBar
    from kerasuite.training.state import History, load_state, load_weights

    config = app.config
    history = History(*app.monitor, ties=app.ties)
    last = folder / "checkpoints" / "last.npz"
    first = app.resumable(load_state(last, model, history)) if last.exists() else 0
    history.rows = history.rows[:first]
    if first:
        write_bytes(folder / "history.csv", history.to_csv().encode())
        console.print(f"Going on after epoch {first} of {config.epochs}")
    checkpoint = Checkpoint(folder, history, config.patience)
    bar = ProgressBar(console, first)
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
            **splits.sizes(),
            **_classes(info),
            **({"note": info.note} if info.note else {}),
            "skipped": [list(s) for s in info.skipped],
            "licence": info.licence,
            "citation": info.citation,
        },
    }


def _classes(info: Info) -> dict[str, Any]:
    if info.tasks:
        return {"tasks": [f"{task} with {len(classes)} classes" for task, classes in info.tasks]}
    if info.columns:
        return {"columns": len(info.columns)}
    return {"classes": len(info.class_names)} if info.class_names else {}


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
    if splits.info.tasks:
        about["tasks"] = dict(splits.info.tasks)
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
    facts = [f"{name} {count:,}" for name, count in splits.sizes().items()]
    if info.class_names:
        facts.append(f"{len(info.class_names)} classes")
    facts += [f"{task} with {len(classes)} classes" for task, classes in info.tasks]
    console.print(f"{info.name}: {', '.join(facts)}", highlight=False, markup=False)
    if info.note:
        console.print(info.note, style="yellow", soft_wrap=True, markup=False)
    for path, reason in info.skipped[:10]:
        console.print(f"skipped {path}: {reason}", style="yellow", soft_wrap=True, markup=False)
    if len(info.skipped) > 10:
        console.print(f"… {len(info.skipped)} files skipped in all; the report names them")
