"""Reads many picture files: which are readable, what they look like, and their statistics."""

import concurrent.futures
import functools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from kerasuite.data.decoding import decode_picture

# Decoded pictures beyond this stay files, decoded again for every batch.
MOST_IN_MEMORY = 2**30
_SLOW = 500  # files; fewer are read before a progress bar could be looked at


@dataclass(frozen=True)
class Reading:
    """What came of reading n files.

    Attributes:
        readable: bool [n].
        images: uint8 [readable files, height, width, channels]; None if they are too large to keep.
        sums: float64 [readable files, 2, channels]: per picture and channel the mean of the values,
            and of their squares.
        skipped: path and reason of each file that cannot be read.
    """

    readable: np.ndarray
    images: np.ndarray | None
    sums: np.ndarray
    skipped: tuple[tuple[str, str], ...]


def read_pictures(files: Sequence[Path], size: tuple[int, int], channels: int) -> Reading:
    """Decodes every file once, on all cores, with a progress bar if there are many.

    Args:
        files: picture files.
        size: height and width they are decoded to.
        channels: 1 or 3.
    """
    shape = (*size, channels)
    keep = len(files) * int(np.prod(shape)) <= MOST_IN_MEMORY
    images = np.empty((len(files), *shape), "uint8") if keep else None
    sums = np.zeros((len(files), 2, channels))
    decode = _decoder(tuple(size), channels)

    def read(i: int) -> str:
        try:
            picture = decode(files[i].read_bytes()).numpy()
        except (OSError, tf.errors.OpError) as e:
            return unreadable_reason(files[i], e)
        sums[i] = picture_sums(picture[None])[0]
        if images is not None:
            images[i] = picture
        return ""

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reasons = list(with_bar(pool.map(read, range(len(files))), len(files), "Reading pictures"))
    readable = np.array([not r for r in reasons], bool)
    skipped = tuple((str(f), r) for f, r in zip(files, reasons, strict=True) if r)
    if images is not None and skipped:
        images = images[readable]
    return Reading(readable, images, sums[readable], skipped)


@functools.cache  # traced once for all folders of a run
def _decoder(size: tuple[int, int], channels: int) -> Callable[[bytes], tf.Tensor]:
    return tf.function(
        lambda data: decode_picture(data, size, channels),
        input_signature=[tf.TensorSpec([], tf.string)],
    )


def sizes_note(files: Iterable[Path], size: tuple[int, int]) -> str:
    """Says that pictures of several sizes were brought to one; "" if all have the same.

    Args:
        files: picture files; those that cannot be read do not count.
        size: the height and width that they are brought to.
    """
    found: set[tuple[int, int]] = set()
    for path in files:
        try:
            with Image.open(path) as opened:  # reads no more than the beginning
                found.add(opened.size)
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
    if len(found) < 2:
        return ""
    least, most = (f"{width}x{height}" for width, height in (min(found), max(found)))
    return (
        f"pictures of {len(found)} sizes, from {least} to {most}, were brought to "
        f"{size[1]}x{size[0]}, without keeping their proportions"
    )


def unreadable_reason(path: Path, error: Exception) -> str:
    """Why a picture file cannot be read, in a few words."""
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if path.stat().st_size == 0:
        return "empty file"
    if "Unknown image file format" in str(error):
        return "not a picture (PNG, JPEG, GIF, BMP or WebP), whatever its name says"
    return "damaged or cut short"


def mean_and_std(sums: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Per-channel mean and standard deviation over pictures of one size, rounded to 4 digits.

    Args:
        sums: float [n, 2, channels], as in `Reading`.
    """
    mean, square = sums.mean(axis=0)
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    return tuple(round(float(m), 4) for m in mean), tuple(round(float(s), 4) for s in std)


def picture_sums(images: np.ndarray) -> np.ndarray:
    """What `Reading.sums` is, for uint8 [n, height, width, channels] in memory."""
    pixels = images.reshape(len(images), -1, images.shape[-1])
    sums = np.empty((len(images), 2, images.shape[-1]))
    for start in range(0, len(images), 1024):  # in pieces: squares are larger than the pictures
        piece = slice(start, start + 1024)
        for channel in range(images.shape[-1]):
            values = np.ascontiguousarray(pixels[piece, :, channel]).astype("uint32")
            sums[piece, 0, channel] = values.sum(axis=1, dtype="uint64")
            sums[piece, 1, channel] = (values**2).sum(axis=1, dtype="uint64")
    return sums / pixels.shape[1]


def with_bar(results: Iterable[Any], total: int, what: str, least: int = _SLOW) -> Iterable[Any]:
    """The same results, with a progress bar on standard error if there are at least `least`."""
    if total < least:
        return results
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(results, what, total, console=console, transient=True)
