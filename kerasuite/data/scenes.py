"""Pictures with a class for every pixel: one split of them, and the batches a model learns from."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import Examples
from kerasuite.data.mask_labels import IGNORED
from kerasuite.data.pictures import png_bytes

__all__ = ["IGNORED", "Scenes"]


class Scenes(Examples):
    """The pictures and masks of one split.

    Args:
        images: uint8 [n, height, width, 3].
        masks: uint8 [n, height, width], the class of each pixel, or `IGNORED`.
        boxes: per picture int32 [things, 4] (left, top, right, bottom), if they are known.
        labels: per picture int32 [things], the classes of the things in the boxes.

    Raises:
        ValueError: if their shapes do not fit together.
    """

    def __init__(
        self,
        images: np.ndarray,
        masks: np.ndarray,
        boxes: Sequence[np.ndarray] | None = None,
        labels: Sequence[np.ndarray] | None = None,
    ) -> None:
        if images.shape[:3] != masks.shape:
            raise ValueError(
                "`masks` must hold a class per pixel of `images`. Received: "
                f"images.shape={images.shape}, masks.shape={masks.shape}"
            )
        for name, things in (("boxes", boxes), ("labels", labels)):
            if things is not None and len(things) != len(images):
                raise ValueError(
                    f"`{name}` must have one entry per picture. Received: {len(things)} for "
                    f"{len(images)} pictures"
                )
        self.images, self.masks = images, masks
        self.boxes, self.labels = boxes, labels
        self.shape = tuple(images.shape[1:])

    def __len__(self) -> int:
        return len(self.images)

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of pictures, uint8 [batch, h, w, 3], and masks, uint8 [batch, h, w]."""
        with tf.device("CPU"):  # or the array goes to the accelerator, and back for each batch
            images, masks = tf.constant(self.images), tf.constant(self.masks)
        return index.map(
            lambda rows: (tf.gather(images, rows), tf.gather(masks, rows)),
            num_parallel_calls=tf.data.AUTOTUNE,
        ).prefetch(tf.data.AUTOTUNE)

    def array(self, indices: Sequence[int]) -> np.ndarray:
        """The pictures at `indices`, uint8 [len(indices), height, width, 3]."""
        return self.images[np.asarray(indices, "int64")]

    def raw(self, indices: Sequence[int]) -> list[bytes]:
        """What a client would send for these pictures: PNG files' bytes."""
        return [png_bytes(self.images[i]) for i in indices]

    def take(self, indices: np.ndarray) -> "Scenes":
        """The scenes at `indices`, in that order."""
        chosen = [
            None if things is None else [things[i] for i in indices]
            for things in (self.boxes, self.labels)
        ]
        return Scenes(self.images[indices], self.masks[indices], *chosen)

    def foreground(self) -> "Scenes":
        """The same with two classes: 0 for the background, 1 for every other."""
        masks = np.where(self.masks == IGNORED, IGNORED, self.masks > 0).astype("uint8")
        labels = self.labels and [np.minimum(these, 1) for these in self.labels]
        return Scenes(self.images, masks, self.boxes, labels)
