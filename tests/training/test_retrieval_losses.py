import keras
import numpy as np
import pytest

from kerasuite.training.retrieval_losses import InBatchSoftmax
from tests.cases import to_numpy


def test_equals_cross_entropy_where_items_differ():
    scores = np.random.default_rng(0).standard_normal((4, 4)).astype("float32")
    wanted = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.arange(4), scores)
    ours = InBatchSoftmax()(np.array([7, 3, 9, 1]), scores)
    assert float(to_numpy(ours)) == pytest.approx(float(to_numpy(wanted)), rel=1e-5)


def test_the_same_item_in_another_row_is_no_wrong_answer():
    scores = np.zeros((3, 3), "float32")
    losses = to_numpy(InBatchSoftmax(reduction=None)(np.array([5, 5, 8]), scores))
    np.testing.assert_allclose(losses, np.log([2, 2, 3]), rtol=1e-6)


def test_round_trip():
    loss = InBatchSoftmax()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()
