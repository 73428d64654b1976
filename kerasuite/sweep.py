"""Several runs of one app over settings and seeds, compared in one report."""

import dataclasses
import datetime
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kerasuite import run as one_run
from kerasuite import run_folder
from kerasuite.app import AppEntry, Config, find
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.files import home, make_folder, read_json, write_json

MAX_RUNS = 500


@dataclass(frozen=True)
class SweepOptions:
    """Options of the sweep itself."""

    over: tuple[str, ...] = ()
    """What to vary: option=a,b,c; several are combined. Join the words of one value with +."""
    study: str | None = None
    """A ready-made sweep of the app (`kerasuite info APP`); further options change it."""
    seeds: int = 1
    """How many seeds per setting, counted up from --seed."""
    preset: str = "default"
    """Where the options start from."""
    folder: Path | None = None
    """The sweep's folder; left out, runs/APP/sweep-<time>."""


def create(
    entry: AppEntry,
    options: SweepOptions,
    config_of: Callable[[dict[str, str]], Config],
    command: str,
) -> Path:
    """Checks every setting and writes sweep.json, before anything is trained.

    Args:
        entry: the app.
        options: what to vary, and over how many seeds.
        config_of: makes the app's configuration from options as typed words.
        command: what the user typed, for the report.

    Returns:
        The sweep's folder.

    Raises:
        InputError: if an option or one of its values does not exist.
    """
    axes = dict(_axis(text) for text in options.over)
    if not axes:
        raise InputError("kerasuite sweep needs --study NAME, or at least one --over option=a,b,c")
    if options.seeds < 1:
        raise InputError(f"--seeds must be at least 1. Received: {options.seeds}")
    known = {f.name for f in dataclasses.fields(entry.config_class)}
    for name in axes:
        if name not in known:
            raise InputError(f"{entry.name} has no option {name!r} to sweep over")
    settings = [
        dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
    ]
    if len(settings) * options.seeds > MAX_RUNS:
        raise InputError(f"That makes {len(settings) * options.seeds} runs; at most {MAX_RUNS} are")
    planned = []
    for setting in settings:
        config = config_of(setting)
        for seed in range(config.seed, config.seed + options.seeds):
            seeded = dataclasses.replace(config, seed=seed)
            seeded.check()
            planned.append(_planned(setting, seeded))
    folder = options.folder or home() / "runs" / entry.name / f"sweep-{_now():%Y%m%d-%H%M%S}"
    record = {
        "app": entry.name,
        "over": axes,
        "seeds": sorted({r["seed"] for r in planned}),
        "preset": options.preset,
        "command": command,
        "lesson": entry.study(options.study).lesson if options.study else None,
        "created": _now().astimezone().isoformat(timespec="seconds"),
        "metric": None,
        "runs": planned,
    }
    write_json(make_folder(folder) / "sweep.json", record)
    return folder


def _axis(text: str) -> tuple[str, list[str]]:
    name, equals, values = text.partition("=")
    if not equals or not name:
        raise InputError(f"--over must be option=a,b,c. Received: {text}")
    listed = [v.strip() for v in values.split(",")]
    if len(set(listed)) != len(listed):
        raise InputError(f"--over names a value twice. Received: {text}")
    return name.replace("-", "_"), listed


def _planned(setting: dict[str, str], config: Config) -> dict[str, Any]:
    name = "-".join(f"{k}={v}" for k, v in {**setting, "seed": config.seed}.items())
    safe = "".join(c if c.isalnum() or c in "=-_.+" else "_" for c in name)
    return {
        "folder": safe,
        "options": setting,
        "seed": config.seed,
        "config": dataclasses.asdict(config),
        "state": "pending",
        "metrics": {},
        "error": None,
    }


def run(folder: Path, console: Console) -> Path:
    """Does every run that is not done yet; a failed one is recorded and the others go on.

    Args:
        folder: made by `create`, or left behind by a sweep that was stopped.
        console: where progress is shown.

    Returns:
        The comparison report.
    """
    from kerasuite.report.comparison import write_comparison

    record = read_json(folder / "sweep.json")
    for number, planned in enumerate(record["runs"], start=1):
        if planned["state"] == "done":
            continue
        console.rule(f"run {number} of {len(record['runs'])}: {planned['folder']}")
        _one(folder, record, planned, console)
        write_json(folder / "sweep.json", record)
    if all(r["state"] == "failed" for r in record["runs"]):
        raise KerasuiteError(f"Every run of the sweep failed; the last: {planned['error']}")
    return write_comparison(folder)


def _one(folder: Path, record: dict[str, Any], planned: dict[str, Any], console: Console) -> None:
    target = folder / planned["folder"]
    try:
        if (target / "config.json").exists():
            metrics = one_run.resume(target, console)
        else:
            entry = find(record["app"])
            config = run_folder.restore(entry, planned["config"])
            command = f"{record['command']}  # {planned['folder']}"
            run_folder.new_folder(entry, config, target)
            metrics = one_run.start(
                target, entry, config, console, record["preset"], command, publish=False
            )
    except KerasuiteError as e:
        console.print(f"failed: {e}", style="red", markup=False)
        planned.update(state="failed", error=str(e))
        return
    planned.update(state="done", metrics=metrics["headline"], error=None)
    record["metric"] = record["metric"] or next(iter(metrics["headline"]))


def _now() -> datetime.datetime:
    return datetime.datetime.now()
