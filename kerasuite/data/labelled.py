"""From a pile of labelled pictures to three splits, and what is known of them."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import mean_and_std
from kerasuite.data.sampling import SHARES, stratified_sample, stratified_split
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError


@dataclass
class Labelled:
    """Pictures of all splits together, and what is known of them.

    Attributes:
        pictures: all of them.
        sums: what `reading.Reading.sums` is, per picture.
        splits: per picture "train", "validation", "test", or "" where it is not given.
        info: without shape, mean and standard deviation.
    """

    pictures: Pictures
    sums: np.ndarray
    splits: np.ndarray
    info: Info


def divided(
    labelled: Labelled,
    split_seed: int,
    limit_seed: int,
    limit: int | None,
    train_limit: int | None = None,
) -> Splits:
    """Fills in the splits that are not given, and the statistics of the training pictures.

    Args:
        labelled: pictures of all splits.
        split_seed: which pictures of data without given splits fall into which.
        limit_seed: which pictures the limits take.
        limit: at most so many pictures per split, each class in its share.
        train_limit: at most so many for training, where fewer than `limit`.
    """
    limits = dict.fromkeys(SHARES, limit)
    limits["train"] = min((n for n in (limit, train_limit) if n is not None), default=None)
    labels = labelled.pictures.labels
    index = split_indices(labels, labelled.splits, split_seed)
    for split, chosen in index.items():
        if not len(chosen):
            raise InputError(
                f"{labelled.info.name} has too few pictures: none is left for {split}; expected "
                f"at least 3 in some class. Received: {len(labels)} pictures in "
                f"{len(labelled.info.class_names)} classes"
            )
        if (most := limits[split]) is not None:
            index[split] = chosen[stratified_sample(labels[chosen], most, limit_seed)]
    mean, std = mean_and_std(labelled.sums[index["train"]])
    info = dataclasses.replace(labelled.info, shape=labelled.pictures.shape, mean=mean, std=std)
    return Splits(*(labelled.pictures.take(index[s]) for s in SHARES), info)


def split_indices(labels: np.ndarray, splits: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The examples of each split; splits that nothing is marked for are taken out of training.

    Args:
        labels: int [n], or [n, tags].
        splits: per example "train", "validation", "test", or "" where it is not given.
        seed: which examples are taken.
    """
    index = {s: np.flatnonzero(splits == s) for s in SHARES}
    index["train"] = np.flatnonzero(np.isin(splits, ("", "train")))
    missing = [s for s in SHARES if not len(index[s])]
    if missing:
        if labels.ndim > 1:
            labels = np.zeros(len(labels), "int32")  # examples with tags are of no one class
        shares = (1 - sum(SHARES[s] for s in missing), *(SHARES[s] for s in missing))
        whole = index["train"]
        parts = stratified_split(labels[whole], shares, seed)
        index.update(zip(("train", *missing), (whole[p] for p in parts), strict=True))
    return index
