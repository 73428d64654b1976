"""Which messages the report shows, and what it calls them."""

import re
from typing import Any

import numpy as np

_SUBJECT = re.compile(rb"^subject:[ \t]*([^\n]*)", re.IGNORECASE | re.MULTILINE)
SHOWN = 6


def examples_of(evaluation: dict[str, Any], labels: np.ndarray, count: int) -> list[int]:
    """Indices of some messages: first those that were answered wrongly, then some of each class.

    Args:
        evaluation: of `evaluate_classifier`: its mistakes.
        labels: int [n].
        count: indices are below this.
    """
    wrong = [m["index"] for m in evaluation["mistakes"] if m["index"] < count][: SHOWN // 2]
    right = [i for i in range(count) if i not in wrong]
    by_class = {label: [i for i in right if labels[i] == label] for label in np.unique(labels)}
    turns = [some[k] for k in range(SHOWN) for some in by_class.values() if k < len(some)]
    return [*wrong, *turns][:SHOWN]


def subject(raw: bytes) -> str:
    """A message's subject, or how it begins."""
    found = _SUBJECT.search(raw)
    return (found[1] if found else raw[:80]).decode("utf-8", "replace").strip()
