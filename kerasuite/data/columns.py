"""Tables of named columns, numbers and categories, with a number to be predicted from them."""

import dataclasses
import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from kerasuite.data import tables
from kerasuite.data.splits import Info, Splits
from kerasuite.data.table_rows import TableRows
from kerasuite.errors import InputError

NUMBER, CATEGORY = "number", "category"
# Texts that stand for a missing number. In a column of texts they are categories as any other.
MISSING_WORDS = ("na", "n/a", "nan", "null", "none", "missing", "?", "-")
# A column of texts with more different ones, in more than half of its rows, tells rows apart and
# not kinds of rows.
MOST_CATEGORIES = 50
# What share of a column of texts must be numbers for the others to be taken for mistakes.
_MOSTLY = 0.9
VALIDATION_SHARE = 0.1


def load_columns(
    source: str,
    target: str,
    *,
    categories: Sequence[str] = (),
    ignore: Sequence[str] = (),
    folds: int = 5,
    fold: int = 0,
    bins: int = 8,
    seed: int = 0,
    limit: int | None = None,
    learned: Info | None = None,
) -> Splits:
    """Loads a table and divides its rows at random: one fold for test, the others for learning.

    Of the rows for learning, a tenth is for validation. Columns of numbers and truth values and
    texts are told apart by their values; texts are categories. A column without a value, or of
    texts that differ from row to row, is left out, and so are rows without a value in the target
    column: `Info.skipped` says so.

    Args:
        source: as for `tables.load_table`. In text, only empty cells are missing values, and in
            columns of numbers also words such as NA.
        target: the column to be predicted, of numbers.
        categories: columns of numbers that are categories, such as codes.
        ignore: columns to leave out.
        folds: how many folds there are.
        fold: which of them is for test, from 0.
        bins: into how many intervals to divide each column of numbers, by quantiles.
        seed: which rows fall into which fold.
        limit: at most so many rows in all.
        learned: of the data that a model was trained on, which this table must fit.

    Returns:
        Three `TableRows` and their `Info`. Its `columns` hold of each column its name (see
        `field_names`), "number" or "category", and the boundaries of its intervals or its values
        in the training rows.

    Raises:
        InputError: if there is no such source or column, or a column is not what it should be.
    """
    table, info = tables.opened(source, limit, literal=True)
    for name in (target, *categories, *ignore):
        tables.check_column(name, tuple(table.columns), info.name)
    table[target] = as_numbers(table[target], info.name)
    table, info = tables.known(table, [target], info)
    targets = table[target].to_numpy("float64")
    if len(set(targets)) == 1:
        raise InputError(f"{info.name}: {target!r} has the same value in all rows")
    fields = field_names(table.columns)
    categories = [fields[name] for name in categories]
    table = table.drop(columns=[target, *ignore]).rename(columns=fields)
    if learned is None:
        columns, skipped = _inferred(table, categories, info.name)
    else:
        columns, skipped = _as_learned(table, learned, info.name), ()
    parts = fold_parts(len(table), folds, fold, seed, limit)
    if min(map(len, parts)) == 0:
        raise InputError(
            f"{info.name} has too few rows for {folds} folds: at least {2 * folds} are needed. "
            f"Received: {len(table)}"
        )
    rows = [
        TableRows({name: v.array(part) for name, v in columns.items()}, targets[part])
        for part in parts
    ]
    train = rows[0].columns
    described = tuple(
        (n, v.kind, _known_values(train[n], v.kind, bins)) for n, v in columns.items()
    )
    info = dataclasses.replace(
        info,
        shape=(len(columns),),
        columns=described if learned is None else learned.columns,
        skipped=(*info.skipped, *skipped),
    )
    return Splits(*rows, info)


def field_names(columns: Iterable[str]) -> dict[str, str]:
    """The names of columns as inputs of a SavedModel, which are ASCII letters, digits and _.

    Other characters become _, a leading digit gets "column_" before it, and of names that are then
    the same the later ones get a number.
    """
    fields: dict[str, str] = {}
    for name in columns:
        plain = re.sub(r"[^0-9A-Za-z_]", "_", name)
        plain = plain if plain[:1].isalpha() else f"column_{plain.lstrip('_')}"
        field, number = plain, 2
        while field in fields.values():
            field, number = f"{plain}_{number}", number + 1
        fields[name] = field
    return fields


