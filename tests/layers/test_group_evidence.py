"""What many known classes say of a few wider ones."""

import keras
import numpy as np
import pytest

from kerasuite.layers import GroupEvidence
from tests import cases


def test_logarithms_of_sums(tmp_path):
    x = np.array([[[0.5, 0.2, 0.3, 0.0], [0.0, 0.0, 0.0, 1.0]]], "float32")
    layer = GroupEvidence([[0, 2], [1], []])
    expected = np.log(np.array([[[0.8, 0.2, 0.0], [0.0, 0.0, 0.0]]]) + 1e-4)
    np.testing.assert_allclose(cases.to_numpy(layer(x)), expected, rtol=1e-5)
    inputs = keras.Input((2, 4))
    model = keras.Model(inputs, layer(inputs))
    assert model.output_shape == (None, 2, 3) and not model.weights
    cases.check_saving(model, x, tmp_path)


@pytest.mark.parametrize("groups", [[], [[-1]], [[0], [4]]])
def test_wrong_groups_are_refused(groups):
    with pytest.raises(ValueError, match=r"`groups` must hold .*Received: groups="):
        GroupEvidence(groups)(np.zeros((1, 4), "float32"))
