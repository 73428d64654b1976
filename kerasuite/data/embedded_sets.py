"""Reads the catalogue's data sets into arrays, strings and lists, without TensorFlow."""

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np

from kerasuite.data.catalogue import find
from kerasuite.data.fetch import paths
from kerasuite.errors import KerasuiteError

EMOJI_COUNT, EMOJI_SIZE = 1636, 64

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
DIGIT_CLASSES = tuple("0123456789")


def picture_arrays(name: str) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], tuple[str, ...]]:
    """The pictures of a catalogue set, in the splits it came with.

    Args:
        name: a data set of kind "pictures"; fetched if it is not in the cache.

    Returns:
        Per split ("train" and "test", or "all") uint8 [n, height, width, channels] and int32 [n];
        and the names of the classes.
    """
    find(name, kinds=("pictures",))
    if name in ("noto_emoji", "twemoji"):
        categories = [c["cat"] for c in emoji_captions()]
        names = tuple(sorted(set(categories)))
        labels = np.array([names.index(c) for c in categories], "int32")
        return {"all": (emoji_atlas(name), labels)}, names
    if name == "fashion_mnist_6k":
        return _fashion_mnist_6k(), FASHION_CLASSES
    images, labels, test_images, test_labels = (_idx(p) for p in paths(name))
    splits = {"train": (images, labels), "test": (test_images, test_labels)}
    classes = DIGIT_CLASSES if name == "mnist" else FASHION_CLASSES
    return {k: (x[..., None], y.astype("int32")) for k, (x, y) in splits.items()}, classes


def emoji_atlas(name: str = "noto_emoji") -> np.ndarray:
    """The emoji of one style ("noto_emoji" or "twemoji"): uint8 [1636, 64, 64, 3], on white."""
    from PIL import Image

    (path,) = find(name, kinds=("pictures",)).embedded_paths()
    with Image.open(path) as picture:
        atlas = np.asarray(picture.convert("RGB"))
    rows, columns = atlas.shape[0] // EMOJI_SIZE, atlas.shape[1] // EMOJI_SIZE
    tiles = atlas.reshape(rows, EMOJI_SIZE, columns, EMOJI_SIZE, 3).swapaxes(1, 2)
    return tiles.reshape(-1, EMOJI_SIZE, EMOJI_SIZE, 3)[:EMOJI_COUNT]


def emoji_captions() -> list[dict[str, Any]]:
    """Per emoji a record: "c" the character, "cat" its category, "en" a list of the English name
    and keywords, and per further language a list with the name, which may be empty."""
    return json.loads(unpacked("emoji_captions"))


def emoji_names() -> dict[str, list[str]]:
    """The names of the 1,636 emoji, by language code (30 of them). Some names are empty."""
    return json.loads(unpacked("emoji_names_30"))


def spoken_prompts() -> tuple[list[np.ndarray], list[str], int]:
    """The spoken prompts.

    Returns:
        Per prompt float32 [samples] in [-1, 1]; per prompt its transcript, in square brackets if
        it is a sound rather than speech; and the sample rate, 8000.
    """
    import soundfile

    sound, index = find("asterisk_prompts").embedded_paths()
    record = json.loads(index.read_text(encoding="utf-8"))
    samples, rate = soundfile.read(sound, dtype="float32")
    return np.split(samples, record["end_sample"][:-1]), record["text"], rate


def _fashion_mnist_6k() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    (path,) = find("fashion_mnist_6k").embedded_paths()
    with np.load(path) as z:
        return {
            split: (z[f"x_{split}"][..., None], z[f"y_{split}"].astype("int32"))
            for split in ("train", "test")
        }


def unpacked(name: str) -> str:
    """The text of an embedded set that is one xz file."""
    (path,) = find(name).embedded_paths()
    with lzma.open(path, "rt", encoding="utf-8", newline="") as f:
        return f.read()


def _idx(path: Path) -> np.ndarray:
    """An array in the IDX format of MNIST: 2 zeros, type 8, dimensions, sizes, bytes."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as f:
        data = f.read()
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise KerasuiteError(f"{path} is not an IDX file; fetch it anew with 'kerasuite data get'")
    dimensions = data[3]
    shape = np.frombuffer(data, ">i4", dimensions, 4)
    return np.frombuffer(data, "uint8", offset=4 + 4 * dimensions).reshape(shape)
