"""captioner: what it writes is what it learnt, and it looks where it says."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.captioner.config import PRESETS, CaptionerConfig
from kerasuite.apps.captioner.writing import Writer, log_probabilities
from kerasuite.errors import InputError
from kerasuite.evaluation.captions import words_of


def app(**options):
    config = dataclasses.replace(PRESETS["smoke"], **options)
    config.check()
    return find("captioner").load()(config)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Learnt to name 24 pictures, which are easily told apart, by heart."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("colours")
    colours = {"red": (220, 30, 30), "green": (20, 200, 40), "blue": (20, 40, 230)}
    rows = ["file,caption,split"]
    for i in range(36):
        name, colour = list(colours.items())[i % 3]
        split = ("train", "validation", "test")[0 if i < 24 else 1 if i < 30 else 2]
        shade = np.full((16, 16, 3), colour, "uint8")
        shade[4 : 4 + i % 8] = 255 - i
        Image.fromarray(shade).save(folder / f"p{i}.png")
        rows.append(f"p{i}.png,A {name} picture.,{split}")
    (folder / "captions.csv").write_text("\n".join(rows))
    one = app(data=str(folder), epochs=40, learning_rate=1e-2, dropout=0.0, batch_size=8)
    splits = one.data()
    model = one.build(splits.info)
    one.fit(model, splits, [])
    return one, splits, model


def test_unseen_pictures_are_named(trained):
    one, splits, model = trained
    result = one.evaluate(model, splits)
    assert result["headline"]["cider"] > 1.5 * result["headline"]["frequent_cider"]
    assert result["evaluation"]["exact"] >= 0.8
    assert len(result["evaluation"]["captions"]) == 6


def test_what_search_says_is_as_likely_as_it_says(trained):
    one, splits, model = trained
    writer = one._writer(model, splits.info)
    features = one._features(model, splits, splits.test)
    written = writer.write(tf.constant(features, tf.float32))
    for place in range(2):
        logs = log_probabilities(writer, features, written.decoded.ids[:, place].numpy())
        np.testing.assert_allclose(written.log_probabilities[:, place], logs, atol=1e-3)
    greedy = Writer(writer.net, writer.tokenizer, one.config.longest)
    alone = greedy.write(tf.constant(features, tf.float32))
    best = written.log_probabilities[:, 0].numpy()
    assert (best >= alone.log_probabilities[:, 0].numpy() - 1e-4).all()


def test_attention_comes_with_its_words(trained):
    one, splits, model = trained
    function = one.signatures(model, splits.info)["attention"].function
    answer = function(tf.constant(splits.test.pictures.raw(range(3))))
    words = answer["words"].numpy()
    assert words[0, 0] == b"a" and b"(end)" in words[0]
    maps = answer["attention"].numpy()
    assert maps.shape[:2] == words.shape
    written = words != b""
    np.testing.assert_allclose(maps.sum((2, 3))[written], 1, rtol=1e-4)


def test_captions_in_several_languages():
    """A caption is of the words of the language that its first id asks for."""
    keras.utils.set_random_seed(0)
    one = app(
        model="neuraltalk", languages=("en", "de"), units=64, limit=16, epochs=50,
        learning_rate=1e-2, dropout=0.0, batch_size=4,
    )  # fmt: skip
    splits = one.data()
    assert splits.info.languages == ("en", "de")
    model = one.build(splits.info)
    one.fit(model, splits, [])
    raw = tf.constant(splits.train.pictures.raw(range(16)))
    signatures = one.signatures(model, splits.info)
    assert set(signatures) == {"serving_default", "in_en", "in_de"}
    said = {name: signatures[name].function(raw)["caption"].numpy() for name in signatures}
    assert said["serving_default"].tolist() == said["in_en"].tolist()
    for number, name in enumerate(("in_en", "in_de")):
        which, captions = splits.train.in_language(number)
        assert len(which) == 16
        words = {w for (c,) in captions for w in words_of(c)}
        written = [w for text in said[name] for w in words_of(text.decode())]
        assert sum(w in words for w in written) > 0.9 * len(written) > 9
    for name, check in one.checks(model, splits).items():
        answer = signatures[name].function(tf.constant(check.inputs["image_bytes"]))
        np.testing.assert_allclose(answer["log_prob"], check.answers["log_prob"], atol=1e-3)
    headline = one.evaluate(model, splits)["headline"]
    assert headline["cider"] == pytest.approx((headline["cider_en"] + headline["cider_de"]) / 2)


@pytest.mark.parametrize("model", ["show_and_tell"])
def test_other_decoders_learn(model):
    one = app(model=model, limit=24, epochs=1)
    splits = one.data()
    net = one.build(splits.info)
    before = [np.array(v) for v in net.trainable_variables]
    one.fit(net, splits, [])
    for old, new in zip(before, net.trainable_variables, strict=True):
        assert not np.array_equal(old, new), new.path


def test_pretrained_features_are_computed_once(imagenet_weights, tmp_path, monkeypatch):
    monkeypatch.setattr("kerasuite.apps.captioner.nets.cache_folder", lambda: tmp_path / "cache")
    one = app(encoder="mobilenet_v2", pretrained="imagenet", limit=8, epochs=1)
    splits = one.data()
    model = one.build(splits.info)
    assert not any("mobilenet" in w.path for w in model.weights)
    first = one._features(model, splits, splits.test)
    monkeypatch.setattr("keras.Model.predict_on_batch", None)  # not asked again
    np.testing.assert_array_equal(one._features(model, splits, splits.test), first)
    assert first.dtype == np.float16 and first.shape[1:] == model.input["features"].shape[1:]


def test_parts_of_a_run(imagenet_weights, tmp_path, monkeypatch):
    """Features and views first, then the encoder learns too, then the writer's own captions."""
    monkeypatch.setattr("kerasuite.apps.captioner.nets.cache_folder", lambda: tmp_path / "cache")
    one = app(
        encoder="mobilenet_v2", pretrained="imagenet", limit=8, batch_size=4, epochs=3, views=1,
        finetune_after=1, self_critical=1,
    )  # fmt: skip
    assert one.monitor == ("val_cider", "max")
    splits = one.data()
    model = one.build(splits.info)
    seen = []

    class Notes(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            kernel = model.get_layer("image_encoder").get_layer("mobilenet_v2").weights[0]
            rate = float(model.optimizer.learning_rate)
            seen.append((epoch, sorted(logs), rate, np.array(kernel), self.model is model))

    before = np.array(model.get_layer("image_encoder").get_layer("mobilenet_v2").weights[0])
    one.fit(model, splits, [Notes()])
    assert [s[0] for s in seen] == [0, 1, 2] and all(s[4] for s in seen)
    np.testing.assert_allclose([s[2] for s in seen], [2e-3, 1e-4, 1e-3])
    np.testing.assert_array_equal(seen[0][3], before)
    assert not np.array_equal(seen[1][3], before)
    assert "val_loss" in seen[0][1] and "val_loss" in seen[1][1] and "reward" in seen[2][1]
    assert set(one.evaluate(model, splits)["headline"]) >= {"cider", "nearest_cider"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pretrained": None, "views": 2}, "--views must be 0 with --pretrained None"),
        ({"self_critical": 1, "epochs": 1}, "--self-critical must be from 0 to below --epochs, 1"),
        ({"epochs": 3, "finetune_after": 3}, "--finetune-after must be from 1 to below 3"),
        ({"encoder": "lenet5"}, "--pretrained must be None with --encoder lenet5"),
        ({"encoder": "unet"}, "--encoder must be a model that classifies"),
        ({"languages": ("de", "de")}, "--languages must be different codes. Received: de de"),
        ({"languages": ("de",), "self_critical": 1}, "--self-critical must be 0 with --languages"),
        ({"division": -1}, "--division must be from 0"),
        ({"n_best": 5}, "--n-best must be from 1 to --beams"),
        ({"dropout": 1.0}, "--dropout must be"),
        ({"longest": 0}, "--longest must be from 1"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        CaptionerConfig(**options).check()


def test_an_encoder_without_maps_is_refused():
    with pytest.raises(InputError, match=r"--encoder must be a net with maps. Received: mlp"):
        one = app(encoder="mlp")
        one.build(one.data().info)
