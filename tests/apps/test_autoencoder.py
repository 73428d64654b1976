"""autoencoder: every kind learns, repairs repair, classes decide, pretraining becomes a net."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.autoencoder.config import PRESETS, AutoencoderConfig
from kerasuite.apps.autoencoder.measuring import decoded, encoded, spoilt, values_of
from kerasuite.apps.autoencoder.nets import autoencoder
from kerasuite.data.splits import Info
from kerasuite.errors import InputError

INFO = Info("made up", (9, 10, 1), ("a", "b"))


def app(**options):
    config = dataclasses.replace(PRESETS["smoke"], **{"epochs": 1, "limit": 96, **options})
    config.check()
    return find("autoencoder").load()(config)


def learned(**options):
    one = app(**options)
    splits = one.data()
    model = one.build(splits.info)
    before = [np.array(v) for v in model.trainable_variables]
    one.fit(model, splits, [])
    for old, new in zip(before, model.trainable_variables, strict=True):
        assert not np.array_equal(old, new), f"{new.path} has not changed"
    return one, splits, model


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "sparse", "sparsity": "kl"},
        {"kind": "contractive", "hidden_units": ()},
        {"kind": "variational", "likelihood": "gaussian", "net": "convolutional", "filters": (4,)},
    ],
    ids=lambda o: o["kind"],
)
def test_kinds_learn_and_are_measured(options):
    one, splits, model = learned(**options)
    headline = one.evaluate(model, splits)["headline"]
    assert {"mse", "pca_mse", "code_accuracy"} <= headline.keys()
    assert ("nll" in headline) == (options["kind"] == "variational")
    assert all(np.isfinite(v) for v in headline.values())
    codes = encoded(model, splits.test, one.config)
    assert codes.shape == (96, one.config.code)
    np.testing.assert_array_equal(codes, encoded(model, splits.test, one.config))


def test_denoising_repairs_files():
    one, splits, model = learned(
        kind="denoising", hidden_units=(), code=64, epochs=12, limit=320, learning_rate=1e-2
    )
    headline = one.evaluate(model, splits)["headline"]
    assert headline["repaired_mse"] < 0.7 * headline["spoilt_mse"]
    signatures = one.signatures(model, splits.info)
    assert set(signatures) == {"serving_default", "encode", "decode", "denoise"}
    noisy = spoilt(values_of(splits.test, 8), one.config)
    pictures = tf.cast(255 * noisy, tf.uint8)
    files = tf.constant([tf.io.encode_png(p).numpy() for p in pictures])
    answer = signatures["denoise"].function(files)["picture_bytes"].numpy()
    back = np.stack([tf.io.decode_png(f).numpy() for f in answer]) / 255
    clean = values_of(splits.test, 8)
    assert np.square(back - clean).mean() < 0.7 * np.square(noisy - clean).mean()


def test_the_class_decides_what_a_conditional_model_makes_up():
    one, splits, model = learned(
        kind="conditional", epochs=12, hidden_units=(64,), limit=320, learning_rate=1e-2
    )
    codes = np.zeros((10, one.config.code), "float32")
    pictures = decoded(model, codes, np.arange(10), one.config).reshape(10, -1)
    own = values_of(splits.test).reshape(len(splits.test), -1)
    means = np.stack([own[splits.test.labels == k].mean(0) for k in range(10)])
    # What a class adds to the mean of all is likest to what it adds in the data.
    likeness = np.corrcoef(pictures - pictures.mean(0), means - means.mean(0))[:10, 10:]
    assert (likeness.argmax(1) == np.arange(10)).mean() >= 0.7
    sample = one.signatures(model, splits.info)["serving_default"].function
    names = splits.info.class_names
    answer = sample(tf.constant([1.0, 1.0]), tf.constant(names[:2]))
    np.testing.assert_array_equal(answer["code"][0], answer["code"][1])
    assert answer["picture_bytes"][0] != answer["picture_bytes"][1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="class must be one of"):
        sample(tf.constant([1.0]), tf.constant(["unicorn"]))


def test_bits_are_drawn_anew_but_repeatable():
    one = app(binarize=True)
    grey = np.full((4, 28, 28, 1), 128, "uint8")
    labels = np.zeros(4, "int32")
    x, target = one._pair(10, tf.constant(0, tf.int64), grey, labels)
    assert set(np.unique(target)) == {0, 1}
    np.testing.assert_array_equal(x, 255 * target)
    same = one._pair(10, tf.constant(0, tf.int64), grey, labels)[1]
    other = one._pair(10, tf.constant(1, tf.int64), grey, labels)[1]
    np.testing.assert_array_equal(target, same)
    assert (target.numpy() != other.numpy()).any()


STACKED = {
    "kind": "stacked",
    "hidden_units": (48, 24),
    "activation": "sigmoid",
    "pretrain_epochs": 6,
    "labels": 96,
    "limit": 320,
    "batch_size": 16,
    "learning_rate": 1e-2,
}


@pytest.mark.parametrize(
    "options",
    [{"classifier": "softmax"}, {"classifier": "svm", "pretraining": "rbm", "pretrain_epochs": 20}],
    ids=lambda o: o["classifier"],
)
def test_stacked_layers_become_a_classifier(options):
    one = app(**{**STACKED, **options}, epochs=30)
    splits = one.data()
    model = one.build(splits.info)
    one.fit(model, splits, [])
    result = one.evaluate(model, splits)
    assert result["headline"]["error"] < 0.6
    assert set(one.signatures(model, splits.info)) == {"serving_default", "tensor"}


def test_layers_that_leave_the_unit_interval_are_refused():
    one = app(**{**STACKED, "activation": "relu"})
    splits = one.data()
    with pytest.raises(InputError, match=r"inputs of layer 2.*--activation sigmoid"):
        one.fit(one.build(splits.info), splits, [])


def test_odd_sizes_and_colours():
    config = dataclasses.replace(PRESETS["smoke"], net="convolutional", filters=(4, 6))
    for shape in ((9, 10, 1), (12, 7, 3)):
        model = autoencoder(config, Info("made up", shape, ("a",)))
        assert model.output_shape == (None, *shape)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "contractive"}, "--hidden-units must be empty for contractive"),
        ({"kind": "stacked", "hidden_units": ()}, "--hidden-units must be at least one"),
        (
            {"kind": "stacked", "pretraining": "rbm", "activation": "relu"},
            "--activation must be sigmoid with --pretraining rbm",
        ),
        ({"labels": 100}, "--labels must be at least 10, with --kind stacked"),
        ({"corruption_level": 1.5}, "--corruption-level must be at most 1"),
        ({"binarize": True, "likelihood": "gaussian"}, "--binarize must be used with"),
        ({"beta": -1.0}, "--beta must be 0 or more"),
        ({"sparsity_target": 1.0}, "--sparsity-target must be between 0 and 1"),
        ({"code": 0}, "--code must be from 1"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        AutoencoderConfig(**options).check()


def test_a_code_as_large_as_the_picture_is_refused():
    config = AutoencoderConfig(kind="plain", code=90)
    with pytest.raises(InputError, match="--code must be below 90"):
        autoencoder(config, INFO)
