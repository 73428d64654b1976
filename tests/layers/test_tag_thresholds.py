import keras
import numpy as np
import pytest

from kerasuite.layers import TagThresholds
from tests.cases import check_saving, random_input


def test_scores_pass_unchanged_and_thresholds_are_saved(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, TagThresholds(name="thresholds")(inputs), name="passing")
    scores = random_input((4, 3))
    np.testing.assert_array_equal(model.predict(scores, verbose=0), scores)
    layer = model.get_layer("thresholds")
    np.testing.assert_array_equal(layer.thresholds, [0.5, 0.5, 0.5])
    layer.thresholds.assign([0.1, 0.2, 0.3])
    assert not model.trainable_weights
    check_saving(model, scores, tmp_path)


def test_an_unknown_number_of_tags_is_refused():
    with pytest.raises(ValueError, match=r"Received: input_shape=\(None, None\)"):
        TagThresholds().build((None, None))
