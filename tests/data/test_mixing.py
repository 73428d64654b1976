"""Mixup mixes pictures and labels alike, and the same way after a resumption."""

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.data.mixing import mixup, one_hot


def stream(batches=6, size=8):
    """Pictures whose every pixel is the number of their class."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (batches, size)).astype("int32")
    pictures = np.broadcast_to(labels[..., None, None, None], (batches, size, 3, 3, 1))
    data = tf.data.Dataset.from_tensor_slices((pictures.astype("uint8"), labels))
    return one_hot(data, 5)


def test_labels_follow_their_pictures():
    mixed = list(mixup(stream(), alpha=0.4, seed=3))
    for pictures, labels in mixed:
        np.testing.assert_allclose(tf.reduce_sum(labels, -1), 1, rtol=1e-6)
        # A pixel holds the expectation of the class number under the label.
        np.testing.assert_allclose(
            pictures[:, 0, 0, 0], tf.linalg.matvec(labels, tf.range(5.0)), rtol=1e-5
        )
    assert any(0.01 < float(tf.reduce_max(y[i])) < 0.99 for _, y in mixed for i in range(8))


def test_a_stream_begun_later_goes_on_the_same_way():
    whole = list(mixup(stream(), 0.4, seed=3))
    rest = list(mixup(stream().skip(4), 0.4, seed=3, first_step=4))
    for (x, y), (later_x, later_y) in zip(whole[4:], rest, strict=True):
        np.testing.assert_array_equal(x, later_x)
        np.testing.assert_array_equal(y, later_y)
    other = list(mixup(stream(), 0.4, seed=4))
    assert not np.array_equal(whole[0][0], other[0][0])


def test_shares_are_beta_distributed():
    pictures = tf.reshape(tf.range(4000.0), [1, 4000, 1, 1, 1])
    data = tf.data.Dataset.from_tensor_slices((pictures, tf.one_hot([tf.range(4000)], 4000)))
    ((_, labels),) = mixup(data, alpha=2.0, seed=0)
    share = tf.linalg.diag_part(labels).numpy()
    assert share.mean() == pytest.approx(0.5, abs=0.02)
    assert share.var() == pytest.approx(0.25 / 5, rel=0.1)  # of Beta(2, 2)


def test_alpha_must_be_positive():
    with pytest.raises(ValueError, match="Received: alpha=0"):
        mixup(stream(), alpha=0, seed=0)
