"""Verbs that ask an exported model."""

from dataclasses import dataclass
from pathlib import Path

from kerasuite.verbs.parsing import parse


def predict(words: list[str]) -> None:
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

    options = parse(Predict, words, "predict")
    from kerasuite.describe import show_predictions

    show_predictions(options)


def draw(words: list[str]) -> None:
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

    options = parse(Draw, words, "draw")
    from kerasuite.apps.image_translator import drawing
    from kerasuite.export.versions import locate

    path = options.model or locate(drawing.APP_NAME, options.version)
    drawing.serve(path, options.signature, options.host, options.port)
