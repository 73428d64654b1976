"""The boxes that a detector's codes stand for."""

import keras
import numpy as np
import pytest

from kerasuite.layers.anchors import anchor_boxes
from kerasuite.layers.boxes import clip, decode
from kerasuite.layers.decoded_boxes import DecodedBoxes
from tests.cases import to_numpy


def test_boxes_are_shares_of_the_picture(tmp_path):
    anchors = anchor_boxes((32, 64), (3, 4), strides_long=3.0)
    codes = keras.Input((len(anchors), 4))
    model = keras.Model(codes, DecodedBoxes((32, 64), (3, 4), strides_long=3.0)(codes))
    x = np.random.default_rng(0).normal(size=(2, len(anchors), 4)).astype("float32")
    x[0] = 0
    answer = to_numpy(model(x))
    pixels = answer * [64, 32, 64, 32]
    np.testing.assert_allclose(pixels[0], anchors.clip(0, [64, 32, 64, 32]), atol=1e-4)
    np.testing.assert_allclose(pixels, to_numpy(clip(decode(x, anchors), 32, 64)), atol=1e-4)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer, to_numpy(again(x)))


def test_another_number_of_anchors_is_refused():
    with pytest.raises(ValueError, match=r"must be of 360 anchors\. Received: 7"):
        DecodedBoxes((32, 64), (3, 4))(np.zeros((1, 7, 4), "float32"))
