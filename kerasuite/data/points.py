"""Points of the plane in two classes: made up, or from a table of one's own."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from kerasuite.data.rows import Rows
from kerasuite.data.sampling import stratified_split
from kerasuite.data.splits import Info, Splits
from kerasuite.data.tables import read_table
from kerasuite.errors import InputError

GATES = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}
MADE_UP = (*GATES, "separable", "circles")
COLUMNS = ("x1", "x2", "label")
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float64")
SHARES = (0.6, 0.2, 0.2)
# Radii of the two circles, and how far points may lie off them.
_INNER, _OUTER = 0.4, 1.0


def load_points(
    source: str, *, points: int = 200, noise: float = 0.15, margin: float = 0.1, seed: int = 0
) -> Splits:
    """Makes or reads points in two classes and divides them, 60/20/20.

    Args:
        source: "and", "or" or "xor", points around the four corners of the unit square;
            "separable", points of [-1, 1]² on both sides of a random line; "circles", one class
            around the other; or the path of a CSV file with the columns x1, x2 and label.
        points: how many to make.
        noise: how far points lie from their corner at most, in each coordinate, or from their
            circle. Below 0.25, "and" and "or" stay separable.
        margin: of "separable": how far points keep from the line.
        seed: which points are made, and which fall into which part.

    Returns:
        Three `Rows` and their `Info`, with mean and standard deviation of the training points.

    Raises:
        InputError: if there is no such source, or the file does not hold such points.
    """
    rng = np.random.default_rng(seed)
    if source in GATES:
        values, labels, corners = _gate(source, points, noise, rng)
        # Each part gets its share of every corner: on "xor" no line is then right on more than
        # three quarters of any part.
        return _divided(values, labels, corners, Info(source, class_names=("0", "1")), seed)
    if source == "separable":
        values, labels = _separable(points, margin, rng)
    elif source == "circles":
        values, labels = _circles(points, noise, rng)
    else:
        values, labels, names = _read(source)
        return _divided(values, labels, labels, Info(source, class_names=names), seed)
    return _divided(values, labels, labels, Info(source, class_names=("0", "1")), seed)


def _gate(
    gate: str, points: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    corner = np.arange(points) % 4
    centres = CORNERS[corner]
    labels = GATES[gate](*centres.T.astype(bool)).astype("int32")
    return centres + rng.uniform(-noise, noise, centres.shape), labels, corner


def _separable(
    points: int, margin: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    normal = np.array([np.cos(angle), np.sin(angle)])
    kept = [np.empty((0, 2)), np.empty((0, 2))]
    # Half of the points on each side; the square reaches beyond any margin that is allowed.
    while min(map(len, kept)) < -(-points // 2):
        drawn = rng.uniform(-1, 1, (4 * points, 2))
        height = drawn @ normal + offset
        kept = [
            np.concatenate([side, drawn[sign * height > margin]])
            for side, sign in zip(kept, (-1, 1), strict=True)
        ]
    sides = np.arange(points) % 2
    return np.array([kept[side][i // 2] for i, side in enumerate(sides)]), sides.astype("int32")


def _circles(points: int, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = (np.arange(points) % 2).astype("int32")
    radius = np.where(labels == 1, _INNER, _OUTER) + rng.uniform(-noise, noise, points)
    angle = rng.uniform(0, 2 * np.pi, points)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def _read(source: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    path = Path(source).expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no data {source!r}; expected {', '.join(MADE_UP)}, or the path of a CSV "
            f"file with the columns {', '.join(COLUMNS)}"
        )
    table = read_table(path)
    if missing := [c for c in COLUMNS if c not in table.columns]:
        raise InputError(
            f"{path} has no column {missing[0]}; expected {', '.join(COLUMNS)}. "
            f"Received: {', '.join(map(str, table.columns))}"
        )
    numbers = table[["x1", "x2"]].apply(pd.to_numeric, errors="coerce").to_numpy("float64")
    bad = ~np.isfinite(numbers).all(axis=1) | table["label"].isna().to_numpy()
    if bad.any():
        # The header is line 1.
        raise InputError(
            f"{path}, line {int(np.argmax(bad)) + 2}: expected two numbers and a label. Received: "
            + ", ".join(str(table[c].iloc[int(np.argmax(bad))]) for c in COLUMNS)
        )
    names, labels = np.unique(table["label"].astype(str).to_numpy(), return_inverse=True)
    if len(names) != 2:
        raise InputError(
            f"{path}: expected two classes in the column label. Received: {len(names)}"
        )
    counts = np.bincount(labels)
    if counts.min() < len(SHARES):
        raise InputError(
            f"{path}: expected at least {len(SHARES)} points of each class, one for each split. "
            f"Received: {counts.min()} of {names[counts.argmin()]}"
        )
    return numbers, labels.astype("int32"), tuple(map(str, names))


def _divided(
    values: np.ndarray, labels: np.ndarray, groups: np.ndarray, info: Info, seed: int
) -> Splits:
    parts = [Rows(values[p], labels[p]) for p in stratified_split(groups, SHARES, seed)]
    train = parts[0].values.astype("float64")
    info = dataclasses.replace(
        info,
        shape=(2,),
        mean=tuple(train.mean(axis=0).tolist()),
        # A coordinate that never varies says nothing, and must not be divided by zero.
        std=tuple(np.where(train.std(axis=0) > 0, train.std(axis=0), 1.0).tolist()),
    )
    return Splits(*parts, info)
