"""Labelled pictures by way of TensorFlow Datasets."""

import os

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from kerasuite.data.decoding import decode_picture
from kerasuite.data.folders import SPLIT_NAMES
from kerasuite.data.labelled import Labelled
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import picture_sums
from kerasuite.data.splits import Info
from kerasuite.errors import InputError, KerasuiteError

DEFAULT_SIZE = (64, 64)
MOST_BYTES = 8 * 2**30


def load_tfds(name: str, size: tuple[int, int] | None, channels: int | None) -> Labelled:
    """Loads a classification set of TensorFlow Datasets with the splits it has.

    It is looked for under TFDS_DATA_DIR (or ~/tensorflow_datasets), and downloaded if need be.

    Args:
        name: as `tfds.builder` takes it, such as "cifar10" or "cats_vs_dogs:4.0.1".
        size: height and width; None for the set's own, or 64x64 where pictures differ.
        channels: 1 or 3; None for the set's own.

    Raises:
        InputError: if there is no such set, or it has no pictures with classes.
        KerasuiteError: if it cannot be prepared.
    """
    builder = prepared(name)
    image, label = _features(name, builder)
    height, width, depth = image.shape
    if size is None:
        size = (height, width) if height and width else DEFAULT_SIZE
    channels = channels or (1 if depth == 1 else 3)
    splits = known_splits(name, builder)
    total = sum(builder.info.splits[s].num_examples for s in splits)
    if total * size[0] * size[1] * channels > MOST_BYTES:
        raise InputError(
            f"tfds:{name} needs more than {MOST_BYTES // 2**30} GiB of memory at {size[0]}x"
            f"{size[1]}; expected a smaller size. Received: {total} pictures"
        )
    parts = [_read(builder, s, size, channels) for s in splits]
    images = np.concatenate([x for x, _ in parts])
    labels = np.concatenate([y for _, y in parts])
    marks = np.repeat(list(splits.values()), [len(y) for _, y in parts]).astype("U10")
    info = Info(
        f"tfds:{name}",
        class_names=tuple(label.names),
        licence=builder.info.redistribution_info.license or "see the data set's own page",
        citation=builder.info.citation,
    )
    return Labelled(Pictures(labels, images=images), picture_sums(images), marks, info)


def prepared(name: str) -> tfds.core.DatasetBuilder:
    """The builder of a set that lies in the data folder, or is downloaded there.

    Raises:
        InputError: if there is no such set.
        KerasuiteError: if it cannot be prepared.
    """
    try:
        builder = tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"), try_gcs=False)
    except (tfds.core.DatasetNotFoundError, ValueError) as e:
        raise InputError(f"TensorFlow Datasets has no set called {name!r}: {_first_line(e)}") from e
    if not builder.is_prepared():
        try:
            builder.download_and_prepare()
        except Exception as e:  # whatever a set's own script raises, with or without a network
            raise KerasuiteError(
                f"tfds:{name} is not in {builder.data_dir} and cannot be prepared: {_first_line(e)}"
            ) from e
    return builder


def _features(
    name: str, builder: tfds.core.DatasetBuilder
) -> tuple[tfds.features.Image, tfds.features.ClassLabel]:
    features = builder.info.features
    named = dict(features.items()) if isinstance(features, tfds.features.FeaturesDict) else {}
    image, label = named.get("image"), named.get("label")
    if not (isinstance(image, tfds.features.Image) and isinstance(label, tfds.features.ClassLabel)):
        raise InputError(
            f"tfds:{name} cannot be used here: expected the features image and label. "
            f"Received: {', '.join(named) or features}"
        )
    return image, label


def known_splits(name: str, builder: tfds.core.DatasetBuilder) -> dict[str, str]:
    """The set's splits that are of use: its name for each, and ours.

    Raises:
        InputError: if none is for training.
    """
    splits = {s: SPLIT_NAMES[s] for s in builder.info.splits if s in SPLIT_NAMES}
    if "train" not in splits.values():
        raise InputError(
            f"tfds:{name} cannot be used here: expected a split called train. "
            f"Received: {', '.join(builder.info.splits)}"
        )
    return splits


def _read(
    builder: tfds.core.DatasetBuilder, split: str, size: tuple[int, int], channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """One split: uint8 [n, height, width, channels] and int32 [n], in the set's own order."""
    raw = builder.as_dataset(split, decoders={"image": tfds.decode.SkipDecoding()})
    decoded = raw.map(
        lambda x: (decode_picture(x["image"], size, channels), tf.cast(x["label"], tf.int32)),
        tf.data.AUTOTUNE,
    )
    count = builder.info.splits[split].num_examples
    images, labels = np.empty((count, *size, channels), "uint8"), np.empty(count, "int32")
    for i, (image, label) in enumerate(decoded.as_numpy_iterator()):
        images[i], labels[i] = image, label
    return images, labels


def _first_line(error: Exception) -> str:
    return next((s for s in str(error).splitlines() if s.strip()), type(error).__name__)[:200]
