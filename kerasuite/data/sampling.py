"""Divides examples into parts, so that each class is in each part in its share."""

import numpy as np

# Of the splits where a data set says nothing itself.
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


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


def iterative_split(
    labels: np.ndarray, groups: np.ndarray, shares: tuple[float, ...], seed: int
) -> list[np.ndarray]:
    """Divides examples with tags into parts so that each tag is in each part in about its share.

    Rare tags are dealt out first, since common ones can still be put right afterwards.

    Args:
        labels: whole numbers [n, tags], 1 where an example has a tag.
        groups: whole numbers [n]; examples of one group stay together.
        shares: the parts' shares, which sum to 1.
        seed: which of equally good parts and groups come first.

    Returns:
        Per part the sorted indices of its examples, int64.

    Reference:
        Sechidis, Tsoumakas & Vlahavas 2011, "On the stratification of multi-label data",
        algorithm 1.
    """
    rng = np.random.default_rng(seed)
    _, groups = np.unique(groups, return_inverse=True)
    sizes = np.bincount(groups)
    counts = np.zeros((len(sizes), labels.shape[1]))
    np.add.at(counts, groups, labels)
    order = rng.permutation(len(sizes))
    wanted_tags = np.outer(shares, counts.sum(0))
    wanted_size = np.array(shares) * len(labels)
    part_of = np.full(len(sizes), -1)

    def place(group: int, tag: int | None) -> None:
        need = wanted_size if tag is None else wanted_tags[:, tag]
        most = np.flatnonzero(need == need.max())
        most = most[wanted_size[most] == wanted_size[most].max()]
        part = part_of[group] = rng.choice(most)
        wanted_tags[part] -= counts[group]
        wanted_size[part] -= sizes[group]

    while (left := counts[part_of < 0].sum(0)).any():
        tag = int(np.argmin(np.where(left > 0, left, np.inf)))
        for group in order:
            if part_of[group] < 0 and counts[group, tag]:
                place(group, tag)
    for group in order:
        if part_of[group] < 0:
            place(group, None)
    return [np.flatnonzero(part_of[groups] == part) for part in range(len(shares))]


def stratified_sample(labels: np.ndarray, count: int, seed: int | None) -> np.ndarray:
    """The sorted indices of `count` examples, each class in its share; all, if there are fewer.

    Args:
        labels: [n], any dtype; [n, tags] counts as one class.
        count: how many examples are wanted.
        seed: which ones are taken; None for the last ones of each class.
    """
    if count >= len(labels):
        return np.arange(len(labels))
    if labels.ndim > 1:
        labels = np.zeros(len(labels), "int32")
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
