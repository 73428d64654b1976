"""What the commands print: tables and lines for people, JSON for programs."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kerasuite.errors import InputError

_LONGEST_NAME = 200
# Outputs of what writes: the best text, the best few, and the best one's logarithm of probability.
_WRITTEN = (
    ("translation", "n_best", "log_probability"),
    ("caption", "captions", "log_prob"),
)


def show_app(name: str) -> None:
    """Prints all there is to know of an app."""
    import dataclasses

    from kerasuite.app import find
    from kerasuite.files import home

    out, entry = Console(), find(name)
    about = entry.about
    out.print(f"[bold]{name}[/]: {escape(about.title)}\n{escape(about.summary)}.\n")
    for paper in about.papers:
        out.print(f"  {paper}", highlight=False, markup=False)
    table = Table("figure", "to reach", "with", "source", box=None, title="Figures")
    for e in about.expected:
        bound = f"≥ {e.at_least:g}" if e.at_least is not None else f"≤ {e.at_most:g}"
        table.add_row(e.metric, bound, _options(e.options), escape(e.source))
    out.print(table)
    default = dataclasses.asdict(entry.preset("default"))
    presets = Table("preset", "differs from default by", box=None, title="Presets")
    for preset, config in entry.presets.items():
        changed = {k: v for k, v in dataclasses.asdict(config).items() if v != default[k]}
        presets.add_row(preset, escape(_options(changed)) or "–")
    out.print(presets)
    if entry.studies:
        studies = Table("study", "over", "what it shows", box=None, title="Studies")
        for study_name, study in entry.studies.items():
            over = f"{' '.join(study.over)}; {study.seeds} seeds"
            studies.add_row(study_name, escape(over), escape(f"{study.title}: {study.lesson}"))
        out.print(studies)
    table = Table("option", "default", "meaning", box=None, title="Options")
    for option, meaning in _helps(entry.config_class).items():
        table.add_row(f"--{option.replace('_', '-')}", str(default[option]), escape(meaning))
    out.print(table)
    finished = sorted((home() / "runs" / name).glob("*/metrics.json"))
    if finished:
        out.print(f"latest run: {finished[-1].parent}", soft_wrap=True, highlight=False)


def _helps(config_class: type) -> dict[str, str]:
    """The docstring under each field, of the class and of those that it builds on."""
    import docstring_parser

    return {
        p.arg_name: p.description or ""
        for c in reversed(config_class.__mro__[:-1])
        for p in docstring_parser.parse_from_object(c).params
    }


def _options(options: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in options.items())


def show_models(pattern: str) -> None:
    """Prints the registered models whose names match, smallest first."""
    from kerasuite.models import registry

    found = registry.names(pattern)
    if not found:
        raise InputError(f"No model's name matches {pattern!r}; `kerasuite models` lists them all")
    counts = registry.counts()
    table = Table(Column("model", no_wrap=True), "parameters", "GMACs", box=None)
    for heading in ("input", "paper", "its figure"):
        table.add_column(heading)
    for name in sorted(found, key=lambda name: counts[name]["parameters"]):
        spec, count = registry.spec(name), counts[name]
        table.add_row(
            f"[bold]{name}[/]",
            f"{count['parameters']:,}",
            f"{count['multiply_adds'] / 1e9:.2g}",
            "x".join(map(str, spec.input_shape)),
            escape(spec.paper.partition(",")[0]),
            escape(spec.figure),
        )
    Console().print(table)


def show_result(console: Console, folder: Path, metrics: dict[str, Any]) -> None:
    """Prints what a run ended with and where it lies."""
    for name, value in metrics["headline"].items():
        console.print(f"{name.replace('_', ' ')}: [bold]{value:.4g}[/]", highlight=False)
    for e in metrics["expected"]:
        bound = f"≥ {e['at_least']:g}" if "at_least" in e else f"≤ {e['at_most']:g}"
        verdict = "[green]reached[/]" if e["reached"] else "[yellow]missed[/]"
        console.print(f"expected {e['metric']} {bound} ({escape(e['source'])}): {verdict}")
    lines = {"report": folder / "report.html"}
    if "export" in metrics:
        lines["SavedModel"] = metrics["export"]["path"]
    for name, path in lines.items():
        console.print(f"{name}: {path}", highlight=False, soft_wrap=True, markup=False)


def show_evaluation(name: str, data: str | None, as_json: bool) -> None:
    """Measures a run on its own or other test data and prints the figures."""
    from kerasuite import run_folder
    from kerasuite.training.machine import prepare

    folder = run_folder.latest(name)
    app = run_folder.load_app(folder, **({"data": data} if data else {}))
    prepare(app.config.seed, app.config.precision)
    model = run_folder.load_model(folder)
    splits = app.data(run_folder.load_info(folder))
    result = app.evaluate(model, splits)
    if as_json:
        print(json.dumps(result))
        return
    console = Console()
    console.print(
        f"{folder}: {len(splits.test):,} test examples of {splits.info.name}",
        soft_wrap=True, highlight=False, markup=False,
    )  # fmt: skip
    for metric, value in result["headline"].items():
        console.print(f"{metric.replace('_', ' ')}: [bold]{value:.4g}[/]", highlight=False)


def show_play(options: Any) -> None:
    """Lets a run's agent play, and prints where the film is."""
    from kerasuite import run_folder
    from kerasuite.files import write_bytes
    from kerasuite.training.machine import prepare

    if options.episodes < 1:
        raise InputError(f"--episodes must be at least 1. Received: {options.episodes}")
    folder = run_folder.latest(options.run)
    app = run_folder.load_app(folder)
    if not hasattr(app, "play"):
        raise InputError(f"{folder} is no run of an agent: there is nothing to play")
    prepare(app.config.seed, app.config.precision)
    model = run_folder.load_model(folder)
    films = app.play(model, options.episodes, options.seed, options.window)
    if not films and not options.window:
        raise InputError(
            "The environment cannot be drawn: it needs the render mode rgb_array, and what it "
            'draws with (pip install "gymnasium[classic-control]" for the classic ones)'
        )
    for film in films:
        path = options.save or folder / "play.gif"
        write_bytes(path, film.data)
        Console().print(f"{film.caption} {path}", highlight=False, soft_wrap=True, markup=False)


