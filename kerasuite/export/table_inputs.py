"""Rows of a table that the user names on the command line → examples. No TensorFlow."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from kerasuite.data.columns import MISSING_WORDS, field_names
from kerasuite.data.tables import read_table
from kerasuite.data.text_files import decoded
from kerasuite.errors import InputError
from kerasuite.export.predictor import Example


def gather_rows(names: Sequence[str], columns: Mapping[str, str]) -> list[Example]:
    """Reads rows of named columns.

    Args:
        names: tables (CSV, TSV or Parquet), literal JSON objects such as '{"a": 1, "b": "x"}', or
            `-` for a CSV file from standard input.
        columns: the columns that a model takes, with the dtype of each: "string", or a number's.

    Returns:
        Per row an example, whose value is a dict by column: texts, and numbers as float. Missing
        values are "" and NaN. Other columns of a table are left out.

    Raises:
        InputError: naming what is missing, empty or of another type.
    """
    examples = []
    for name in names:
        if name.lstrip().startswith("{"):
            examples.append(Example(name, _row(_literal(name), columns, name)))
            continue
        table = _table(name).rename(columns=str)
        table = table.rename(columns=field_names(table.columns))
        for i, row in enumerate(table.to_dict("records"), 1):
            where = f"{name}, row {i}"
            examples.append(Example(where, _row(row, columns, where)))
    if not examples:
        raise InputError("Nothing to predict: name at least one table, or - for standard input")
    return examples


def _literal(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except ValueError as e:
        raise InputError(f"{text[:80]} is not a JSON object: {e}") from e
    return {field: row[name] for name, field in field_names(row).items()}


def _table(name: str) -> pd.DataFrame:
    if name == "-":
        text = decoded(sys.stdin.buffer.read(), "Standard input")
        if not text.strip():
            raise InputError("Standard input is empty; a CSV file was expected")
        return pd.read_csv(StringIO(text), keep_default_na=False, na_values=[""])
    if not Path(name).is_file():
        raise InputError(
            f"There is no file {name}; expected a table (CSV, TSV or Parquet), a JSON object such "
            "as '{\"column\": 1}', or - for standard input"
        )
    return read_table(Path(name), literal=True)


def _row(row: Mapping[str, Any], columns: Mapping[str, str], where: str) -> dict[str, Any]:
    if missing := [name for name in columns if name not in row]:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise InputError(f"{where[:80]} lacks the columns {', '.join(missing[:5])}{more}")
    return {name: _cell(row[name], dtype, name, where) for name, dtype in columns.items()}


def _cell(value: Any, dtype: str, name: str, where: str) -> Any:
    """A cell as the model takes it."""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if dtype == "string":
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a code that pandas read as 20.0 since others are missing
        return "" if missing else str(value)
    missing = missing or (isinstance(value, str) and value.strip().lower() in (*MISSING_WORDS, ""))
    try:
        if dtype.startswith("int"):
            return _whole(value)
        return math.nan if missing else float(value)
    except (TypeError, ValueError, OverflowError) as e:
        kind = "whole number" if dtype.startswith("int") else "number"
        raise InputError(
            f"{where[:80]}: column {name} must hold a {kind}. Received: {value!r}"
        ) from e


def _whole(value: Any) -> int:
    """A number without a fraction, as an integer of 64 bits."""
    number = int(value) if isinstance(value, str | int) else float(value)
    if number != int(number) or not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return int(number)
