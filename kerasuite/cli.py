"""The `kerasuite` command. Imports TensorFlow only inside the verbs that compute."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from kerasuite import __version__
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.serving import command_line
from kerasuite.training.machine import quiet
from kerasuite.verbs import asking, catalogue, runs, training

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


VERBS: dict[str, Callable[[list[str]], None]] = {
    "list": catalogue.list_apps,
    "info": catalogue.info,
    "models": catalogue.models,
    "train": training.train,
    "sweep": training.sweep,
    "evaluate": runs.evaluate,
    "play": runs.play,
    "predict": asking.predict,
    "draw": asking.draw,
    "export": runs.export,
    "report": runs.report,
    "data": catalogue.data,
    "serve": command_line.serve,
    "deploy": command_line.deploy,
}

if __name__ == "__main__":
    sys.exit(main())
