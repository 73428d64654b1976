"""Ids of sentences as dense batches: marks at their ends, a largest length, padding, masks."""

import tensorflow as tf

from kerasuite.text.ids import END, PAD, START


def with_ends(ids: tf.RaggedTensor, start: bool = True, end: bool = True) -> tf.RaggedTensor:
    """Puts START before and END after each sequence.

    Args:
        ids: int32 [batch, (length)].
        start, end: which of them.
    """
    one = tf.ones([ids.nrows(), 1], ids.dtype)
    parts = [START * one] * start + [ids] + [END * one] * end
    return tf.concat(parts, axis=1)


def truncate(ids: tf.RaggedTensor, longest: int) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Cuts sequences that are too long.

    Args:
        ids: int32 [batch, (length)].
        longest: how many ids are kept of a sequence, the first ones.

    Returns:
        The sequences, and which of them were cut, bool [batch]: say so, never cut silently. See
        `cut_warning`.
    """
    return ids[:, :longest], ids.row_lengths() > longest


def cut_warning(cut: int, total: int, longest: int) -> str:
    """A sentence that says how many of the sequences were cut; "" if none was."""
    if not cut:
        return ""
    return f"{cut:,} of {total:,} texts were longer than {longest} pieces and were cut to that"


def pad(ids: tf.RaggedTensor, length: tf.Tensor | int | None = None) -> tf.Tensor:
    """Fills sequences up with PAD.

    Args:
        ids: int32 [batch, (length)].
        length: of all sequences, longer ones being cut; None for that of the longest.

    Returns:
        int32 [batch, length].
    """
    # Where `length` is a tensor, the shape has to be one too.
    return ids.to_tensor(PAD, shape=None if length is None else tf.stack([-1, length]))


def mask(ids: tf.Tensor) -> tf.Tensor:
    """Where padded ids [batch, length] are not PAD, bool of the same shape."""
    return ids != PAD
