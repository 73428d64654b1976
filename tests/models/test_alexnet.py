"""AlexNet: its maps, its two groups, its normalization."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.layers import LocalResponseNormalization
from tests import cases


def _small(**kwargs):
    return models.AlexNet(**{"input_shape": (67, 67, 3), "classes": 5, "units": 16, **kwargs})


def test_maps_are_the_papers():
    model = models.create("alexnet", features_only=True)
    sizes = [x.shape[1:] for x in model.outputs]
    assert sizes == [(55, 55, 96), (27, 27, 256), (13, 13, 256), (6, 6, 256)]
    with pytest.raises(ValueError, match=r"at least 67.*Received: input_shape=\(66, 67, 3\)"):
        _small(input_shape=(66, 67, 3))


@pytest.mark.parametrize(("groups", "parameters"), [(2, 2_334_080), (1, 3_747_200)])
def test_groups_halve_the_convolutions(groups, parameters):
    model = _small(groups=groups, include_top=False)
    assert cases.count(model.weights) == parameters
    with pytest.raises(ValueError, match="Received: groups=3"):
        _small(groups=3)


def test_a_group_sees_its_own_maps_alone():
    model = _small(features_only=True)
    layer = model.get_layer("conv2")
    x = np.abs(cases.random_input((1, 7, 7, 96)))
    other = x.copy()
    other[..., 48:] += 1
    before, after = (cases.to_numpy(layer(inputs)) for inputs in (x, other))
    np.testing.assert_array_equal(before[..., :128], after[..., :128])
    assert not np.allclose(before[..., 128:], after[..., 128:])


def test_normalization_comes_before_pooling_with_the_papers_constants():
    norms = [x for x in _small().layers if isinstance(x, LocalResponseNormalization)]
    assert [x.name for x in norms] == ["norm1", "norm2"]
    for norm in norms:
        config = norm.get_config()
        assert [config[k] for k in ("size", "bias", "alpha", "beta")] == [5, 2, 1e-4, 0.75]


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model, x = _small(), 10 * cases.random_input((2, 67, 67, 3))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)
    cases.check_probabilities(model, x)
