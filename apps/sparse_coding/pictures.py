"""Whole pictures through codes of their patches, as TensorFlow operations."""

from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.layers.sparse_code import sparse_code

CHUNK = 4096


def tiles(pictures: tf.Tensor, side: int) -> tf.Tensor:
    """Patches that lie side by side: [batch, h, w] → [batch, rows, columns, side * side]."""
    return tf.nn.space_to_depth(pictures[..., None], side)


def joined(patches: tf.Tensor, side: int) -> tf.Tensor:
    """The reverse of `tiles`."""
    return tf.nn.depth_to_space(patches, side)[..., 0]


def denoised(
    pictures: tf.Tensor, atoms: tf.Tensor, side: int, stride: int, penalty: float, steps: int
) -> tf.Tensor:
    """Cleans pictures: overlapping patches from sparse codes, averaged where they overlap.

    Args:
        pictures: float32 [batch, height, width], from 0 to 1.
        atoms: float32 [side * side, atoms], patches without their means, one a column.
        side: of a patch.
        stride: of the patches; they must reach the pictures' edges.
        penalty: of the code's absolute values, for atoms of norm 1.
        steps: of the inference.

    Returns:
        float32 [batch, height, width], from 0 to 1.

    Reference:
        Elad & Aharon 2006, section III, with a penalty in the place of a bound on the error.
    """
    pictures = tf.convert_to_tensor(pictures)
    atoms = atoms / tf.maximum(tf.norm(atoms, axis=0), 1e-9)
    window, strides = [1, side, side, 1], [1, stride, stride, 1]
    patches = tf.image.extract_patches(pictures[..., None], window, strides, [1] * 4, "VALID")
    rows = tf.reshape(patches, [-1, side * side])
    means = tf.reduce_mean(rows, 1, keepdims=True)
    rebuilt = means + tf.matmul(
        sparse_code(rows - means, atoms, penalty, steps), atoms, transpose_b=True
    )
    # A transposed convolution with one pixel a channel puts each patch back where it was.
    place = tf.reshape(tf.eye(side * side), [side, side, 1, side * side])
    shape = tf.shape(pictures[..., None])

    def laid(values: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d_transpose(values, place, shape, stride, "VALID")[..., 0]

    grid = tf.reshape(rebuilt, tf.shape(patches))
    return tf.clip_by_value(laid(grid) / laid(tf.ones_like(grid)), 0.0, 1.0)


def cosines(side: int, waves: int) -> np.ndarray:
    """An overcomplete discrete cosine transform, float32 [side * side, waves * waves - 1].

    The atoms have no mean and norm 1: what dictionaries that learn nothing are made of.
    """
    k, x = np.arange(waves), np.arange(side) + 0.5
    lines = np.cos(np.pi * x[:, None] * k / waves)
    lines[:, 1:] -= lines[:, 1:].mean(0)
    atoms = np.kron(lines, lines)[:, 1:]
    return (atoms / np.linalg.norm(atoms, axis=0)).astype("float32")


def psnr(wanted: Any, found: Any) -> float:
    """The peak signal-to-noise ratio of values from 0 to 1, in decibels."""
    squares = np.square(np.asarray(wanted, "float64") - np.asarray(found, "float64")).mean()
    return float(-10 * np.log10(max(squares, 1e-12)))
