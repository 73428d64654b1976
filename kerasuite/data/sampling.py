"""Divides examples into parts, so that each class is in each part in its share."""

import numpy as np


def stratified_split(labels: np.ndarray, shares: tuple[float, ...], seed: int) -> list[np.ndarray]:
    """Divides examples into parts class by class.

    Every part gets at least one example of a class that has as many examples as there are parts.
    Of smaller classes, the first parts get one each.

    Args:
        labels: [n], any dtype.
        shares: the parts' shares, which sum to 1.
        seed: which examples fall into which part.

    Returns:
        Per part the sorted indices of its examples, int64.
    """
    rng = np.random.default_rng(seed)
    parts: list[list[np.ndarray]] = [[] for _ in shares]
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        ends = np.cumsum(_counts(len(members), shares))
        for part, chosen in zip(parts, np.split(members, ends[:-1]), strict=True):
            part.append(chosen)
    return [np.sort(np.concatenate([np.empty(0, "int64"), *part])) for part in parts]


def stratified_sample(labels: np.ndarray, count: int, seed: int | None) -> np.ndarray:
    """The sorted indices of `count` examples, each class in its share; all, if there are fewer.

    Args:
        labels: [n], any dtype.
        count: how many examples are wanted.
        seed: which ones are taken; None for the last ones of each class.
    """
    if count >= len(labels):
        return np.arange(len(labels))
    # Each example's rank within its class, relative to the class's size: the smallest ranks of
    # all make a sample that is proportional, and exactly `count` large.
    rng = np.random.default_rng(seed)
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        size = len(members)
        order = np.arange(size)[::-1] if seed is None else rng.permutation(size)
        rank[members] = (order + 0.5) / size
    return np.sort(np.argsort(rank, kind="stable")[:count])


def _counts(n: int, shares: tuple[float, ...]) -> np.ndarray:
    """How many of `n` examples fall into each part: rounded shares, at least one where possible."""
    if n <= len(shares):
        return np.array([1] * n + [0] * (len(shares) - n))
    counts = np.maximum(1, np.round(n * np.array(shares)).astype(int))
    counts[np.argmax(shares)] += n - counts.sum()
    return counts
