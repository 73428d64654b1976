"""Splits that a user's folder does not give are taken out of its training examples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasuite.data.splits import SPLITS
from kerasuite.errors import InputError

_SHARES = {"validation": 0.15, "test": 0.15}


def fill_splits(root: Path, found: Mapping[str, Sequence[Any]], seed: int) -> dict[str, list[Any]]:
    """Takes 15 % each of the training examples for the splits that are missing.

    Args:
        root: the folder, for messages.
        found: the examples by split; under "" those of a folder that gives no splits.
        seed: which examples fall into which split.

    Returns:
        The examples of every split, in their order.

    Raises:
        InputError: if no example is left for training.
    """
    parts = {split: list(found.get(split, [])) for split in SPLITS}
    rest = list(found.get("") or parts["train"])
    missing = [split for split in _SHARES if not parts[split]]
    order = np.random.default_rng(seed).permutation(len(rest)).tolist()
    for split in missing:
        count = max(1, round(_SHARES[split] * len(rest)))
        parts[split] = [rest[i] for i in sorted(order[:count])]
        order = order[count:]
    if not order:
        raise InputError(
            f"{root} has too few pictures: expected at least one each for training, validation "
            f"and test. Received: {len(rest)}"
        )
    parts["train"] = [rest[i] for i in sorted(order)]
    return parts
