"""Labelled pictures of one split, in memory or as files, and the batches a model learns from."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from kerasuite.data.batches import ordered_indices, shuffled_indices, steps_per_epoch
from kerasuite.data.decoding import decode_picture, decode_pictures
from kerasuite.data.sampling import stratified_sample

__all__ = ["Pictures", "decode_picture", "decode_pictures"]


class Pictures:
    """The pictures and labels of one split.

    Args:
        labels: int [n]; or [n, tags], 1 where a picture has a tag.
        images: uint8 [n, height, width, channels]; or None if `files` are given.
        files: n picture files, decoded when they are needed; or None if `images` are given.
        size: height and width that files are decoded to.
        channels: 1 or 3, that files are decoded to.
    """

    def __init__(
        self,
        labels: np.ndarray,
        images: np.ndarray | None = None,
        files: Sequence[Path] | None = None,
        size: tuple[int, int] | None = None,
        channels: int | None = None,
    ) -> None:
        if (images is None) == (files is None):
            raise ValueError("expected either images or files. Received: both or neither")
        count = len(files if images is None else images)
        if count != len(labels):
            raise ValueError(f"expected a label per picture. Received: {count}, {len(labels)}")
        self.labels = np.asarray(labels, "int32")
        self.images = images
        self.files = None if files is None else list(files)
        if images is not None:
            self.shape = tuple(images.shape[1:])
        elif size is not None and channels is not None:
            self.shape = (*size, channels)
        else:
            raise ValueError("files need size and channels")

    def __len__(self) -> int:
        return len(self.labels)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        return steps_per_epoch(len(self), batch_size)

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """All pictures once, in order: uint8 [batch, h, w, c] and int32 labels.

        The last batch holds what is left.
        """
        return self._gathered(ordered_indices(len(self), batch_size))

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches: uint8 [batch, h, w, c] and int32 labels.

        `batches.shuffled_indices` says what an epoch is.

        Args:
            batch_size: pictures per batch.
            seed: the order of all epochs.
            first_epoch: the epoch to begin with.
        """
        return self._gathered(shuffled_indices(len(self), batch_size, seed, first_epoch))

    def _gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of indices to batches of pictures and labels.

        Whole batches are gathered at once: one operation a batch, not one a picture.
        """
        with tf.device("CPU"):  # or the array goes to the accelerator, and back for each batch
            labels = tf.constant(self.labels)
            if self.files is None:
                source = tf.constant(self.images)
            else:
                source = tf.constant([str(p) for p in self.files], tf.string, [len(self)])

        def gather(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pictures = tf.gather(source, rows)
            decoded = pictures if self.files is None else self._read(pictures)
            return decoded, tf.gather(labels, rows)

        return index.map(gather, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def _read(self, paths: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(
            lambda path: decode_picture(tf.io.read_file(path), self.shape[:2], self.shape[2]),
            paths,
            fn_output_signature=tf.TensorSpec(self.shape, tf.uint8),
        )

    def raw(self, indices: Sequence[int]) -> list[bytes]:
        """What a client would send for these pictures: the files' bytes, or PNG encodings."""
        if self.files is not None:
            return [self.files[i].read_bytes() for i in indices]
        return [png_bytes(self.images[i]) for i in indices]

    def array(self, indices: Sequence[int]) -> np.ndarray:
        """The pictures at `indices`, uint8 [len(indices), height, width, channels]."""
        if self.images is not None:
            return self.images[np.asarray(indices, "int64")]
        data = tf.constant(self.raw(indices), tf.string, [len(indices)])
        return decode_pictures(data, self.shape[:2], self.shape[2]).numpy()

    def take(self, indices: np.ndarray) -> "Pictures":
        """The pictures at `indices`, in that order."""
        if self.images is not None:
            return type(self)(self.labels[indices], images=self.images[indices])
        files = [self.files[i] for i in indices]
        size, channels = self.shape[:2], self.shape[2]
        return Pictures(self.labels[indices], files=files, size=size, channels=channels)

    def subset(self, n: int, seed: int) -> "Pictures":
        """`n` pictures, each class in its share; all, if there are fewer."""
        return self.take(stratified_sample(self.labels, n, seed))


def png_bytes(picture: np.ndarray) -> bytes:
    """uint8 [h, w, 1 or 3] as a PNG file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(buffer, "PNG")
    return buffer.getvalue()
