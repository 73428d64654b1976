"""Losses that Keras lacks."""

import keras
import numpy as np
import pytest

from kerasuite.training.losses import SparseSquaredError


@pytest.mark.parametrize("labels", [np.array([2, 0]), np.array([[2], [0]], "uint8")])
def test_squared_error_of_one_hot_codes(labels):
    answers = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], "float32")
    expected = 0.5 * (0.2**2 + 0.3**2 + 0.5**2) / 2
    assert float(SparseSquaredError()(labels, answers)) == pytest.approx(expected)


def test_config():
    loss = SparseSquaredError(reduction="sum", name="l2")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()
