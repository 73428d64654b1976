"""Labelled clips: made of emoji that move, or from an own folder."""

from pathlib import Path

import numpy as np

from kerasuite.data import catalogue
from kerasuite.data.clip_folders import read_clip_folder
from kerasuite.data.clips import Clips
from kerasuite.data.labelled import divided
from kerasuite.data.load import looks_like_path
from kerasuite.data.moving_sprites import ACTIONS, NAME, moving_sprites
from kerasuite.data.reading import mean_and_std, picture_sums
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError

ORDERS = ("natural", "shuffled", "still", "backwards")
_HELD_OUT = {"validation": 400, "test": 1000}


def load_clips(
    source: str | None = None,
    *,
    frames: int = 16,
    size: tuple[int, int] = (32, 32),
    channels: int = 1,
    count: int = 4000,
    seed: int = 0,
    limit: int | None = None,
) -> Splits:
    """Loads labelled clips, divided into training, validation and test.

    Args:
        source: "moving_emoji", made on the spot (None too), or the path of a folder (see
            `read_clip_folder`); without given splits its clips are divided 70/15/15.
        frames: frames of each clip.
        size: height and width; of moving emoji both are the height.
        channels: 1 for grey, 3 for colour.
        count: how many training clips of moving emoji are made; validation and test have fixed
            numbers.
        seed: which clips of a folder fall into which split, and which ones `limit` takes.
        limit: at most so many clips per split.

    Returns:
        Three `Clips` and their `Info`.

    Raises:
        InputError: if there is no such source, or its clips cannot be used.
    """
    if source is None or source == NAME:
        return _moving_emoji(frames, size[0], channels, count, limit)
    if not looks_like_path(source):
        raise InputError(
            f"There is no data set of clips called {source!r}; expected {NAME}, or the path of a "
            "folder with a folder of clips per class"
        )
    labelled = read_clip_folder(Path(source).expanduser(), frames, size, channels)
    return divided(labelled, seed, seed, limit)


def reordered(clips: np.ndarray, order: str, seed: int = 0) -> np.ndarray:
    """The same clips with their frames in another order.

    Args:
        clips: uint8 [n, frames, height, width, channels].
        order: "natural"; "shuffled" at random, each clip in its own way; "still", one frame of
            each, drawn at random, for all its length; or "backwards".
        seed: of the random orders.

    Raises:
        ValueError: if there is no such order.
    """
    if order == "natural":
        return clips
    if order == "backwards":
        return clips[:, ::-1]
    if order not in ORDERS:
        raise ValueError(f"`order` must be one of {', '.join(ORDERS)}. Received: order={order!r}")
    rng, (n, frames) = np.random.default_rng(seed), clips.shape[:2]
    places = np.argsort(rng.random((n, frames)), axis=1)
    if order == "still":
        places = np.repeat(places[:, :1], frames, axis=1)
    return clips[np.arange(n)[:, None], places]


def in_order(splits: Splits, order: str) -> Splits:
    """All splits with the frames of every clip in another order."""
    parts = (splits.train, splits.validation, splits.test)
    changed = (Clips(p.labels, reordered(p.images, order, i)) for i, p in enumerate(parts))
    return Splits(*changed, splits.info)


def _moving_emoji(frames: int, size: int, channels: int, count: int, limit: int | None) -> Splits:
    counts = {"train": count, **_HELD_OUT}
    if limit is not None:
        counts = {split: min(n, limit) for split, n in counts.items()}
    parts = {}
    for split, n in counts.items():
        clips, labels = moving_sprites(split, n, frames, size, channels)
        parts[split] = Clips(labels, clips)
    train = parts["train"].images
    mean, std = mean_and_std(picture_sums(train.reshape(len(train), -1, size, channels)))
    emoji = catalogue.find("noto_emoji")
    info = Info(
        NAME,
        shape=parts["train"].shape,
        class_names=ACTIONS,
        mean=mean,
        std=std,
        licence=emoji.licence,
        citation=emoji.citation,
    )
    return Splits(**parts, info=info)
