"""Verbs that train: one run, or one per setting and seed."""

import functools
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasuite.errors import KerasuiteError
from kerasuite.verbs.parsing import parse


def train(words: list[str]) -> None:
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

    return parse(Resume, words, "train").resume


def sweep(words: list[str]) -> None:
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
