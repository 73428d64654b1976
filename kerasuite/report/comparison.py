"""The report of a sweep: `write_comparison` sets the runs of one folder side by side."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerasuite.files import write_bytes
from kerasuite.report.figure import Figure
from kerasuite.report.html import render
from kerasuite.report.page import moment, option
from kerasuite.report.records import part, read_history, read_record, rows, save_figures
from kerasuite.report.sweep_figures import final_points, mean_curves
from kerasuite.report.words import clean, heading, lower_is_better, number, readable


@dataclass
class Setting:
    """All runs of one choice of options.

    Attributes:
        label: the choice in words.
        values: the final figure of each finished run.
        histories: the history of each run that has one.
        failed: how many runs failed.
        pending: how many runs have not ended.
    """

    label: str
    values: list[float] = field(default_factory=list)
    histories: list[dict[str, list[float | None]]] = field(default_factory=list)
    failed: int = 0
    pending: int = 0


def write_comparison(folder: Path) -> Path:
    """Writes the report of a sweep.

    Args:
        folder: a sweep's folder with sweep.json and, for each run it lists, a run folder whose
            history.csv is read if it is there. A sweep that is not yet over can be shown too.

    Returns:
        The path of report.html, one file that loads nothing from elsewhere. The figures also lie
        in `folder`/figures.

    Raises:
        InputError: if sweep.json is missing, or a record is damaged.
    """
    folder = Path(folder)
    path = folder / "sweep.json"
    sweep = read_record(path, required=True)
    metric = str(sweep.get("metric") or "accuracy")
    runs = rows(sweep, "runs", path)
    settings = _ranked(_settings(folder, sweep, runs, metric), metric)
    figures = _figures(settings, metric)
    save_figures(folder, figures)
    over = part(sweep, "over", dict, path)
    page = render(
        "comparison.html",
        app=sweep.get("app", "app"),
        title=f"{heading(metric)} by {' and '.join(map(readable, over)) or 'run'}",
        over=[(name, option(values)) for name, values in over.items()],
        seeds=option(part(sweep, "seeds", list, path)),
        lesson=sweep.get("lesson"),
        meta=_meta(sweep, runs),
        command_line=sweep.get("command"),
        metric=heading(metric),
        table=_table(settings, metric),
        direction="lower is better" if lower_is_better(metric) else "higher is better",
        figures=figures,
        failures=[
            (run.get("folder", "run"), run.get("error") or "no reason was recorded")
            for run in runs
            if run.get("state") == "failed"
        ],
    )
    report = folder / "report.html"
    write_bytes(report, page)
    return report


def _settings(
    folder: Path, sweep: dict[str, Any], runs: list[dict[str, Any]], metric: str
) -> list[Setting]:
    path = folder / "sweep.json"
    over = list(part(sweep, "over", dict, path))
    settings: dict[str, Setting] = {}
    for run in runs:
        options = part(run, "options", dict, path)
        chosen = {name: options[name] for name in over or options if name in options}
        # The JSON tells 1 from "1" and from true, which look alike in words.
        key = json.dumps(chosen, sort_keys=True)
        setting = settings.setdefault(key, Setting(_label(chosen)))
        state = run.get("state")
        setting.failed += state == "failed"
        setting.pending += state not in ("failed", "done")
        value = part(run, "metrics", dict, path).get(metric)
        if state == "done" and isinstance(value, int | float) and value == value:
            setting.values.append(float(value))
        if run.get("folder") and state != "failed":
            history = read_history(folder / str(run["folder"]) / "history.csv")
            setting.histories += [history] if history else []
    _tell_apart(list(settings.values()))
    return list(settings.values())


def _label(chosen: dict[str, Any]) -> str:
    if len(chosen) == 1:
        return clean(option(next(iter(chosen.values()))))
    return ", ".join(f"{clean(readable(k))} {clean(option(v))}" for k, v in chosen.items()) or "–"


def _tell_apart(settings: list[Setting]) -> None:
    """Gives settings whose labels are equal a number: figures are keyed by label."""
    seen: dict[str, int] = {}
    for setting in settings:
        seen[setting.label] = seen.get(setting.label, 0) + 1
        if seen[setting.label] > 1:
            setting.label += f" ({seen[setting.label]})"


def _ranked(settings: list[Setting], metric: str) -> list[Setting]:
    """Best mean first; settings without a result last, in their own order."""
    sign = 1 if lower_is_better(metric) else -1
    return sorted(
        settings, key=lambda s: (not s.values, sign * statistics.fmean(s.values) if s.values else 0)
    )


def _table(settings: list[Setting], metric: str) -> list[dict[str, Any]]:
    table = []
    for i, setting in enumerate(settings):
        values = setting.values
        notes = [
            f"{count} {word}"
            for count, word in ((setting.failed, "failed"), (setting.pending, "pending"))
            if count
        ]
        table.append(
            {
                "label": setting.label,
                # A mark makes sense only where there is something to compare with.
                "best": i == 0 and bool(values) and sum(bool(s.values) for s in settings) > 1,
                "mean": number(statistics.fmean(values) if values else None, metric),
                "std": number(statistics.stdev(values) if len(values) > 1 else None, metric),
                "low": number(min(values, default=None), metric),
                "high": number(max(values, default=None), metric),
                "count": len(values),
                "notes": ", ".join(notes),
            }
        )
    return table


def _figures(settings: list[Setting], metric: str) -> list[Figure]:
    figures = []
    if any(s.values for s in settings):
        figures.append(final_points({s.label: s.values for s in settings}, metric))
    histories = {s.label: s.histories for s in settings if s.histories}
    columns = {column for runs in histories.values() for run in runs for column in run}
    validation = f"val_{metric}" if f"val_{metric}" in columns else metric
    wanted = {"validation": validation, "training_loss": "loss"}
    for name, column in wanted.items():
        if column in columns and not (name == "training_loss" and validation == "loss"):
            title = "Training loss" if column == "loss" else heading(column)
            figures.append(mean_curves(histories, column, title, name))
    return figures


def _meta(sweep: dict[str, Any], runs: list[dict[str, Any]]) -> list[str]:
    states = [run.get("state") for run in runs]
    done, failed = states.count("done"), states.count("failed")
    meta = [f"{done} of {len(runs)} runs done"]
    if failed:
        meta.append(f"{failed} failed")
    if pending := len(runs) - done - failed:
        meta.append(f"{pending} pending")
    if sweep.get("created"):
        meta.append(moment(sweep["created"]))
    return meta
