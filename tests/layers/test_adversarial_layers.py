"""Layers of adversarial nets: reflection padding and the pool of earlier examples."""

import keras
import numpy as np
import pytest

from kerasuite.layers import ImagePool, ReflectionPadding2D
from tests import cases


def test_reflection_padding(tmp_path):
    x = cases.random_input((2, 5, 4, 3))
    cases.run_layer_test(ReflectionPadding2D, {"padding": 3}, x, (2, 11, 10, 3), 0, 0, tmp_path)
    wanted = np.pad(x, [(0, 0), (3, 3), (3, 3), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(ReflectionPadding2D(3)(x), wanted)
    with pytest.raises(ValueError, match=r"smaller than both sides. Received: padding=4"):
        ReflectionPadding2D(4)(x)
    with pytest.raises(ValueError, match="padding=0"):
        ReflectionPadding2D(0)


def numbered(first, count=4):
    return np.arange(first, first + count, dtype="float32")[:, None]


def test_a_pool_fills_then_swaps_half():
    pool = ImagePool(size=8, seed=0)
    for first in (0, 4):
        np.testing.assert_array_equal(pool(numbered(first)), numbered(first))
    np.testing.assert_array_equal(np.sort(pool.kept[:, 0]), np.arange(8))
    swapped = 0
    for first in range(8, 168, 4):
        before = set(np.ravel(pool.kept))
        given = np.ravel(pool(numbered(first)))
        after = set(np.ravel(pool.kept))
        fresh = set(np.ravel(numbered(first)))
        assert len(after) == 8  # nothing is kept twice
        assert set(given) <= before | fresh
        assert before | fresh == after | set(given)  # and nothing is lost
        swapped += len(set(given) & before)
    assert 56 < swapped < 104


def test_a_pool_that_fills_within_a_batch():
    pool = ImagePool(size=6, seed=0)
    pool(numbered(0))
    given = np.ravel(pool(numbered(4)))
    np.testing.assert_array_equal(given[:2], [4, 5])
    assert int(pool.count) == 6
    assert set(np.ravel(pool.kept)) | set(given) == set(range(8))


def test_sizes_of_pools():
    x = numbered(0)
    np.testing.assert_array_equal(ImagePool(0)(x), x)
    with pytest.raises(ValueError, match=r"size=3 for a batch of 4"):
        ImagePool(3)(x)
    with pytest.raises(ValueError, match="size=-1"):
        ImagePool(-1)
    layer = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(ImagePool(5, seed=1))
    )
    assert (layer.size, layer.seed) == (5, 1)
