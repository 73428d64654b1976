"""Pictures with boxes around things: one split of them, and the batches a model learns from."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import Examples
from kerasuite.data.pictures import png_bytes

# The label of rows that hold no box: pictures of a batch have different numbers of things.
NO_BOX = -1
# Of a pixel: pictures were resized, and boxes with them.
_ROUNDING = 0.01


class Boxed(Examples):
    """The pictures of one split, and the boxes and classes of the things in them.

    Args:
        images: uint8 [n, height, width, 3].
        boxes: per picture float32 [things, 4]: left, top, right, bottom in pixels.
        labels: per picture int32 [things], their classes from 0.

    Raises:
        ValueError: if these do not fit together, or a box is empty or reaches out of its picture.
    """

    def __init__(
        self, images: np.ndarray, boxes: Sequence[np.ndarray], labels: Sequence[np.ndarray]
    ) -> None:
        counts = [[len(x) for x in things] for things in (boxes, labels)]
        if not len(images) == len(boxes) == len(labels) or counts[0] != counts[1]:
            raise ValueError(
                "`boxes` and `labels` must have one entry per picture, with as many boxes as "
                f"labels. Received: {len(boxes)} and {len(labels)} for {len(images)} pictures"
            )
        self.images = images
        self.boxes = [np.asarray(b, "float32").reshape(-1, 4) for b in boxes]
        self.labels = [np.asarray(these, "int32") for these in labels]
        self.shape = tuple(images.shape[1:])
        _check_boxes(self.boxes, *self.shape[:2])

    def __len__(self) -> int:
        return len(self.images)

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Triples: uint8 [batch, h, w, 3]; float32 [batch, most, 4] boxes and int32 [batch, most]
        labels, where `most` is the largest number of things in a picture of the split (at least
        1); rows without a box hold zeros and `NO_BOX`."""
        with tf.device("CPU"):  # or the array goes to the accelerator, and back for each batch
            parts = [tf.constant(x) for x in (self.images, *self._padded())]
        return index.map(
            lambda rows: tuple(tf.gather(part, rows) for part in parts),
            num_parallel_calls=tf.data.AUTOTUNE,
        ).prefetch(tf.data.AUTOTUNE)

    def _padded(self) -> tuple[np.ndarray, np.ndarray]:
        most = max([1, *map(len, self.labels)])
        boxes = np.zeros((len(self), most, 4), "float32")
        labels = np.full((len(self), most), NO_BOX, "int32")
        for i, (these, classes) in enumerate(zip(self.boxes, self.labels, strict=True)):
            boxes[i, : len(these)] = these
            labels[i, : len(these)] = classes
        return boxes, labels

    def array(self, indices: Sequence[int]) -> np.ndarray:
        """The pictures at `indices`, uint8 [len(indices), height, width, 3]."""
        return self.images[np.asarray(indices, "int64")]

    def raw(self, indices: Sequence[int]) -> list[bytes]:
        """What a client would send for these pictures: PNG files' bytes."""
        return [png_bytes(self.images[i]) for i in indices]

    def take(self, indices: Sequence[int]) -> "Boxed":
        """The pictures at `indices`, in that order, with their boxes."""
        boxes, labels = ([part[i] for i in indices] for part in (self.boxes, self.labels))
        return Boxed(self.array(indices), boxes, labels)

    def reduced(self, factor: int) -> "Boxed":
        """The same pictures with sides of 1 in `factor`, by the means of squares of pixels."""
        if factor == 1:
            return self
        height, width = (n // factor for n in self.shape[:2])
        shape = (height, factor, width, factor, -1)
        means = (picture.reshape(shape).mean((1, 3)) for picture in self.images)
        small = np.stack([np.round(mean).astype("uint8") for mean in means])
        return Boxed(small, [boxes / factor for boxes in self.boxes], self.labels)

    def relabelled(self, become: Sequence[int]) -> "Boxed":
        """The same with other labels: `become[k]` in place of k."""
        table = np.asarray(become, "int32")
        return Boxed(self.images, self.boxes, [table[these] for these in self.labels])


def _check_boxes(boxes: Sequence[np.ndarray], height: int, width: int) -> None:
    every = np.concatenate([np.zeros((0, 4), "float32"), *boxes])
    owner = np.repeat(np.arange(len(boxes)), [len(these) for these in boxes])
    inside = (every[:, :2] > -_ROUNDING) & (every[:, 2:] < np.array([width, height]) + _ROUNDING)
    good = (inside & (every[:, 2:] > every[:, :2])).all(axis=1)  # not so with NaN
    if not good.all():
        first = int(np.flatnonzero(~good)[0])
        raise ValueError(
            "`boxes` must have a width and a height above 0 and lie within their pictures of "
            f"{width}x{height} pixels. Received: left, top, right, bottom = "
            f"{every[first].tolist()} in picture {owner[first]}"
        )
