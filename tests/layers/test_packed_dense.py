import keras
import numpy as np
import pytest

from kerasuite.layers import PackedDense
from tests.cases import random_input, run_layer_test, to_numpy


@pytest.mark.parametrize("shape", [(5, 4), (5, 3, 4)])
def test_layer(shape, tmp_path):
    config = {"members": 3, "units": 2, "activation": "tanh"}
    run_layer_test(PackedDense, config, random_input(shape), (5, 3, 2), 2, 0, tmp_path)


def test_each_member_is_a_dense_layer():
    x = random_input((5, 3, 4))
    packed = PackedDense(3, 2, "relu")
    together = to_numpy(packed(x))
    for k in range(3):
        alone = keras.layers.Dense(2, "relu")
        alone.build((None, 4))
        alone.set_weights([packed.kernel[k], packed.bias[k]])
        np.testing.assert_allclose(together[:, k], to_numpy(alone(x[:, k])), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", [None, 7])
def test_members_start_apart_and_as_wide_as_a_net_alone(seed):
    initial = keras.initializers.GlorotUniform(seed=seed)
    layer = PackedDense(8, 60, kernel_initializer=initial)
    layer.build((None, 40))
    kernel = to_numpy(layer.kernel)
    assert len(np.unique(kernel[:, 0, 0])) == 8
    assert kernel.max() == pytest.approx(np.sqrt(6 / 100), rel=0.02)


@pytest.mark.parametrize(("members", "units"), [(0, 2), (2, 0), (1.5, 2), (2, True)])
def test_wrong_arguments(members, units):
    with pytest.raises(ValueError, match="Received: "):
        PackedDense(members, units)


def test_a_wrong_number_of_members_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, 3, features\)"):
        PackedDense(3, 2)(keras.Input((2, 4)))