def show_export(name: str) -> None:
    """Exports a run's model again and prints where it went."""
    from kerasuite import run, run_folder
    from kerasuite.files import read_json, write_json
    from kerasuite.training.machine import prepare

    folder = run_folder.latest(name)
    app = run_folder.load_app(folder)
    prepare(app.config.seed, app.config.precision)
    model = run_folder.load_model(folder)
    metrics = read_json(folder / "metrics.json")
    metrics["export"] = run.export(
        folder, app, model, app.data(run_folder.load_info(folder)), metrics
    )
    write_json(folder / "metrics.json", metrics)
    Console().print(metrics["export"]["path"], highlight=False, soft_wrap=True, markup=False)


def show_predictions(options: Any) -> None:
    """Asks a SavedModel about everything named and prints a table, or JSON lines."""
    with contextlib.ExitStack() as stack:
        _print_answers(options, _predictor(options, stack))


def _print_answers(options: Any, predictor: Any) -> None:
    from kerasuite.export.inputs import gather
    from kerasuite.export.outputs import as_json, save_files
    from kerasuite.export.table_inputs import gather_rows

    names = options.inputs or ("-",)
    if predictor.columns:
        examples = gather_rows(names, predictor.columns)
    else:
        examples = gather(names, predictor.kind, predictor.width)
    refused = []
    table = Table("input", "answer", "score", "next", box=None)
    for answer in predictor.answers(examples, options.batch_size):
        if answer.refused:
            refused.append(answer)
            continue
        saved = save_files(options.save, answer.name, answer.outputs) if options.save else []
        for path in saved:
            print(path, file=sys.stderr)
        if options.json:
            outputs = as_json(answer.outputs)
            print(json.dumps({"input": answer.name, **outputs}, ensure_ascii=False))
        else:
            table.add_row(*_row(_shortened(answer.name), answer.outputs))
    if table.row_count:
        Console().print(table)
    if refused:
        first = refused[0]
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        name = _shortened(first.name) or "An empty text"
        raise InputError(f"{name} was refused: {first.refused}{more}")


def _predictor(options: Any, stack: contextlib.ExitStack) -> Any:
    """What answers: a server, a folder that was named, or an app's own version."""
    if options.server:
        from kerasuite.serving.client import Client
        from kerasuite.serving.remote import RemotePredictor
        from kerasuite.training.machine import start_tensorflow

        if options.model:
            raise InputError("--model and --server exclude each other: the server has its own")
        if options.server.startswith("grpc"):  # its messages are TensorFlow's
            start_tensorflow()
        client = stack.enter_context(Client(options.server))
        return RemotePredictor(client, options.app, options.signature, options.version)
    from kerasuite.export.predictor import Predictor
    from kerasuite.export.versions import locate

    path = options.model or locate(options.app, options.version)
    return Predictor(path, options.signature)


