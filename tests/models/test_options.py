"""The options of the multilayer perceptron and the small convolutional net."""

import numpy as np
import pytest

from kerasuite import models
from tests import cases


def test_small_cnn_stays_small():
    assert cases.count(models.create("small_cnn").trainable_weights) == 72_666


def test_small_cnn_width_scales_every_stage():
    maps = [models.SmallCNN(width=w, include_top=False).output_shape[-1] for w in (8, 16, 32)]
    assert maps == [32, 64, 128]


def test_small_cnn_takes_pictures_from_8x8():
    assert models.SmallCNN(input_shape=(8, 9, 3))(np.zeros((1, 8, 9, 3), "float32")).shape[1] == 10
    with pytest.raises(ValueError, match=r"at least 8.*Received: input_shape=\(7, 8, 3\)"):
        models.SmallCNN(input_shape=(7, 8, 3))


@pytest.mark.parametrize("name", ["mlp", "small_cnn"])
def test_dropout_acts_in_training_alone(name):
    model = models.create(name, dropout=0.5)
    x = cases.random_input((2, 28, 28, 1))
    still = [cases.to_numpy(model(x, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    moved = [cases.to_numpy(model(x, training=True)) for _ in range(2)]
    assert not np.allclose(*moved)
    with pytest.raises(ValueError, match=r"Received: dropout=1"):
        models.create(name, dropout=1)


def test_mlp_without_hidden_layers_is_linear():
    assert cases.count(models.MLP(hidden_units=()).weights) == 784 * 10 + 10


@pytest.mark.parametrize(
    ("name", "wrong"), [("mlp", {"hidden_units": (8, 0)}), ("small_cnn", {"width": 1.5})]
)
def test_widths_are_checked(name, wrong):
    (argument,) = wrong
    with pytest.raises(ValueError, match=f"`{argument}` must be a positive integer. Received"):
        models.create(name, **wrong)


@pytest.mark.parametrize("name", ["small_cnn", "zeiler_cnn"])
@pytest.mark.parametrize("pooling", ["max", "average", "l2", "stochastic"])
def test_pooling_between_convolutions_is_an_option(name, pooling):
    model = models.create(name, pooling_layer=pooling)
    words = {"max": "MaxPooling2D", "average": "AveragePooling2D"}
    wanted = words.get(pooling, "L2Pooling2D" if pooling == "l2" else "StochasticPooling2D")
    found = {type(layer).__name__ for layer in model.layers if layer.name.startswith("pool")}
    assert found == {wanted}
    # No pooling has weights of its own, so that nets differ in nothing else.
    assert cases.count(model.trainable_weights) == cases.count(
        models.create(name).trainable_weights
    )


def test_stochastic_pooling_samples_in_training_alone():
    model = models.ZeilerCNN(input_shape=(12, 12, 1), width=4)
    x = cases.random_input((2, 12, 12, 1))
    still = [cases.to_numpy(model(x, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    moved = [cases.to_numpy(model(x, training=True)) for _ in range(2)]
    assert not np.allclose(*moved)


def test_accepts_says_which_arguments_a_builder_has():
    assert models.accepts("small_cnn", "pooling_layer")
    assert not models.accepts("mlp", "pooling_layer")
