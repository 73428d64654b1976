"""What a run needs to go on where it stopped: weights, moments, random states, history."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from kerasuite.errors import InputError
from kerasuite.files import write_bytes


@dataclass
class History:
    """The figures of each finished epoch, in order.

    Args:
        monitor: the figure that says which epoch is best.
        mode: "min" or "max": which way is better.
        rows: the figures.
        ties: which of equal epochs is the best one, the "first" or the "last".
    """

    monitor: str
    mode: Literal["min", "max"]
    rows: list[dict[str, float]] = field(default_factory=list)
    ties: Literal["first", "last"] = "first"

    def best(self) -> int | None:
        """Index of the best epoch; None before any epoch has the figure."""
        values = np.array([row.get(self.monitor, np.nan) for row in self.rows])
        if np.all(np.isnan(values)):
            return None
        best = np.nanmin(values) if self.mode == "min" else np.nanmax(values)
        return int(np.flatnonzero(values == best)[-1 if self.ties == "last" else 0])

    def epochs_since_best(self) -> int:
        """How many epochs passed since the best one."""
        best = self.best()
        return 0 if best is None else len(self.rows) - 1 - best

    def to_csv(self) -> str:
        """One line an epoch; a figure that an epoch lacks is left empty."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        lines = [",".join(["epoch", *names])]
        for epoch, row in enumerate(self.rows, start=1):
            lines.append(",".join([str(epoch), *(_number(row.get(name)) for name in names)]))
        return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def variables(model: keras.Model) -> list[keras.Variable]:
    """Every variable that decides how training goes on.

    Besides the weights: the states of the random generators (dropout, augmentation), which
    `save_weights` leaves out, and the moments and step count of the optimizer, or of each of a
    model's `optimizers`, which it has built itself.
    """
    optimizers = getattr(model, "optimizers", None)
    if optimizers is None:
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        optimizers = [] if optimizer is None else [optimizer]
    return [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]


def save_weights(path: Path, model: keras.Model) -> None:
    """Writes the model's variables, whole or not at all."""
    write_bytes(path, _pack(model.variables, {}))


def load_weights(path: Path, model: keras.Model) -> None:
    """Puts back what `save_weights` wrote."""
    _unpack(path, model.variables)


def save_state(path: Path, model: keras.Model, history: History) -> None:
    """Writes model, optimizer, random states and history, whole or not at all."""
    write_bytes(path, _pack(variables(model), {"rows": history.rows}))


def load_state(path: Path, model: keras.Model, history: History) -> int:
    """Puts back what `save_state` wrote.

    Returns:
        How many epochs were finished.

    Raises:
        InputError: if the file is damaged or belongs to another model.
    """
    history.rows = _unpack(path, variables(model))["rows"]
    return len(history.rows)


def _pack(values: list[keras.Variable], meta: dict[str, Any]) -> bytes:
    arrays = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(values)}
    buffer = io.BytesIO()
    np.savez(buffer, meta=np.frombuffer(json.dumps(meta).encode(), "u1"), **arrays)
    return buffer.getvalue()


def _unpack(path: Path, targets: list[keras.Variable]) -> dict[str, Any]:
    try:
        # Pickled objects are refused: a checkpoint is data and must not run code.
        with np.load(path, allow_pickle=False) as archive:
            arrays = [archive[f"v{i}"] for i in range(len(archive.files) - 1)]
            meta = json.loads(archive["meta"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as e:
        raise InputError(
            f"The checkpoint {path} is damaged ({e}); delete it to start from the beginning"
        ) from e
    shapes, expected = [a.shape for a in arrays], [tuple(v.shape) for v in targets]
    if shapes != expected:
        raise InputError(
            f"The checkpoint {path} belongs to another model: it holds {len(shapes)} arrays, "
            f"{len(expected)} of other shapes were expected"
        )
    for variable, array in zip(targets, arrays, strict=True):
        variable.assign(array)
    return meta
