"""Verbs about what one does with a run."""

from dataclasses import dataclass
from pathlib import Path

from kerasuite.verbs.parsing import parse


def evaluate(words: list[str]) -> None:
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

    options = parse(Evaluate, words, "evaluate")
    from kerasuite.describe import show_evaluation

    show_evaluation(options.run, options.data, options.json)


def play(words: list[str]) -> None:
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

    options = parse(Play, words, "play")
    from kerasuite.describe import show_play

    show_play(options)


def export(words: list[str]) -> None:
    """Exports a trained run as the next version of its SavedModel."""
    import tyro

    @dataclass
    class Export:
        """Exports a trained run again, as the next version under saved_models/."""

        run: tyro.conf.Positional[str]
        """A run's folder, or an app's name for its latest finished run."""

    options = parse(Export, words, "export")
    from kerasuite.describe import show_export

    show_export(options.run)


def report(words: list[str]) -> None:
    """Writes a run's or a sweep's report.html anew from its records."""
    import tyro

    @dataclass
    class Report:
        """Writes report.html anew from the records of a run or a sweep; nothing is computed."""

        run: tyro.conf.Positional[str]
        """A run's folder, a sweep's folder, or an app's name for its latest finished run."""

    options = parse(Report, words, "report")
    from kerasuite import run_folder

    folder = run_folder.latest(options.run)
    if (folder / "sweep.json").exists():
        from kerasuite.report.comparison import write_comparison as write
    else:
        from kerasuite.report.page import write_report as write
    print(write(folder))
