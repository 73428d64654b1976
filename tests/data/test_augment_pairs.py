import numpy as np
import pytest
import tensorflow as tf

from kerasuite.data.augment_pairs import paired_augmentation
from kerasuite.data.mask_labels import IGNORED

ALL = {"flip": True, "shift": 0.2, "rotate": 30.0, "scale": 0.3}


@pytest.fixture
def scenes():
    """Discs whose brightness is their class's: picture and mask say the same."""
    y, x = np.mgrid[:48, :48] - 23.5
    masks = np.stack([np.hypot(x - dx, y) < 12 for dx in (-10, -5, 0, 5, 10, 3)]).astype("uint8")
    return np.repeat(200 * masks[..., None], 3, -1).astype("uint8"), masks


def test_pictures_and_masks_move_together(scenes):
    change = paired_augmentation(**ALL, seed=3)
    for step in range(5):
        pictures, masks = (x.numpy() for x in change(tf.constant(step, tf.int64), *scenes))
        assert pictures.shape == (6, 48, 48, 3) and pictures.dtype == np.float32
        known = masks != IGNORED
        assert ((pictures[..., 0] > 100) == masks)[known].mean() > 0.97
        assert set(np.unique(masks)) <= {0, 1, IGNORED}
        assert not np.array_equal(masks, scenes[1])


def test_the_step_decides(scenes):
    def masks(step, seed=0):
        return paired_augmentation(**ALL, seed=seed)(tf.constant(step, tf.int64), *scenes)[1]

    np.testing.assert_array_equal(masks(4), masks(4))
    assert not np.array_equal(masks(4), masks(5))
    assert not np.array_equal(masks(4), masks(4, seed=1))


def test_what_comes_from_outside_is_ignored(scenes):
    change = paired_augmentation(shift=0.5, seed=1)
    _, masks = change(tf.constant(0, tf.int64), *scenes)
    assert (masks.numpy() == IGNORED).mean() > 0.1


def test_a_quarter_turn_about_the_middle():
    """By exactly 90 degrees either way, a bar through the middle lies across."""
    from kerasuite.data.augment_pairs import _moved, moving_matrices

    masks = np.zeros((1, 9, 9), "uint8")
    masks[0, 4, :] = 1
    matrix = moving_matrices(tf.constant([[1.0], [0.0], [0.0], [0.0]]), (0.0, 90.0, 0.0), (9, 9))
    _, turned = _moved(tf.zeros([1, 9, 9, 3]), tf.constant(masks), matrix)
    np.testing.assert_array_equal(turned.numpy()[0], masks[0].T)


def test_colours_alone_leave_masks_and_places(scenes):
    change = paired_augmentation(colour=0.2, exchange=True)
    seen = []
    for step in range(8):
        pictures, masks = map(np.asarray, change(tf.constant(step, tf.int64), *scenes))
        np.testing.assert_array_equal(masks, scenes[1])
        assert pictures.min() >= 0 and pictures.max() <= 255
        for picture, mask in zip(pictures, scenes[1], strict=True):
            # One colour stays one colour.
            assert np.ptp(picture[mask == 1], axis=0).max() < 1e-3
            seen.append(picture[mask == 1][0])
    assert np.std(seen, axis=0).min() > 10


def test_channels_are_exchanged_and_faded():
    red = np.zeros((200, 2, 2, 3), "uint8")
    red[..., 0] = 200
    masks = np.zeros((200, 2, 2), "uint8")
    pictures, _ = paired_augmentation(colour=0.3, exchange=True)(
        tf.constant(0, tf.int64), red, masks
    )
    colours = pictures.numpy()[:, 0, 0]
    strongest = np.bincount(colours.argmax(-1), minlength=3)
    assert strongest[0] > 70 and strongest[1:].min() > 30
    assert (np.ptp(colours, axis=-1) < 60).any() and (np.ptp(colours, axis=-1) > 180).any()


def test_nothing_asked_nothing_changed(scenes):
    pictures, masks = paired_augmentation()(tf.constant(1, tf.int64), *scenes)
    np.testing.assert_array_equal(pictures, scenes[0])
    np.testing.assert_array_equal(masks, scenes[1])


@pytest.mark.parametrize("wrong", [{"shift": 1.0}, {"rotate": 181}, {"scale": -0.1}, {"colour": 2}])
def test_out_of_range(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        paired_augmentation(**wrong)
