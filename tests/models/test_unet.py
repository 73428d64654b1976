"""U-Net: the published sizes, padding, learning to segment."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.models.unet import output_length
from tests import cases


def _small(**kwargs):
    sizes = {"input_shape": (44, 44, 1), "depth": 1, "width": 4, "dropout": 0.0}
    return models.UNet(**{**sizes, **kwargs})


def test_published_sizes():
    """Figure 1: the maps of each floor on the way down, and the answer."""
    model = models.create("unet", width=1)
    assert model.output_shape == (None, 388, 388, 2)
    features = models.create("unet", width=1, features_only=True)
    assert [x.shape[1] for x in features.outputs] == [568, 280, 136, 64, 28]
    features = models.create("unet", include_top=False, width=2)
    assert features.output_shape == (None, 388, 388, 2)


def test_sizes_without_padding_are_checked():
    assert output_length(572) == 388
    assert output_length(573) is None
    assert output_length(140) is None
    with pytest.raises(ValueError, match=r"next that does is 572.*Received: input_shape=\(560"):
        models.create("unet", input_shape=(560, 572, 1))
    with pytest.raises(ValueError, match="Received: padding='full'"):
        _small(padding="full")


@pytest.mark.parametrize("length", [140, 188, 204, 572])
def test_output_length_is_what_the_net_gives(length):
    expected = output_length(length, depth=3)
    if expected is None:
        with pytest.raises(ValueError, match="does not halve 3 times"):
            _small(input_shape=(length, length, 1), depth=3, width=1)
    else:
        model = _small(input_shape=(length, length, 1), depth=3, width=1)
        assert model.output_shape == (None, expected, expected, 2)


def test_padding_changes_nothing_in_the_middle():
    """With one floor below, both nets halve at the same pixels."""
    keras.utils.set_random_seed(0)
    valid, same = _small(), _small(padding="same")
    same.set_weights(valid.get_weights())
    x = cases.random_input((2, 44, 44, 1))
    assert valid.output_shape[1:3] == (28, 28)
    whole = cases.to_numpy(same(x))
    np.testing.assert_allclose(cases.to_numpy(valid(x)), whole[:, 8:36, 8:36], **cases.TOLERANCE)


@pytest.mark.parametrize("size", [(64, 64), (33, 50), (1, 7)])
def test_padded_net_classifies_every_pixel(size):
    model = models.create("unet_small", input_shape=(*size, 3))
    outputs = cases.to_numpy(model(cases.random_input((1, *size, 3))))
    assert outputs.shape == (1, *size, 2)
    np.testing.assert_allclose(outputs.sum(-1), 1, rtol=1e-5)


@pytest.mark.parametrize("kwargs", [{}, {"padding": "same", "batch_norm": True, "depth": 2}])
def test_gradients_and_saving(kwargs, tmp_path):
    keras.utils.set_random_seed(0)
    model, x = _small(**kwargs), cases.random_input((2, 44, 44, 1))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)


def test_one_class_and_logits():
    model = _small(classes=1, classifier_activation="sigmoid")
    logits = _small(classes=1, classifier_activation=None)
    logits.set_weights(model.get_weights())
    x = cases.random_input((1, 44, 44, 1))
    expected = 1 / (1 + np.exp(-cases.to_numpy(logits(x))))
    np.testing.assert_allclose(cases.to_numpy(model(x)), expected, rtol=1e-4)


def test_pooled_features():
    maps, means = (_small(include_top=False, pooling=p) for p in (None, "avg"))
    means.set_weights(maps.get_weights())
    x = cases.random_input((2, 44, 44, 1))
    expected = cases.to_numpy(maps(x)).mean((1, 2))
    np.testing.assert_allclose(cases.to_numpy(means(x)), expected, **cases.TOLERANCE)


def test_net_learns_to_find_a_square():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((96, 24, 24, 1)).astype("float32")
    y = np.zeros((96, 24, 24), "int32")
    for picture, mask, (row, column) in zip(x, y, rng.integers(0, 16, (96, 2)), strict=True):
        picture[row : row + 8, column : column + 8] += 2
        mask[row : row + 8, column : column + 8] = 1
    model = models.create("unet_small", input_shape=(24, 24, 1), depth=2, width=8)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(x[:80], y[:80], batch_size=16, epochs=12, verbose=0)
    found = model.predict(x[80:], verbose=0).argmax(-1)
    overlap = (found & y[80:]).sum() / (found | y[80:]).sum()
    assert overlap > 0.85
