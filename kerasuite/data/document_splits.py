"""Holds whole documents out, and keeps sentences of held-out ones out of training."""

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from kerasuite.data.splits import SPLITS

# Of the examples, in validation and in test each; of few examples, up to MOST for LEAST of them.
SHARE, LEAST, MOST = 0.05, 100, 0.2
# A document that would bring a split beyond so many times its size is left in training.
_BEYOND = 1.2
_WORD = re.compile(r"\w+")


def document_splits(documents: Sequence[str], seed: int) -> dict[str, str]:
    """Chooses the documents that validation and test consist of.

    Documents come in an order that follows from their names and `seed` alone, so the same ones are
    held out of data sets with about the same documents, such as a text in several languages.

    Args:
        documents: per example the name of its document.
        seed: which documents are held out.

    Returns:
        Per document "train", "validation" or "test".
    """
    sizes = Counter(documents)
    goal = max(1.0, min(max(SHARE * len(documents), LEAST), MOST * len(documents)))
    left = sorted(sizes, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    chosen = dict.fromkeys(sizes, "train")
    for split in ("test", "validation"):
        taken = 0
        for name in left:
            if taken < goal and taken + sizes[name] <= _BEYOND * goal:
                chosen[name], taken = split, taken + sizes[name]
        left = [name for name in left if chosen[name] == "train"]
        if not taken and len(left) > 1:  # all are large
            smallest = min(left, key=sizes.__getitem__)
            chosen[smallest] = split
            left.remove(smallest)
    return chosen


def without_overlap(
    splits: Sequence[str], keys: Sequence[Iterable[Hashable]]
) -> tuple[list[bool], int]:
    """Which examples to keep so that nothing held out was learned from.

    An example of training goes if one of its keys occurs in validation or test, and one of
    validation if it occurs in test.

    Args:
        splits: per example "train", "validation" or "test".
        keys: per example what must not be in two splits, such as its sentences.

    Returns:
        Per example whether it stays; and how many go.
    """
    keep = [True] * len(splits)
    held_out: set[Hashable] = set()
    for split in reversed(SPLITS):
        found = [i for i, s in enumerate(splits) if s == split]
        for i in found:
            keep[i] = held_out.isdisjoint(keys[i])
        held_out.update(key for i in found for key in keys[i])
    return keep, keep.count(False)


def words_of(sentence: str) -> str:
    """A sentence as it is compared with others: its words in lower case, without punctuation."""
    return " ".join(_WORD.findall(sentence.casefold())) or sentence
