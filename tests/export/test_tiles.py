"""A picture made larger in tiles is the one made larger as a whole."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite import models
from kerasuite.export.tiles import enlarge
from kerasuite.models.super_resolution import radius
from tests import cases


@pytest.fixture(scope="module")
def net():
    keras.utils.set_random_seed(0)
    return models.SRResNet((None, None, 3), width=4, blocks=1, scale=2, residual=True)


def test_no_seams_at_any_size(net):
    tiled = tf.function(
        lambda x: enlarge(net, x, 2, radius(net), core=8),
        input_signature=[tf.TensorSpec([None, None, 3], tf.float32)],
    )
    for height, width in ((1, 1), (8, 8), (5, 31), (40, 17), (50, 64)):
        picture = cases.random_input((height, width, 3))
        whole = cases.to_numpy(net(picture[None]))[0]
        np.testing.assert_allclose(tiled(picture), whole, rtol=1e-4, atol=1e-5)


def test_too_small_a_margin_shows(net):
    picture = cases.random_input((40, 40, 3))
    whole = cases.to_numpy(net(picture[None]))[0]
    assert np.abs(enlarge(net, tf.constant(picture), 2, 1, core=8) - whole).max() > 1e-3


def test_huge_pictures_are_refused(net):
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 4194304 pixels"):
        enlarge(net, tf.zeros([2**12, 2**10 + 1, 3]), 2, 1)
