"""Encoders of texts and pictures and GAN-CLS's nets: shapes, padding, gradients, saving."""

import keras
import numpy as np
import pytest

from kerasuite.models.text_to_image import (
    GANCLSDiscriminator,
    GANCLSGenerator,
    PictureEncoder,
    TextEncoder,
)
from tests import cases

IDS = np.array([[4, 5, 6, 0], [7, 0, 0, 0]], "int32")


def test_codes_have_length_one_and_know_no_padding(tmp_path):
    keras.utils.set_random_seed(0)
    net = TextEncoder(10, units=6, code=5)
    codes = cases.to_numpy(net(IDS))
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, rtol=1e-5)
    longer = np.pad(IDS, [(0, 0), (0, 3)])
    np.testing.assert_allclose(net(longer), codes, rtol=1e-5, atol=1e-6)
    assert np.abs(codes[0] - codes[1]).max() > 0.01
    net.save(tmp_path / "text.keras")
    again = keras.saving.load_model(tmp_path / "text.keras")
    np.testing.assert_allclose(again(IDS), codes, rtol=1e-5, atol=1e-6)
    seen = cases.to_numpy(
        PictureEncoder((16, 16, 3), 5, width=4)(cases.random_input((2, 16, 16, 3)))
    )
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("kind", ["generator", "discriminator"])
def test_both_inputs_count_and_all_weights_learn(kind, tmp_path):
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    if kind == "generator":
        net = GANCLSGenerator((6,), (16, 16, 3), code=5, compressed=4, width=4)
        first, shape = cases.random_input((3, 6)), (3, 16, 16, 3)
    else:
        net = GANCLSDiscriminator((16, 16, 3), code=5, compressed=4, width=4)
        first, shape = cases.random_input((3, 16, 16, 3)), (3, 1)
    codes = cases.random_input((3, 5), 1)
    made = cases.to_numpy(net([first, codes]))
    assert made.shape == shape
    for changed in ([first[::-1].copy(), codes], [first, codes[::-1].copy()]):
        assert np.abs(cases.to_numpy(net(changed)) - made).max() > 1e-7
    weighting = cases.random_input(shape, 2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(net([first, codes], training=True) * weighting)
    gradients = tape.gradient(loss, [w.value for w in net.trainable_weights])
    for weight, gradient in zip(net.trainable_weights, gradients, strict=True):
        assert gradient is not None and np.abs(gradient).max() > 0, weight.path
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    made = cases.to_numpy(net([first, codes]))  # the norms have learned
    np.testing.assert_allclose(again([first, codes]), made, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: TextEncoder(0), "vocabulary_size=0"),
        (lambda: PictureEncoder(code=0), "code=0"),
        (lambda: GANCLSGenerator((0,)), "input_shape"),
        (lambda: GANCLSGenerator(compressed=0), "compressed=0"),
        (lambda: GANCLSDiscriminator((30, 30, 3)), "multiples of 4"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=words):
        build()
