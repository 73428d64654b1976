"""Differentiable augmentation: each change is what the paper says, and lets gradients through."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasuite.training.differentiable_augmentation import KINDS, changed
from tests import cases

SIDE = 16


def change(pictures, *kinds, seed=0):
    return cases.to_numpy(changed(pictures, kinds, keras.random.SeedGenerator(seed)))


@pytest.fixture
def pictures():
    return np.random.default_rng(0).uniform(-1, 1, (40, SIDE, SIDE, 3)).astype("float32")


def test_colors_are_changed_alike_at_all_places(pictures):
    """Each picture is an affine function of itself and of its grey version: four numbers."""
    numbers = []
    for before, after in zip(pictures, change(pictures, "color"), strict=True):
        grey = before.mean(-1, keepdims=True) + 0 * before
        columns = [before.ravel(), grey.ravel(), np.ones(before.size)]
        found, error, *_ = np.linalg.lstsq(np.stack(columns, 1), after.ravel(), rcond=None)
        assert error.max() < 1e-6
        saturated, contrast = found[0] / (found[0] + found[1]), found[0] + found[1]
        numbers.append([after.mean() - before.mean(), saturated, contrast])
    low, high = np.min(numbers, axis=0), np.max(numbers, axis=0)
    assert (low >= [-0.501, -0.001, 0.499]).all() and (high <= [0.501, 2.001, 1.501]).all()
    assert (high - low > [0.8, 1.5, 0.8]).all()


def test_pictures_are_moved_by_up_to_an_eighth(pictures):
    padded = np.pad(pictures, [(0, 0), (2, 2), (2, 2), (0, 0)])
    ways = set()
    for before, after in zip(padded, change(pictures, "translation"), strict=True):
        found = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.array_equal(after, before[i : i + SIDE, j : j + SIDE])
        ]
        assert len(found) == 1
        ways.add(found[0])
    assert {i for i, _ in ways} == {j for _, j in ways} == set(range(5))


def test_a_square_of_half_the_sides_is_covered(pictures):
    after = change(pictures, "cutout")
    covered = (after == 0).all(-1)
    np.testing.assert_array_equal(after[~covered], pictures[~covered])
    for picture in covered:
        rows, columns = picture.any(1), picture.any(0)
        np.testing.assert_array_equal(picture, np.outer(rows, columns))
        for side in (rows, columns):  # one piece, of which a part may lie outside
            assert SIDE // 4 <= side.sum() <= SIDE // 2
            assert np.count_nonzero(np.diff(side.astype(int))) <= 2
    assert covered.sum((1, 2)).max() == (SIDE // 2) ** 2


def test_gradients_are_those_of_a_linear_map(pictures):
    """What comes out for a sum of two pictures' differences is the sum, and so is the slope."""
    import tensorflow as tf

    x, weights = tf.constant(pictures), cases.random_input(pictures.shape, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = ops.sum(changed(x, KINDS, keras.random.SeedGenerator(0)) * weights)
    slope = cases.to_numpy(tape.gradient(value, x))
    step = cases.random_input(pictures.shape, seed=2)
    moved = change(pictures + step, *KINDS) - change(pictures, *KINDS)
    np.testing.assert_allclose((moved * weights).sum(), (slope * step).sum(), rtol=1e-3)


def test_each_batch_is_changed_anew_and_the_seed_repeats_it(pictures):
    seed = keras.random.SeedGenerator(3)
    first, second = (cases.to_numpy(changed(pictures, KINDS, seed)) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, change(pictures, *KINDS, seed=3))
    np.testing.assert_array_equal(change(pictures), pictures)


def test_another_word_is_refused(pictures):
    with pytest.raises(ValueError, match=r"color, translation, cutout. Received: \['mirror'\]"):
        change(pictures, "color", "mirror")
