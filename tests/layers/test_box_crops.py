"""Boxes cut out of pictures."""

import keras
import numpy as np
import pytest
from PIL import Image

from kerasuite.layers.box_crops import BoxCrops, box_crops
from tests.cases import to_numpy


def pictures():
    return np.random.default_rng(0).uniform(0, 255, (2, 48, 60, 3)).astype("float32")


@pytest.mark.parametrize("size", [(48, 60), (20, 17), (96, 120)])
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.25, 0.5, 0.75, 0.75)])
def test_equal_to_pillows_resizing_of_a_box(size, box):
    x = pictures()
    found = to_numpy(box_crops(x, np.array([[box], [box]], "float32"), size))
    pixels = tuple(np.array(box) * [60, 48, 60, 48])
    for picture, crop in zip(x, found[:, 0], strict=True):
        channels = [
            Image.fromarray(picture[..., c]).resize(
                size[::-1], Image.Resampling.BILINEAR, box=pixels
            )
            for c in range(3)
        ]
        inner = crop[1:-1, 1:-1], np.stack(channels, -1)[1:-1, 1:-1]
        # At its edge Pillow sees nothing beyond the box.
        np.testing.assert_allclose(*inner, atol=0.3 if box[0] else 1e-2)


def test_a_box_of_no_size_is_a_pixel():
    x = pictures()
    found = to_numpy(box_crops(x, np.array([[[0.5, 0.5, 0.5, 0.5]]] * 2, "float32"), (2, 2)))
    np.testing.assert_allclose(found[:, 0, 0, 0], x[:, 23:25, 29:31].mean((1, 2)), atol=3)
    corner = to_numpy(box_crops(x, np.array([[[1, 1, 1, 1]]] * 2, "float32"), (1, 1)))
    np.testing.assert_allclose(corner[:, 0, 0, 0], x[:, -1, -1], rtol=1e-5)


def test_the_layer(tmp_path):
    x, boxes = keras.Input((48, 60, 3)), keras.Input((2, 4))
    model = keras.Model([x, boxes], BoxCrops((8, 9))(x, boxes))
    assert model.output_shape == (None, 2, 8, 9, 3)
    given = pictures(), np.array([[[0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]]] * 2, "float32")
    answer = to_numpy(model(given))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(answer, to_numpy(again(given)), atol=1e-5)
    with pytest.raises(ValueError, match=r"a height and a width\. Received: size=\(0, 3\)"):
        BoxCrops((0, 3))
