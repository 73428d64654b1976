"""A SavedModel must give the Keras model's answers."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.errors import KerasuiteError
from kerasuite.export.outputs import ranked_tasks
from kerasuite.export.signature import Check

TOLERANCE = {"float32": 1e-4, "mixed_bfloat16": 2e-2, "mixed_float16": 5e-3}


def verify(path: Path, checks: dict[str, Check], precision: str = "float32") -> float:
    """Loads the SavedModel and asks it what the checks hold.

    Args:
        path: folder of the SavedModel.
        checks: per signature, inputs and the Keras model's answers.
        precision: dtype policy of the model: 16-bit layers round more.

    Returns:
        The largest difference of any number, as a share of it where it is above one.

    Raises:
        KerasuiteError: if an answer differs by more than the tolerance; says which.
    """
    loaded = tf.saved_model.load(str(path))
    return max(
        _verify_one(name, loaded.signatures[name], check, TOLERANCE[precision])
        for name, check in checks.items()
    )


def _verify_one(name: str, function: Any, check: Check, tolerance: float) -> float:
    given = {k: tf.constant(_as_input(v)) for k, v in check.inputs.items()}
    got = by_class({k: v.numpy() for k, v in function(**given).items()})
    largest = 0.0
    for output, wanted in by_class(check.answers).items():
        if output not in got:
            raise KerasuiteError(f"Not published: signature {name} has no output {output!r}")
        difference = _difference(got[output], wanted)
        if not difference <= tolerance:  # written so that NaN is refused too
            raise KerasuiteError(
                f"Not published: output {output!r} of signature {name!r} differs from the Keras "
                f"model by {difference:.3g}; at most {tolerance:g} is allowed"
            )
        largest = max(largest, difference)
    return largest


def by_class(answer: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Puts what is ranked by scores into the order of the names, of classes (or tags).

    Ranked by score, two classes of all but equal score may change places between two runs of the
    same arithmetic; that is no difference.
    """
    ordered = dict(answer)
    for task in ranked_tasks(answer):
        _by_name(ordered, f"{task}classes", f"{task}scores")
    if {"tags", "scores", "applies"} <= answer.keys():
        _by_name(ordered, "tags", "scores", "applies")
    return ordered


def _by_name(answer: dict[str, np.ndarray], names: str, *others: str) -> None:
    order = np.argsort(answer[names].astype("S"), axis=-1)
    for output in (names, *others):
        answer[output] = np.take_along_axis(answer[output], order, -1)


def _difference(got: np.ndarray, wanted: np.ndarray) -> float:
    if got.shape != wanted.shape:
        return float("inf")
    if got.dtype.kind in "OSU":
        return 0.0 if np.array_equal(got.astype("S"), wanted.astype("S")) else float("inf")
    got, wanted = got.astype("float64"), wanted.astype("float64")
    # Of numbers above one the share: prices or sums have no more digits than probabilities.
    return float(np.max(np.abs(got - wanted) / np.maximum(1.0, np.abs(wanted)), initial=0.0))


def _as_input(value: np.ndarray) -> Any:
    return value.tolist() if value.dtype == object else value