def fold_parts(
    count: int, folds: int, fold: int, seed: int, limit: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sorted indices of the rows for training, validation and test.

    Args:
        count: how many rows there are.
        folds: into how many folds of equal size they are divided at random.
        fold: which fold is for test.
        seed: of the order.
        limit: at most so many rows in all.
    """
    order = np.random.default_rng(seed).permutation(count)[:limit]
    test = order[fold::folds]
    rest = np.setdiff1d(order, test, assume_unique=True)
    rest = np.random.default_rng((seed, fold)).permutation(rest)
    held = max(1, round(VALIDATION_SHARE * len(rest))) if len(rest) > 1 else 0
    return np.sort(rest[held:]), np.sort(rest[:held]), np.sort(test)


@dataclasses.dataclass(frozen=True)
class Column:
    """What a column holds: "number" or "category", and its values as numbers or texts."""

    kind: str
    values: pd.Series

    def array(self, rows: np.ndarray) -> np.ndarray:
        """The values of some rows as `TableRows` holds them."""
        chosen = self.values.iloc[rows]
        if self.kind == NUMBER:
            return chosen.to_numpy("float32")
        return np.array([text.encode() for text in chosen], object)


def infer(column: pd.Series, source: str, category: bool = False) -> Column | str:
    """Whether a column holds numbers or categories, by its values.

    Args:
        column: as pandas read it, with its name.
        source: of the table, for messages.
        category: whether it holds categories whatever its values are.

    Returns:
        The column, or why it is of no use.

    Raises:
        InputError: if it holds something else, or numbers but for a few texts.
    """
    given = column.dropna()
    if not len(given):
        return "no row has a value"
    if not all(isinstance(v, str | bool | np.bool_ | int | float | np.number) for v in given):
        raise InputError(
            f"{source}: column {column.name!r} must hold numbers or texts. Received: "
            f"{type(given.iloc[0]).__name__}"
        )
    texts = _texts(column)
    numbers, wrong = _parsed(texts)
    few = wrong.sum() <= (1 - _MOSTLY) * len(given) and numbers.notna().any()
    if few and wrong.any() and not category:
        raise _not_a_number(texts, wrong, source, "; --categories takes it as it is")
    if few and not category:
        same = numbers.nunique() == 1 and numbers.notna().all()
        return "all its numbers are the same" if same else Column(NUMBER, numbers)
    if texts.nunique() > max(MOST_CATEGORIES, len(texts) / 2):
        return f"its {texts.nunique():,} texts tell rows apart, not kinds of rows"
    return Column(CATEGORY, texts)


def as_numbers(column: pd.Series, source: str) -> pd.Series:
    """The column as numbers, NaN where they are missing.

    Raises:
        InputError: naming the first row that holds anything else.
    """
    texts = _texts(column)
    numbers, wrong = _parsed(texts)
    if wrong.any():
        raise _not_a_number(texts, wrong, source)
    return numbers


def _inferred(
    table: pd.DataFrame, categories: Sequence[str], source: str
) -> tuple[dict[str, Column], tuple[tuple[str, str], ...]]:
    """The columns that are of use, and of the others why they are not."""
    found = {n: infer(table[n], source, n in categories) for n in table.columns}
    columns = {name: c for name, c in found.items() if isinstance(c, Column)}
    if not columns:
        raise InputError(f"{source} has no column to learn from beside the target")
    return columns, tuple((f"column {n}", c) for n, c in found.items() if isinstance(c, str))


def _as_learned(table: pd.DataFrame, learned: Info, source: str) -> dict[str, Column]:
    """The columns that a model knows, as it knows them."""
    if missing := [name for name, *_ in learned.columns if name not in table.columns]:
        raise InputError(
            f"{source} lacks columns that the model was trained on: {', '.join(missing[:10])}"
        )
    return {
        name: Column(
            kind, as_numbers(table[name], source) if kind == NUMBER else _texts(table[name])
        )
        for name, kind, _ in learned.columns
    }


def _not_a_number(texts: pd.Series, wrong: pd.Series, source: str, hint: str = "") -> InputError:
    row = int(np.argmax(wrong.to_numpy()))
    return InputError(
        f"{source}: column {texts.name!r} must hold numbers{hint}. "
        f"Received: {texts.iloc[row]!r} in row {row + 1}"
    )


def _parsed(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Texts as numbers, and which of them are neither numbers nor stand for a missing one."""
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    words = texts.str.strip().str.lower()
    return numbers, numbers.isna() & (words != "") & ~words.isin(MISSING_WORDS)


def _texts(column: pd.Series) -> pd.Series:
    """Values as texts, "" where they are missing; whole numbers without a point."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("object").map(lambda v: "" if pd.isna(v) else str(v)).astype("object")


def _known_values(values: np.ndarray, kind: str, bins: int) -> tuple:
    """The boundaries of the intervals of numbers, or the categories, sorted."""
    if kind == CATEGORY:
        return tuple(sorted({v.decode() for v in values}))
    given = values[np.isfinite(values)].astype("float64")
    if not len(given):
        return (0.0, 1.0)  # a column that is empty in all training rows
    found = np.unique(np.quantile(given, np.linspace(0, 1, bins + 1)).astype("float32"))
    if len(found) == 1:
        found = np.array([found[0], found[0] + max(1.0, abs(found[0]))])
    return tuple(float(v) for v in found)
