"""Nets with constant weights: the same answers, whatever becomes of the model, and one copy."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite import models
from kerasuite.data.splits import Info
from kerasuite.export.frozen import frozen
from kerasuite.export.picture_classifier import picture_signatures
from kerasuite.export.publish import write_saved_model

PICTURES = np.random.default_rng(0).normal(size=(3, 16, 16, 1)).astype("float32")


def net(**options) -> keras.Model:
    return models.create("resnet20", input_shape=(16, 16, 1), classes=4, depth=8, **options)


def test_it_answers_as_the_model_did():
    model = net(dropout=0.5)
    wanted = model.predict(PICTURES, verbose=0)
    answer = frozen(model)
    for weight in model.weights:
        weight.assign(weight + 1.0)
    np.testing.assert_allclose(answer(PICTURES), wanted, rtol=1e-5, atol=1e-6)
    assert np.abs(model.predict(PICTURES, verbose=0) - wanted).max() > 1e-3
    assert answer.get_concrete_function(PICTURES).variables == ()


def test_sixteen_bits_and_several_outputs():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = net()
        doubled = keras.layers.Rescaling(2.0, dtype="float32")(model.output)
        both = keras.Model(model.input, {"once": model.output, "twice": doubled})
    finally:
        keras.config.set_dtype_policy(before)
    found, wanted = frozen(both)(PICTURES), both.predict(PICTURES, verbose=0)
    for name in ("once", "twice"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=0.02, atol=0.02)


def test_signatures_share_one_copy_of_the_weights(tmp_path):
    model = net(width=48)
    info = Info("digits", (16, 16, 1), tuple("abcd"), mean=(0.0,), std=(1.0,))
    write_saved_model(tmp_path, picture_signatures(model, info))
    stored = sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file())
    without = 4 * sum(np.prod(w.shape) for w in model.weights)
    assert 2e6 < without < stored < 1.1 * without + 300_000  # the graphs' descriptions
    loaded = tf.saved_model.load(str(tmp_path)).signatures["tensor"]
    scores = loaded(pictures=tf.constant(PICTURES))["scores"]
    np.testing.assert_allclose(scores, -np.sort(-model.predict(PICTURES, verbose=0)), rtol=1e-4)
