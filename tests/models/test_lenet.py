"""LeNet-5: its table, its codes, and that it learns."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models import lenet_codes
from kerasuite.models.lenet import C3_TABLE
from tests import cases

# Table I of the paper, a row for each map of S2, a column for each map of C3.
PAPER_TABLE = [
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
]


def test_connection_table_is_the_papers():
    seen = [{i for i in range(6) if PAPER_TABLE[i][j] == "X"} for j in range(16)]
    assert [set(entry) for entry in C3_TABLE] == seen


def test_weights_of_each_layer_are_the_papers():
    model = models.create("lenet5_1998")
    counts = {
        layer.name: cases.count(layer.trainable_weights)
        for layer in model.layers
        if layer.trainable_weights
    }
    assert counts == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164}


def test_initial_weights_keep_to_the_papers_bounds():
    model = models.create("lenet5_1998")
    for name, fan_in in (("c1", 25), ("c5", 400), ("f6", 120), ("s2", 4)):
        largest = np.abs(cases.to_numpy(model.get_layer(name).weights[0])).max()
        assert 0.5 * 2.4 / fan_in < largest <= 2.4 / fan_in


def test_probabilities_are_softmax_of_negative_distances():
    keras.utils.set_random_seed(0)
    model = models.create("lenet5_1998")
    x = cases.random_input((3, 32, 32, 1))
    f6 = keras.Model(model.input, model.get_layer("f6").output)
    features = cases.to_numpy(f6(x)).astype("float64")
    distances = ((features[:, None] - lenet_codes.digit_codes()) ** 2).sum(-1)
    scores = np.exp(distances.min(-1, keepdims=True) - distances)
    expected = scores / scores.sum(-1, keepdims=True)
    np.testing.assert_allclose(cases.to_numpy(model(x)), expected, rtol=1e-4, atol=1e-6)


def test_digit_codes_are_distinct_bitmaps():
    codes = lenet_codes.digit_codes()
    assert codes.shape == (10, 84)
    assert set(np.unique(codes)) == {-1, 1}
    differing = (codes[:, None] != codes).sum(-1) + 84 * np.eye(10, dtype=int)
    assert differing.min() >= 8


def test_other_codes_differ_in_half_their_bits():
    codes = lenet_codes.separated_codes(168)
    products = codes @ codes.T
    assert set(np.unique(products)) == {-84, 0, 84}
    assert (np.diag(products) == 84).all()
    assert (products == 84).sum() == 168
    with pytest.raises(ValueError, match="Received: classes=169"):
        models.create("lenet5_1998", classes=169)


def test_digit_codes_are_an_option():
    codes = [
        cases.to_numpy(models.create("lenet5_1998", **kwargs).get_layer("output").codes)
        for kwargs in ({}, {"digit_codes": False}, {"classes": 12})
    ]
    np.testing.assert_array_equal(codes[0], lenet_codes.digit_codes())
    np.testing.assert_array_equal(codes[1], codes[2][:10])


def test_small_pictures_are_padded_evenly():
    model = models.create("lenet5", input_shape=(28, 27, 1))
    padded = keras.Model(model.input, model.get_layer("pad").output)
    x = cases.random_input((1, 28, 27, 1))
    expected = np.pad(x, ((0, 0), (2, 2), (2, 3), (0, 0)))
    np.testing.assert_array_equal(cases.to_numpy(padded(x)), expected)


def test_hidden_activation_and_pooling_are_options():
    model = models.create("lenet5", activation="relu", pooling_layer="max")
    assert isinstance(model.get_layer("s2"), keras.layers.MaxPooling2D)
    assert model.get_layer("f6").activation is keras.activations.relu
    with pytest.raises(ValueError, match="Received: pooling_layer='median'"):
        models.create("lenet5", pooling_layer="median")
    with pytest.raises(ValueError, match=r"at least 0.*Received: activation='tanh'"):
        models.create("lenet5", pooling_layer="stochastic")


@pytest.mark.parametrize("name", ["lenet5", "lenet5_1998", "mlp", "small_cnn"])
def test_net_learns_where_a_bar_is(name):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 512)
    x = 0.3 * rng.standard_normal((512, 16, 16, 1)).astype("float32")
    for picture, label in zip(x, labels, strict=True):
        picture[2 + 3 * label : 5 + 3 * label, 3:13] += 1.5
    model = models.create(name, input_shape=(16, 16, 1), classes=4)
    model.compile(
        keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x[:384], labels[:384], batch_size=32, epochs=6, verbose=0)
    _, accuracy = model.evaluate(x[384:], labels[384:], verbose=0)
    assert accuracy > 0.95


def test_loss_far_from_the_codes_still_has_a_gradient():
    """Distances are large: a clipped softmax would leave the worst errors without gradient."""
    keras.utils.set_random_seed(0)
    # Keras finds the logits behind a softmax on TensorFlow alone.
    logits = keras.backend.backend() != "tensorflow"
    model = models.create("lenet5_1998", classifier_activation=None if logits else "softmax")
    f6 = model.get_layer("f6")
    kernel, _ = f6.get_weights()
    f6.set_weights([kernel, 5 * lenet_codes.digit_codes()[1]])  # sure that everything is a 1
    x, y = cases.random_input((32, 32, 32, 1)), np.zeros(32, "int32")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=logits))
    first = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=30, verbose=0)
    assert first > 100
    assert model.evaluate(x, y, verbose=0) < 0.5 * first
