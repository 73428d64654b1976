import keras
import numpy as np
import pytest

from kerasuite.layers import OneHotColumns
from tests.cases import check_saving, to_numpy


def test_places_of_categories(tmp_path):
    layer = OneHotColumns([2, 3])
    given = np.array([[1, 3], [2, 0], [7, -1]])
    wanted = [[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_array_equal(to_numpy(layer(given)), wanted)
    inputs = keras.Input((2,), dtype="int32")
    model = keras.Model(inputs, layer(inputs), name="one_layer")
    assert model.output_shape == (None, 5)
    check_saving(model, given, tmp_path)


def test_equals_keras_category_encoding():
    numbers = np.array([0, 2, 1, 3])
    alone = keras.layers.CategoryEncoding(4, output_mode="one_hot")(numbers)
    together = OneHotColumns([3])(numbers[:, None])
    np.testing.assert_array_equal(to_numpy(together), to_numpy(alone)[:, 1:])


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"sizes.*Received: sizes=0"):
        OneHotColumns([3, 0])
    with pytest.raises(ValueError, match=r"\(batch, 2\)"):
        OneHotColumns([2, 3])(np.zeros((2, 3), "int32"))
