"""The n-gram model that a neural language model has to beat: modified Kneser-Ney.

Own code, since no library serves: NLTK's has one discount for all counts and takes hours for a
novel's characters, and KenLM's package can ask a model, but not estimate one.
"""

from dataclasses import dataclass

import numpy as np

LARGEST_CODE = 2**62


@dataclass(frozen=True)
class _Level:
    """The n-grams of one length.

    Attributes:
        codes: int64 [grams], of the n-grams, in rising order.
        shares: float64 [grams], the discounted share of each in what follows its context.
        contexts: int64 [contexts], codes of the contexts, in rising order.
        rest: float64 [contexts], what the discounts leave for the shorter context.
    """

    codes: np.ndarray
    shares: np.ndarray
    contexts: np.ndarray
    rest: np.ndarray


class KneserNey:
    """An interpolated n-gram model with three discounts for each length.

    Args:
        ids: int [n], the training text.
        vocabulary_size: how many ids there are; they are from 0 to below it.
        order: the length of the longest n-grams: 6 predicts an id from the 5 before it.

    Raises:
        ValueError: if an id is out of range, there is none, or the n-grams are too many to number.

    Reference:
        Chen & Goodman 1999, An empirical study of smoothing techniques for language modeling,
        section 4.1.6.
    """

    def __init__(self, ids: np.ndarray, vocabulary_size: int, order: int = 6) -> None:
        self.size, self.order = vocabulary_size, order
        # One more symbol stands before the beginning of a text.
        self._base = vocabulary_size + 1
        if order < 1 or self._base**order > LARGEST_CODE:
            raise ValueError(
                f"`order` must be at least 1 and vocabulary_size ** order below 2**62. "
                f"Received: order={order}, vocabulary_size={vocabulary_size}"
            )
        codes = self._windows(ids, order)
        if not len(codes):
            raise ValueError("`ids` must not be empty. Received: 0 ids")
        grams, counts = np.unique(codes, return_counts=True)
        levels = [self._level(grams, counts)]
        for length in range(order - 1, 0, -1):
            # A shorter n-gram counts once for each id that it was seen after.
            grams, counts = np.unique(grams % self._base**length, return_counts=True)
            levels.append(self._level(grams, counts))
        self._levels = levels[::-1]

    def probabilities(self, ids: np.ndarray) -> np.ndarray:
        """The probability of each id of a text, given those before it.

        Args:
            ids: int [n].

        Returns:
            float64 [n], above 0.
        """
        longest = self._windows(ids, self.order)
        found = np.full(len(longest), 1 / self.size)
        for length, level in enumerate(self._levels, 1):
            codes = longest % self._base**length
            at, seen = _find(level.contexts, codes // self._base)
            rest = np.where(seen, level.rest[at], 1.0)
            at, seen = _find(level.codes, codes)
            found = np.where(seen, level.shares[at], 0.0) + rest * found
        return found

    def bits(self, ids: np.ndarray) -> float:
        """What a text costs in all, in bits."""
        return float(-np.log2(self.probabilities(ids)).sum())

    def _windows(self, ids: np.ndarray, length: int) -> np.ndarray:
        """int64 [n]: the code of the n-gram that ends with each id."""
        ids = np.asarray(ids, "int64")
        if len(ids) and not 0 <= ids.min() <= ids.max() < self.size:
            raise ValueError(
                f"`ids` must be from 0 to below {self.size}. Received: {ids.min()} to {ids.max()}"
            )
        padded = np.concatenate([np.full(length - 1, self.size), ids])
        codes = np.zeros(len(ids), "int64")
        for start in range(length):
            codes = codes * self._base + padded[start : start + len(ids)]
        return codes

    def _level(self, grams: np.ndarray, counts: np.ndarray) -> _Level:
        discount = _discounts(counts)[np.minimum(counts, 3)]
        contexts, first = np.unique(grams // self._base, return_index=True)
        total = np.add.reduceat(counts, first)
        rest = np.add.reduceat(discount, first) / total
        share = (counts - discount) / np.repeat(total, np.diff([*first, len(grams)]))
        return _Level(grams, share, contexts, rest)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken off a count of 0, 1, 2 and of 3 and more: equation 26 of the paper.

    Where a text is so small that the formula gives no discount within (0, count), half is taken.
    """
    n1, n2, n3, n4 = (int(np.sum(counts == c)) for c in (1, 2, 3, 4))
    discounts = np.array([0.0, 0.5, 1.0, 1.5])
    if n1 and n2:
        y = n1 / (n1 + 2 * n2)
        for count, (n, more) in enumerate(((n1, n2), (n2, n3), (n3, n4)), 1):
            value = count - (count + 1) * y * more / n if n else 0.0
            if 0 < value < count:
                discounts[count] = value
    return discounts


def _find(table: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the codes stand in the table, and whether they do."""
    at = np.minimum(np.searchsorted(table, codes), len(table) - 1)
    return at, table[at] == codes
