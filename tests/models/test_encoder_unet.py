"""U-Net on another net's pyramid: its bridges, learning around a held encoder, refusals."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases


def _small(**kwargs):
    sizes = {"input_shape": (32, 32, 3), "depth": 3, "width": 4, "classes": 3}
    return models.EncoderUNet(**{**sizes, **kwargs})


@pytest.mark.parametrize(("encoder", "size"), [("mobilenet_v2", (64, 33)), ("resnet18", (40, 64))])
def test_every_pixel_is_classified(encoder, size):
    model = _small(encoder=encoder, input_shape=(*size, 3))
    outputs = cases.to_numpy(model(cases.random_input((2, *size, 3))))
    assert outputs.shape == (2, *size, 3)
    np.testing.assert_allclose(outputs.sum(-1), 1, rtol=1e-5)


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model, x = _small(dropout=0.1), cases.random_input((2, 32, 32, 3))
    unused = {w.path for w in model.get_layer("mobilenet_v2").trainable_weights}
    assert unused
    cases.check_saving(model, x, tmp_path)
    model.get_layer("mobilenet_v2").trainable = False
    cases.check_gradients(model, x)


def test_a_held_encoder_keeps_its_weights_and_moments():
    keras.utils.set_random_seed(0)
    model = _small()
    encoder = model.get_layer("mobilenet_v2")
    encoder.trainable = False
    before = encoder.get_weights()
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = cases.random_input((8, 32, 32, 3)), np.zeros((8, 32, 32), "int32")
    losses = model.fit(x, y, epochs=3, batch_size=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    for kept, value in zip(encoder.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, value)


def test_features_are_the_encoders():
    model = _small(features_only=True)
    assert [tuple(x.shape[1:3]) for x in model.outputs] == [(16, 16), (8, 8), (4, 4)]
    assert _small(include_top=False, pooling="avg").output_shape == (None, 4)


def test_an_encoder_without_such_strides_is_refused():
    with pytest.raises(ValueError, match=r"strides, 2, 4, 8.*Received: encoder='resnet20'"):
        _small(encoder="resnet20")
    with pytest.raises(ValueError, match=r"at 6 strides.*Received: encoder='mobilenet_v2'"):
        _small(depth=6, input_shape=(64, 64, 3))
