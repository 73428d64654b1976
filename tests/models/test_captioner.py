"""Four decoders: a step at a time they say what they say at once; the picture reaches each word."""

import keras
import numpy as np
import pytest

from kerasuite.models.captioner import ATTENTIVE, KINDS, CaptionNet
from kerasuite.models.seq2seq_step import decoding_step, encode
from tests import cases

SHAPE = (2, 3, 5)


def net(kind, **options):
    keras.utils.set_random_seed(0)
    sizes = {"vocabulary": 11, "feature_shape": SHAPE, "units": 8, "embedding": 6, **options}
    return CaptionNet(kind, **sizes)


def inputs(seed=0, rows=3, steps=4):
    rng = np.random.default_rng(seed)
    ids = rng.integers(4, 11, (rows, steps)).astype("int32")
    ids[:, 0] = 2
    return {"features": cases.random_input((rows, *SHAPE), seed), "ids": ids}


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    model = net(request.param)
    given = inputs()
    return request.param, model, given, {k: cases.to_numpy(v) for k, v in model(given).items()}


def test_outputs(made):
    kind, _, _, outputs = made
    assert outputs["logits"].shape == (3, 4, 11)
    assert ("attention" in outputs) == (kind in ATTENTIVE)
    if kind in ATTENTIVE:
        assert outputs["attention"].shape == (3, 4, 6) and (outputs["attention"] >= 0).all()
        np.testing.assert_allclose(outputs["attention"].sum(-1), 1, rtol=1e-5)


def test_step_by_step_equals_all_at_once(made):
    _, model, given, outputs = made
    step, state = decoding_step(model), encode(model, given["features"])
    ids = keras.ops.convert_to_tensor(given["ids"])
    for t in range(4):
        logits, state, extras = step(ids[:, t], state)
        np.testing.assert_allclose(cases.to_numpy(logits), outputs["logits"][:, t], atol=1e-5)
        if extras:
            found = cases.to_numpy(extras["attention"])
            np.testing.assert_allclose(found, outputs["attention"][:, t], atol=1e-5)


def test_words_depend_on_the_picture_and_on_words_before_alone(made):
    _, model, given, outputs = made
    other = cases.to_numpy(model({**given, "features": given["features"] + 1})["logits"])
    assert (np.abs(other - outputs["logits"]).max((0, 2)) > 1e-4).all()
    later = {**given, "ids": np.concatenate([given["ids"][:, :3], [[4], [5], [6]]], 1)}
    same = cases.to_numpy(model(later)["logits"])
    np.testing.assert_allclose(same[:, :3], outputs["logits"][:, :3], atol=1e-6)


def test_every_weight_learns(made):
    import tensorflow as tf

    _, model, given, _ = made
    weighting = cases.random_input((3, 4, 11), 1)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(given, training=True)["logits"] * weighting)
    for weight, gradient in zip(
        model.trainable_weights,
        tape.gradient(loss, [w.value for w in model.trainable_weights]),
        strict=True,
    ):
        assert gradient is not None, weight.path
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path


def test_is_saved(made, tmp_path):
    _, model, given, _ = made
    outputs = cases.to_numpy(model(given)["logits"])  # learning has moved what is standardized by
    model.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert len(loaded.weights) == len(model.weights)
    again = cases.to_numpy(loaded(given)["logits"])
    np.testing.assert_allclose(again, outputs, atol=1e-6)


@pytest.mark.parametrize(
    "wrong", [{"kind": "hard_attention"}, {"units": 0}, {"dropout": 1.0}, {"vocabulary": 2.5}]
)
def test_refusals(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
        net(**{"kind": "neuraltalk", **wrong})