def _row(name: str, outputs: dict[str, Any]) -> tuple[str, ...]:
    from kerasuite.export.outputs import ranked_tasks

    if {"boxes", "classes", "scores", "count"} <= outputs.keys():
        return _boxes_row(name, outputs)
    if {"classes", "scores"} <= outputs.keys():
        ranked = list(zip(outputs["classes"], outputs["scores"], strict=True))
        (best, score), rest = ranked[0], ranked[1:4]
        others = ", ".join(f"{c} {s:.1%}" for c, s in rest)
        return escape(name), f"[bold]{escape(best)}[/]", f"{score:.1%}", escape(others)
    if tasks := ranked_tasks(outputs):
        firsts = [(t[:-1], outputs[f"{t}classes"][0], outputs[f"{t}scores"][0]) for t in tasks]
        best = ", ".join(f"{escape(t)} [bold]{escape(c)}[/]" for t, c, _ in firsts)
        return escape(name), best, ", ".join(f"{s:.1%}" for _, _, s in firsts), ""
    if {"class", "score"} <= outputs.keys():
        return escape(name), f"[bold]{escape(outputs['class'])}[/]", f"{outputs['score']:.4g}", ""
    if {"tags", "scores", "applies"} <= outputs.keys():
        return _tag_row(name, outputs)
    if {"classes", "areas"} <= outputs.keys():
        found = sorted(zip(outputs["classes"], outputs["areas"], strict=True), key=_by_area)
        shares = ", ".join(f"{c} {a:.1%}" for c, a in found if a)
        return escape(name), escape(shares), "", ""
    for names in _WRITTEN:
        if set(names) <= outputs.keys():
            return _written_row(name, outputs, *names)
    # Files are not for reading: --save writes them.
    values = [
        f"{len(v):,} bytes" if isinstance(v, bytes) else escape(str(v)) for v in outputs.values()
    ]
    return escape(name), values[0] if values else "", "", ", ".join(values[1:])


def _shortened(name: str) -> str:
    """An input's name as a table can hold it: a text stands for itself, and may be a whole book."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _boxes_row(name: str, outputs: dict[str, Any]) -> tuple[str, ...]:
    """The surest detection, and the next ones; places in whole pixels."""
    found = [
        (f"{escape(c)} ({', '.join(f'{x:.0f}' for x in box)})", f"{s:.1%}")
        for c, box, s in zip(
            *(outputs[k][: outputs["count"]] for k in ("classes", "boxes", "scores")), strict=True
        )
    ]
    (best, score), rest = found[0] if found else ("nothing", ""), found[1:4]
    return escape(name), f"[bold]{best}[/]", score, ", ".join(f"{b} {s}" for b, s in rest)


def _written_row(
    name: str, outputs: dict[str, Any], best: str, several: str, log: str
) -> tuple[str, ...]:
    """The best text, the logarithm of its probability, and the next best ones."""
    cut = " (its end was not read)" if outputs.get("truncated") else ""
    answer, others = outputs[best], ", ".join(text for text in outputs[several][1:] if text)
    score = f"{outputs[log]:.2f}"
    return f"{escape(name)}{cut}", f"[bold]{escape(answer)}[/]", score, escape(others)


def _tag_row(name: str, outputs: dict[str, Any]) -> tuple[str, ...]:
    """The tags that apply, the score of the first, and the next ones."""
    found = list(zip(outputs["tags"], outputs["scores"], outputs["applies"], strict=True))
    tags = ", ".join(tag for tag, _, applies in found if applies) or "–"
    rest = [f"{tag} {score:.1%}" for tag, score, applies in found if not applies]
    others = ", ".join(rest[:3])
    return escape(name), f"[bold]{escape(tags)}[/]", f"{found[0][1]:.1%}", escape(others)


def _by_area(found: tuple[str, float]) -> float:
    return -found[1]


def show_catalogue() -> None:
    """Prints every data set of the catalogue, and where other data may come from."""
    from kerasuite.data.show import rows

    table = Table("name", "kind", "examples", "size", "licence", "state", box=None)
    for row in rows():
        cells = (row[k] for k in ("kind", "examples", "size", "licence", "state"))
        table.add_row(f"[bold]{row['name']}[/]", *map(escape, cells))
    out = Console()
    out.print(table)
    out.print(
        "\n--data also takes tfds:NAME, and the path of your own: a folder of pictures per class, "
        "images/ with masks/ or COCO's annotations.json, a CSV or Parquet table (of pictures "
        "with tags, too), texts, sentence pairs (TSV, CSV, or two aligned files), or a folder of "
        "messages per class.\n"
        "`kerasuite data show NAME` shows examples; `kerasuite data get NAME` fetches what is "
        "not here yet.",
        highlight=False,
    )


def show_data(name: str) -> None:
    """Prints what is known of a data set, and its first examples."""
    from kerasuite.data.show import describe, preview

    out, about = Console(), describe(name)
    for key, value in about.items():
        if key == "splits":
            value = ", ".join(f"{split} {count:,}" for split, count in value.items())
        if value and key != "examples":
            label = "yes" if value is True else value
            out.print(f"[bold]{key}[/]: {escape(str(label))}", highlight=False, soft_wrap=True)
    if about["examples"] is None:
        out.print(f"\nNot on this machine yet: kerasuite data get {name}", highlight=False)
    else:
        out.print()
        out.print(preview(name))


def fetch_data(name: str, force: bool) -> None:
    """Fetches a data set and prints where it lies."""
    from kerasuite.data.fetch import get

    Console().print(str(get(name, force=force)), highlight=False, soft_wrap=True, markup=False)
