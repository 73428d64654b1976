"""What every data set becomes: three splits and what is known about them."""

from collections.abc import Sized
from dataclasses import dataclass, field
from typing import Any

from kerasuite.errors import InputError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Info:
    """What is known of a data set before any of it is learned from.

    Attributes:
        name: catalogue name, or the path it was read from.
        shape: shape of one example; pictures are (height, width, channels).
        class_names: the names of the classes, in the order of the labels.
        kinds: of each class a wider kind ("animal" of "bird"), where the data name them.
        tasks: of examples with several labels each, in their order: the name of each, with the
            names of its classes.
        languages: of sentence pairs, the codes of the languages that occur, such as "en".
        columns: of a table, per column its name, its kind ("number" or "category"), and what is
            known of its values: boundaries of intervals, or the categories, sorted.
        mean: per-channel mean of the training pictures, in [0, 255].
        std: per-channel standard deviation of the training pictures, in [0, 255].
        multi_label: whether an example has any number of the classes, which are then tags, and not
            exactly one.
        tokenizer: of texts, the tokenizer that learned from the training texts, as
            `text.Tokenizer.to_text` writes it.
        mirrors: whether a picture's mirror image belongs to the same class (not so for digits).
        skipped: files left out because they cannot be read, each with its reason.
        note: what was done to the examples that their owner should know; "" for nothing.
        ignored: how many other files lay among them, by their endings no data.
        licence: licence of the data, as its source states it.
        citation: whom to cite or attribute.
    """

    name: str
    shape: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    tasks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    languages: tuple[str, ...] = ()
    columns: tuple[tuple[str, str, tuple[Any, ...]], ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    multi_label: bool = False
    tokenizer: str = ""
    mirrors: bool = True
    skipped: tuple[tuple[str, str], ...] = field(default=())
    note: str = ""
    ignored: int = 0
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Splits:
    """Train, validation and test examples of one data set, with its `Info`.

    A part may be anything that the app's own `fit` and `evaluate` take.
    """

    train: Any
    validation: Any
    test: Any
    info: Info

    def sizes(self) -> dict[str, int]:
        """How many examples each part has, of those that have a length."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: len(part) for name, part in parts.items() if isinstance(part, Sized)}

    def check_classes(self, learned: Info | None) -> None:
        """Checks that a trained model can be measured on this data.

        Args:
            learned: of the data that the model was trained on; None if there is no model yet.

        Raises:
            InputError: if that had other classes, tags or tasks.
        """
        if learned is not None and _asked(self.info) != _asked(learned):
            raise InputError(
                f"{self.info.name} has the {_listed(self.info)}; the model was trained on the "
                f"{_listed(learned)}"
            )


def _asked(info: Info) -> tuple[Any, ...]:
    return info.class_names, info.tasks, info.multi_label


def _listed(info: Info) -> str:
    if info.tasks:
        tasks = (f"{task} ({len(names)} classes)" for task, names in info.tasks)
        return f"tasks {', '.join(tasks)}"
    names, more = info.class_names[:8], len(info.class_names) - 8
    rest = f" and {more} more" if more > 0 else ""
    return f"{'tags' if info.multi_label else 'classes'} {', '.join(names)}{rest}"
