"""Means of maps over boxes."""

import keras
import numpy as np
import pytest

from kerasuite.layers.box_means import BoxMeans, box_means
from tests.cases import to_numpy

MAPS = np.arange(12, dtype="float32").reshape(1, 3, 4, 1)


@pytest.mark.parametrize(
    ("box", "mean"),
    [
        ([0, 0, 1, 1], 5.5),
        ([0.25, 1 / 3, 0.5, 2 / 3], 5),  # one place
        ([0, 0, 0.5, 1 / 3], 0.5),  # two
        ([0, 0, 0.375, 1 / 3], 1 / 3),  # one and a half
        ([0.3, 0.4, 0.3, 0.4], 5),  # no box at all: the place it lies in
        ([-1, -1, 2, 0], 1.5),  # reaches out: the first row, of which it has an edge
        ([1, 1, 1, 1], 11),
    ],
)
def test_by_hand(box, mean):
    found = to_numpy(box_means(MAPS, np.array([[box]], "float32")))
    assert found.shape == (1, 1, 1) and found.item() == pytest.approx(mean, abs=1e-3)


def test_the_layer(tmp_path):
    rng = np.random.default_rng(0)
    maps, boxes = keras.Input((4, 8, 5)), keras.Input((7, 4))
    model = keras.Model([maps, boxes], BoxMeans()(maps, boxes))
    assert model.output_shape == (None, 7, 5)
    x = [rng.normal(size=(2, 4, 8, 5)), np.sort(rng.uniform(size=(2, 7, 4)))]
    x = [values.astype("float32") for values in x]
    answer = to_numpy(model(x))
    np.testing.assert_allclose(answer, to_numpy(box_means(*x)), rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(answer, to_numpy(again(x)), atol=1e-6)
