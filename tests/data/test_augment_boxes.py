"""Pictures and boxes change together."""

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.data.augment_boxes import boxed_augmentation, mirrored_boxes, moved_boxes
from kerasuite.data.boxed import NO_BOX

SIZE = 64


@pytest.fixture
def batch(rng):
    """White boxes on black: what is white after a change is where the box must be."""
    pictures = np.zeros((40, SIZE, SIZE, 3), "uint8")
    boxes = np.zeros((40, 2, 4), "float32")
    labels = np.full((40, 2), NO_BOX, "int32")
    for picture, box, label in zip(pictures, boxes, labels, strict=True):
        left, top = rng.integers(8, 30, 2)
        right, bottom = np.array([left, top]) + rng.integers(10, 26, 2)
        picture[top:bottom, left:right] = 255
        box[0], label[0] = (left, top, right, bottom), 3
    return pictures, boxes, labels


@pytest.mark.parametrize(
    "kinds",
    [{"flip": True}, {"shift": 0.1}, {"scale": 0.3}, {"flip": True, "shift": 0.1, "scale": 0.3}],
)
def test_boxes_stay_around_what_they_were_around(batch, kinds):
    augment = boxed_augmentation(**kinds, seed=4)
    pictures, boxes, labels = (np.array(x) for x in augment(7, *batch))
    assert pictures.dtype == np.float32 and not np.array_equal(boxes, batch[1])
    assert (labels == batch[2]).all() and not boxes[:, 1].any()
    for picture, (left, top, right, bottom) in zip(pictures, boxes[:, 0], strict=True):
        white = picture[..., 0] > 127
        rows, columns = np.flatnonzero(white.any(1)), np.flatnonzero(white.any(0))
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        np.testing.assert_allclose(seen, [left, top, right, bottom], atol=1.01)


def test_what_leaves_the_picture_is_no_box():
    # By 40 pixels to the left: the first box is cut off, the second is hardly left.
    matrix = np.array([[1, 0, 40, 0, 1, 0, 0, 0]], "float32")
    boxes = np.array([[[20, 0, 60, 10], [20, 0, 44, 10], [0, 0, 0, 0]]], "float32")
    moved, labels = moved_boxes(boxes, np.array([[1, 2, NO_BOX]]), matrix, (SIZE, SIZE))
    np.testing.assert_array_equal(moved, [[[0, 0, 20, 10], [0, 0, 0, 0], [0, 0, 0, 0]]])
    np.testing.assert_array_equal(labels, [[1, NO_BOX, NO_BOX]])


def test_mirrored_twice_is_the_same():
    boxes = np.array([[3, 4, 10, 12], [0, 0, 64, 64]], "float32")
    once = mirrored_boxes(boxes, SIZE)
    np.testing.assert_array_equal(once, [[54, 4, 61, 12], [0, 0, 64, 64]])
    np.testing.assert_array_equal(mirrored_boxes(once, SIZE), boxes)


def test_colours_change_no_box(batch):
    augment = boxed_augmentation(colour=0.3, exchange=True)
    pictures, boxes, labels = augment(0, *batch)
    np.testing.assert_array_equal(boxes, batch[1])
    np.testing.assert_array_equal(labels, batch[2])
    assert not np.array_equal(pictures, batch[0])


def test_changes_follow_from_the_step_within_a_data_set(batch):
    """Also where the numbers of pictures and things are not known beforehand."""
    augment = boxed_augmentation(True, 0.1, 0.3, 0.2, True, seed=1)
    data = tf.data.Dataset.from_tensors(batch).repeat(2).unbatch().batch(40)
    once, other = data.enumerate(5).map(lambda step, b: augment(step, *b)).as_numpy_iterator()
    for got, wanted in zip(once, augment(5, *batch), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-3)
    assert not np.array_equal(once[0], other[0]) and not np.array_equal(once[1], other[1])


@pytest.mark.parametrize("wrong", [{"shift": 1.5}, {"scale": -0.1}, {"colour": 2.0}])
def test_wrong_amounts(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be from 0 .*Received: {name}="):
        boxed_augmentation(**wrong)
