"""From words on the command line to an app's configuration. Imports no TensorFlow."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from kerasuite.app import AppEntry, Config, Study, apps, find
from kerasuite.errors import InputError


@dataclass(frozen=True)
class TrainOptions:
    """Options of the run itself."""

    preset: str = "default"
    """Where the options start: smoke (seconds), default (minutes), full (the paper's recipe)."""
    folder: Path | None = None
    """The run's folder; left out, runs/APP/<time>-<seed>."""
    publish: bool = True
    """Export the SavedModel as the next version under saved_models/."""


def take_app(words: list[str], verb: str, usage: str) -> tuple[AppEntry, list[str]]:
    """Takes the app's name off the front of a verb's words.

    Args:
        words: what follows the verb.
        verb: for messages.
        usage: what may follow it, for `--help` without an app.

    Returns:
        The app, and the words after its name.

    Raises:
        InputError: if there is no such app, or none is named.
        SystemExit: after printing the usage, where that was asked for.
    """
    if words and not words[0].startswith("-"):
        return find(words[0]), words[1:]
    names = ", ".join(apps())
    message = f"usage: kerasuite {verb} {usage}\n\nAPP is one of: {names}\n"
    if words and words[0] in ("-h", "--help"):
        print(f"{message}`kerasuite {verb} APP --help` lists the app's options.")
        raise SystemExit(0)
    raise InputError(f"kerasuite {verb} needs the name of an app first, one of: {names}")


def app_options(entry: AppEntry, words: list[str], own: type, verb: str) -> tuple[Any, Config]:
    """Parses a verb's own options and the app's, whose defaults come from the preset.

    Args:
        entry: the app.
        words: what follows its name.
        own: the dataclass of the verb's own options.
        verb: for messages.

    Returns:
        An instance of `own`, and one of the app's Config.
    """
    import tyro

    preset = entry.preset(_preset(words))
    both = dataclasses.make_dataclass(
        "Options",
        [("run", Annotated[own, tyro.conf.arg(name="")], dataclasses.field(default=own())),
         ("app", Annotated[type(preset), tyro.conf.arg(name="")], preset)],
    )  # fmt: skip
    parsed = tyro.cli(
        both,
        args=words,
        prog=f"kerasuite {verb} {entry.name}",
        description=f"{entry.about.title}. {entry.about.summary}.",
        config=(tyro.conf.OmitArgPrefixes,),
    )
    return parsed.run, parsed.app


def _preset(words: list[str]) -> str:
    for i, word in enumerate(words):
        if word == "--preset" and i + 1 < len(words):
            return words[i + 1]
        if word.startswith("--preset="):
            return word.partition("=")[2]
    return "default"


def study_words(study: Study) -> list[str]:
    """A study as one would type it; what is typed after it goes before it."""
    options = [word for option in study.options.items() for word in as_words(*option)]
    return ["--over", *study.over, "--seeds", str(study.seeds), *options]


def as_words(name: str, value: str) -> list[str]:
    """An option and its value as one would type them; + joins the words of one value."""
    flag = name.replace("_", "-")
    if value in ("true", "false"):
        return [f"--{flag}" if value == "true" else f"--no-{flag}"]
    return [f"--{flag}", *(word for word in value.split("+") if word)]
