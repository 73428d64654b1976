"""The report of one run: `write_report` makes report.html from the records in a run folder."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kerasuite.errors import InputError
from kerasuite.files import write_bytes
from kerasuite.report import figures as drawn
from kerasuite.report.figure import Figure
from kerasuite.report.html import render
from kerasuite.report.records import (
    load_figures,
    part,
    read_history,
    read_record,
    rows,
    save_figures,
)
from kerasuite.report.words import clean, duration, heading, is_share, number, readable, size

__all__ = ["load_figures", "save_figures", "write_report"]

# Figures of an evaluation that have a place of their own on the page.
_SHOWN_ELSEWHERE = ("class_names", "per_class", "confusion", "calibration", "mistakes", "unit")
MOST_CONFUSED = 12
LIMITS = ("at_least", "at_most")
Pairs = list[tuple[str, Any]]


def write_report(folder: Path) -> Path:
    """Writes the report of a run.

    Args:
        folder: a run folder. config.json is needed; environment.json, history.csv, metrics.json
            and figures/ are shown as far as they are there. Figures that follow from the records
            alone (learning curves, confusion matrix, calibration, classes) are drawn here unless
            the run saved one of the same name.

    Returns:
        The path of report.html, one file that loads nothing from elsewhere.

    Raises:
        InputError: if a record is damaged or config.json is missing.
    """
    folder = Path(folder)
    config = read_record(folder / "config.json", required=True)
    environment = read_record(folder / "environment.json")
    metrics = read_record(folder / "metrics.json")
    history = read_history(folder / "history.csv")
    values = {
        **_opening(config, folder / "config.json"),
        **_measured(metrics, folder / "metrics.json"),
        **_material(metrics, folder / "metrics.json"),
        **_machine(environment, metrics, folder),
        "figures": _figures(folder, metrics, history),
    }
    path = folder / "report.html"
    write_bytes(path, render("run.html", sections=_sections(values), **values))
    return path


def _opening(config: dict[str, Any], path: Path) -> dict[str, Any]:
    app = config.get("app", "app")
    return {
        "app": app,
        "title": config.get("title") or heading(app),
        "summary": config.get("summary"),
        "papers": part(config, "papers", list, path),
        "meta": [
            text
            for text, given in (
                (f"Preset {config.get('preset')}", config.get("preset")),
                (moment(config.get("created")), config.get("created")),
            )
            if given
        ],
        "command_line": config.get("command"),
        "options": [(k, option(v)) for k, v in part(config, "options", dict, path).items()],
        "version": config.get("kerasuite"),
    }


def moment(created: Any) -> str:
    """A time stamp for people; what is no ISO time stays as it is."""
    try:
        time = datetime.datetime.fromisoformat(str(created))
    except ValueError:
        return str(created)
    zone = f" {time.tzname()}" if time.tzinfo else ""
    return f"{time.day} {time:%B %Y, %H:%M}{zone}"


def option(value: Any) -> str:
    """The value of an option as one would type it; numbers keep all their digits."""
    if isinstance(value, list | tuple):
        return ", ".join(map(option, value)) or "–"
    if value is None:
        return "–"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _measured(metrics: dict[str, Any], path: Path) -> dict[str, Any]:
    headline = part(metrics, "headline", dict, path)
    evaluation = part(metrics, "evaluation", dict, path)
    expected = [_expected(row) for row in rows(metrics, "expected", path)]
    tiles = [
        {
            "name": readable(name),
            "value": number(value, name),
            "note": _interval(name, value, evaluation),
            "expected": [e for e in expected if e["metric"] == name],
        }
        for name, value in headline.items()
    ]
    others = [
        (readable(name), number(value, name))
        for name, value in evaluation.items()
        if name not in headline
        and name not in _SHOWN_ELSEWHERE
        and (value is None or isinstance(value, int | float | str))
    ]
    per_class = rows(evaluation, "per_class", path)
    return {
        "tiles": tiles,
        "expected": [e for e in expected if e["metric"] not in headline],
        "others": others,
        "per_class": [_class_row(row) for row in per_class],
        "unit": str(evaluation.get("unit", "examples")).capitalize(),
        "confused": _confused(evaluation, path),
        "texts": rows(evaluation, "texts", path),
    }


def _expected(row: dict[str, Any]) -> dict[str, Any]:
    metric = str(row.get("metric"))
    low, high = (number(row[key], metric) if row.get(key) is not None else "" for key in LIMITS)
    if low and high:
        bound = f"exactly {low}" if row["at_least"] == row["at_most"] else f"{low} to {high}"
    else:
        bound = f"at least {low}" if low else f"at most {high or '–'}"
    return {
        "metric": metric,
        "name": readable(metric),
        "measured": number(row.get("measured"), metric),
        "reached": bool(row.get("reached")),
        "bound": f"expected {bound}",
        "source": " · ".join(str(row[key]) for key in ("source", "where") if row.get(key)),
    }


def _interval(name: str, value: Any, evaluation: dict[str, Any]) -> str:
    interval = evaluation.get(f"{name}_interval")
    # An interval belongs to the figure it was computed with and to no other.
    if not isinstance(interval, list) or len(interval) != 2 or evaluation.get(name) != value:
        return ""
    low, high = (number(bound, name) for bound in interval)
    if is_share(name):
        low = low.removesuffix(" %")
    return f"95 % interval {low} – {high}"


def _class_row(row: dict[str, Any]) -> dict[str, str]:
    support = row.get("support")
    # Without examples there is nothing that could be recalled.
    shown = {key: number(row.get(key) if support else None, key) for key in ("recall", "f1")}
    precision = number(row.get("precision"), "precision")
    return {"name": row.get("name"), "precision": precision, "support": number(support)} | shown


def _confused(evaluation: dict[str, Any], path: Path) -> list[dict[str, str]]:
    names = part(evaluation, "class_names", list, path)
    matrix = part(evaluation, "confusion", list, path)
    if not matrix or not names:
        return []
    if [len(row) if isinstance(row, list) else 0 for row in matrix] != [len(names)] * len(names):
        raise InputError(f"{path} is damaged: 'confusion' must be a square of {len(names)} classes")
    counts = np.array(matrix)
    if counts.dtype.kind not in "iuf":
        raise InputError(f"{path} is damaged: 'confusion' must hold counts")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = np.argwhere(counts * (1 - np.eye(len(counts))))
    worst = sorted(wrong.tolist(), key=lambda at: (-counts[*at], -shares[*at]))[:MOST_CONFUSED]
    return [
        {
            "true": names[i],
            "predicted": names[j],
            "count": number(counts[i, j].item()),
            "share": f"{shares[i, j] * 100:.0f} %",
        }
        for i, j in worst
    ]


def _material(metrics: dict[str, Any], path: Path) -> dict[str, Any]:
    data = part(metrics, "data", dict, path)
    skipped = [tuple(map(str, pair)) for pair in part(data, "skipped", list, path)]
    skipped = [pair for pair in skipped if len(pair) == 2]
    export = part(metrics, "export", dict, path)
    shown: dict[str, Callable[[Any], str]] = {"bytes": size, "path": clean, "version": str}
    return {
        "data": _pairs(data, skip=("skipped",)),
        "skipped": skipped,
        "skipped_title": f"{len(skipped)} unreadable file{'s' * (len(skipped) != 1)} left out",
        "model": _pairs(part(metrics, "model", dict, path)),
        "export": [
            ("size" if k == "bytes" else readable(k), shown.get(k, number)(v))
            for k, v in export.items()
        ],
    }


def _pairs(record: dict[str, Any], skip: tuple[str, ...] = ()) -> Pairs:
    return [
        (readable(name), number(value, name) if not isinstance(value, list) else option(value))
        for name, value in record.items()
        if name not in skip and value not in (None, "", [], {}) and not isinstance(value, dict)
    ]


def _machine(environment: dict[str, Any], metrics: dict[str, Any], folder: Path) -> dict[str, Any]:
    seconds = part(metrics, "seconds", dict, folder / "metrics.json")
    packages = part(environment, "packages", dict, folder / "environment.json")
    machine = _pairs({k: v for k, v in environment.items() if k not in ("packages", "memory_gib")})
    if isinstance(environment.get("memory_gib"), int | float):
        machine.append(("memory", f"{environment['memory_gib']:.1f} GiB"))
    return {
        "times": [(readable(name), duration(value)) for name, value in seconds.items()],
        "environment": machine,
        "packages": sorted(packages.items()),
    }


def _figures(
    folder: Path, metrics: dict[str, Any], history: dict[str, list[float | None]]
) -> list[Figure]:
    saved = load_figures(folder)
    names = {figure.name for figure in saved}
    evaluation = metrics.get("evaluation") or {}
    confusion, classes = evaluation.get("confusion"), evaluation.get("class_names")
    recipes = {
        "curves": (drawn.curves, history if drawn.metric_names(history) else None),
        "confusion_matrix": (
            lambda matrix: drawn.confusion_matrix(matrix, classes),
            confusion if classes else None,
        ),
        "reliability": (drawn.reliability, evaluation.get("calibration")),
        "per_class": (drawn.per_class_bars, evaluation.get("per_class")),
    }
    made = []
    for name, (draw, material) in recipes.items():
        if name in names or not material:
            continue
        try:
            made.append(draw(material))
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            path = folder / ("history.csv" if name == "curves" else "metrics.json")
            raise InputError(f"{path} is damaged: {readable(name)} cannot be drawn: {e}") from e
    # The curves come first, as the run did; then what the app chose to show.
    return [f for f in made if f.name == "curves"] + saved + [f for f in made if f.name != "curves"]


def _sections(values: dict[str, Any]) -> list[tuple[str, str]]:
    named = {
        "expected": ("Expected", values["expected"]),
        "again": ("Command", values["command_line"]),
        "figures": ("Figures", values["figures"]),
        "texts": ("Texts", values["texts"]),
        "classes": ("Classes", values["per_class"]),
        "material": ("Data and model", values["data"] or values["model"] or values["export"]),
        "configuration": ("Configuration", values["options"] or values["others"]),
        "machine": ("Machine and time", values["environment"] or values["times"]),
        "papers": ("Papers", values["papers"]),
    }
    return [(id, name) for id, (name, present) in named.items() if present]
