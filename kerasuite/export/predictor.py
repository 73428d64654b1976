"""Asks an exported SavedModel; knows nothing of the app that made it."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasuite.errors import InputError
from kerasuite.export.outputs import is_file
from kerasuite.files import read_json

_ASSERTED = "assertion failed:"
_CELLS = ("column", "text", "array")


@dataclass(frozen=True)
class Example:
    """One input to ask about: what to call it, and what to send."""

    name: str
    value: Any


@dataclass(frozen=True)
class Answer:
    """What the model said of one example: outputs by name, or the reason why it refused.

    Outputs whose names end in `_bytes` are files' bytes; all others are plain Python.
    """

    name: str
    outputs: dict[str, Any]
    refused: str | None = None


class Predictor:
    """A loaded SavedModel with its signature.json.

    Args:
        path: the version's folder.
        signature: which of its functions to ask; it must take a single input, or columns: several
            inputs with a text or number for each example.

    Raises:
        InputError: if the folder is damaged or has no such signature.
    """

    def __init__(self, path: Path, signature: str = "serving_default") -> None:
        about = read_json(path / "signature.json")
        try:
            self.inputs = about["signatures"][signature]["inputs"]
        except (KeyError, TypeError) as e:
            known = ", ".join(about.get("signatures", {})) if isinstance(about, dict) else ""
            raise InputError(f"{path} has no signature {signature!r}; it has: {known}") from e
        given = list(self.inputs.values())
        if len(given) == 1:
            self.kind = given[0]["kind"]
        elif all(len(each["shape"]) == 1 and each["kind"] in _CELLS for each in given):
            self.kind = "column"  # a value of each for an example, as in a table's row
        else:
            raise InputError(
                f"Signature {signature!r} takes several inputs: {', '.join(self.inputs)}"
            )
        self.columns = column_types(self.inputs) if self.kind == "column" else {}
        self.width: int | None = (
            next(iter(self.inputs.values()))["shape"][-1] if self.kind == "row" else None
        )
        self.function = _load(path, signature)

    def ask(self, value: Any) -> dict[str, np.ndarray]:
        """Calls the signature with a batch.

        Args:
            value: a list of bytes or strings, or an array, batch first; of columns, a list of dicts
                with a value by column.

        Returns:
            Arrays by output name, batch first.
        """
        import tensorflow as tf

        if self.kind == "column":
            given = by_column(value, self.columns)
            inputs = {k: tf.constant(v, self.columns[k]) for k, v in given.items()}
        else:
            inputs = {next(iter(self.inputs)): tf.constant(value)}
        outputs = self.function(**inputs)
        return {k: v.numpy() for k, v in outputs.items()}

    def answers(self, examples: Sequence[Example], batch_size: int = 64) -> Iterator[Answer]:
        """Answers every example, in order; one that the model refuses does not spoil the others."""
        import tensorflow as tf

        return answer_all(self.ask, examples, self.kind, batch_size, tf.errors.InvalidArgumentError)


def column_types(inputs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The dtype of each column among the inputs of signature.json."""
    return {name: given["dtype"] for name, given in inputs.items()}


def by_column(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> dict[str, list[Any]]:
    """Rows, with a value by column each, as columns."""
    return {name: [row[name] for row in rows] for name in columns}


def answer_all(
    ask: Callable[[list[Any]], Mapping[str, np.ndarray]],
    examples: Sequence[Example],
    kind: str,
    batch_size: int,
    refusal: type[Any],
) -> Iterator[Answer]:
    """Asks about examples in batches; one that is refused does not spoil the others.

    Args:
        ask: gives a batch's outputs by name.
        examples: in order.
        kind: of the input, for the reason of a refusal.
        batch_size: how many examples are asked about at once.
        refusal: the exception by which `ask` refuses a batch; it has a `message`.
    """
    for start in range(0, len(examples), batch_size):
        yield from _batch(ask, examples[start : start + batch_size], kind, refusal)


def _batch(
    ask: Callable[[list[Any]], Mapping[str, np.ndarray]],
    examples: Sequence[Example],
    kind: str,
    refusal: type[Any],
) -> Iterator[Answer]:
    try:
        outputs = ask([e.value for e in examples])
    except refusal as e:
        if len(examples) == 1:
            yield Answer(examples[0].name, {}, refused=_reason(e.message, kind))
            return
        # One bad example fails its whole batch: halve until it stands alone.
        middle = len(examples) // 2
        yield from _batch(ask, examples[:middle], kind, refusal)
        yield from _batch(ask, examples[middle:], kind, refusal)
        return
    for i, example in enumerate(examples):
        yield Answer(
            example.name,
            {k: v[i] if is_file(k) else plain(v[i]) for k, v in outputs.items()},
        )


def _load(path: Path, signature: str) -> Any:
    from kerasuite.training.machine import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    with contextlib.suppress(ImportError):  # models without text do without it
        import tensorflow_text  # noqa: F401 - its operations appear in the graphs of text models
    try:
        loaded = tf.saved_model.load(str(path))
        function = loaded.signatures[signature]
    except (OSError, KeyError, ValueError, tf.errors.OpError) as e:
        raise InputError(f"The SavedModel {path} is damaged: {str(e).splitlines()[0]}") from e
    function.owner = loaded  # the function holds only weak references to the variables
    return function


def plain(value: Any) -> Any:
    """A NumPy value as plain Python, bytes decoded as UTF-8 where they are."""
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value.item() if isinstance(value, np.generic) else value


def _reason(message: str, kind: str) -> str:
    if kind == "picture":
        return "not a picture that can be read (PNG, JPEG, GIF, BMP, WebP), or a damaged one"
    if kind == "clip":
        return "not a moving picture that can be read (GIF or WebP), or a damaged or too large one"
    lines = message.splitlines()
    # What a signature refuses itself stands below what TensorFlow says of the graph.
    asserted = [line for line in lines if line.startswith(_ASSERTED)]
    return asserted[0].removeprefix(_ASSERTED).strip() if asserted else lines[0]
