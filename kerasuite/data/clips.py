"""Labelled clips of one split, in memory, and clips as files."""

import io
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from PIL import GifImagePlugin, Image

from kerasuite.data.decoding import decode_frames, fit_pictures
from kerasuite.data.pictures import Pictures

_SECONDS = 0.06  # that a frame stands


class Clips(Pictures):
    """The clips and labels of one split.

    Args:
        labels: int [n].
        images: uint8 [n, frames, height, width, channels].
    """

    def __init__(self, labels: np.ndarray, images: np.ndarray) -> None:
        super().__init__(labels, images=images)

    def raw(self, indices: Sequence[int]) -> list[bytes]:
        """What a client would send for these clips: GIF files."""
        return [gif_bytes(self.images[i]) for i in indices]


def gif_bytes(frames: np.ndarray) -> bytes:
    """Frames as an animated GIF that repeats for ever; grey ones are kept exactly.

    Pillow's own writer leaves out a frame that equals the one before it, so that a clip would
    come back with fewer frames.

    Args:
        frames: uint8 [n, height, width, 1 or 3]; colours are reduced to 256.
    """
    if frames.shape[-1] == 1:
        pictures = [Image.fromarray(f[..., 0]).convert("P") for f in frames]
    else:
        palette = Image.fromarray(np.concatenate(frames)).quantize(256)
        none = Image.Dither.NONE
        pictures = [Image.fromarray(f).quantize(palette=palette, dither=none) for f in frames]
    file = io.BytesIO()
    blocks, _ = GifImagePlugin.getheader(pictures[0], info={"loop": 0})
    for picture in pictures:
        blocks += GifImagePlugin.getdata(picture, duration=round(_SECONDS * 1000))
    file.writelines(blocks)
    file.write(b";")
    return file.getvalue()


def decode_clip(data: tf.Tensor, frames: int, size: tuple[int, int], channels: int) -> tf.Tensor:
    """Decodes one moving picture: GIF or WebP; a still one becomes a clip at rest.

    Args:
        data: scalar string, the bytes of the file.
        frames: frames of the result: from the first to the last, in even steps.
        size: height and width of the result, as of `decode_picture`.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [frames, height, width, channels].

    Raises:
        tf.errors.InvalidArgumentError: when run on bytes that are no whole picture, or one that
            is too large.
    """
    found = decode_frames(data)
    chosen = tf.gather(found, even_steps(tf.shape(found)[0], frames))
    return tf.ensure_shape(fit_pictures(chosen, size, channels), [frames, *size, channels])


def decode_clips(data: tf.Tensor, frames: int, size: tuple[int, int], channels: int) -> tf.Tensor:
    """Decodes a batch of clips, each as `decode_clip` does.

    Args:
        data: [batch] string.
        frames, size, channels: as there.

    Returns:
        uint8 [batch, frames, height, width, channels].
    """
    return tf.map_fn(
        lambda one: decode_clip(one, frames, size, channels),
        tf.convert_to_tensor(data),
        fn_output_signature=tf.TensorSpec([frames, *size, channels], tf.uint8),
    )


def even_steps(count: tf.Tensor | int, frames: int) -> tf.Tensor:
    """int32 [frames]: places among `count` frames, from the first to the last."""
    last = tf.cast(count - 1, tf.float32)
    steps = tf.linspace(0.0, 1.0, frames) * last
    return tf.cast(tf.round(steps), tf.int32)
