"""spam_filter: nets that learn, decisions that are traced to words, and the served answer."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite import text
from kerasuite.app import find
from kerasuite.apps.spam_filter import nets, shown, words
from kerasuite.apps.spam_filter.app import spam_class
from kerasuite.apps.spam_filter.vectors import latent_vectors
from kerasuite.cli import main
from kerasuite.data.splits import Info
from kerasuite.errors import InputError
from tests.cases import check_gradients

ENTRY = find("spam_filter")
MODELS = ("bag", "cnn", "lstm")
OFFER = (
    "Subject: Claim your prize - Act now!\nContent-Type: text/html\n\n<p>Act now! Buy cheap "
    'software for only $20. <a href="http://www.deals.example">Click here</a></p>'
)
LETTER = (
    "Subject: Re: the build\n\nHello dora,\n\nabout the build: it works for me. Thanks for the "
    "help.\n"
)


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), **{"vocabulary_size": 200} | options)
    config.check()
    return ENTRY.load()(config)


@pytest.fixture(scope="module")
def loaded():
    return app().data()


@pytest.fixture(scope="module", params=MODELS)
def trained(request, loaded):
    """A net of each kind that learned the made-up messages, its app, and the data."""
    keras.utils.set_random_seed(0)
    rate = 0.03 if request.param == "bag" else 0.01
    filter_ = app(model=request.param, epochs=3, learning_rate=rate)
    model = filter_.build(loaded.info)
    filter_.fit(model, loaded, [])
    return filter_, model, loaded


def test_it_learns(trained):
    filter_, model, splits = trained
    headline = filter_.evaluate(model, splits)["headline"]
    assert headline["accuracy"] > 0.9 and headline["roc_auc"] > 0.95
    assert headline["false_positives_at_95_recall"] < 0.1


def test_nets(trained, tmp_path):
    _, model, splits = trained
    ids = splits.test.values[:4]
    check_gradients(model, ids)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    np.testing.assert_allclose(
        again.predict(ids, verbose=0), model.predict(ids, verbose=0), atol=1e-5
    )
    whole = model.predict(ids, verbose=0)
    single = [model.predict(row[None], verbose=0)[0] for row in ids]
    np.testing.assert_allclose(whole, single, atol=1e-5)


def test_the_lstm_does_not_read_what_fills_up():
    config = dataclasses.replace(ENTRY.preset("smoke"), model="lstm", length=16)
    ids = np.zeros((2, 16), "int32")
    ids[0, :5] = range(4, 9)
    short, long = (nets.net(dataclasses.replace(config, length=n), 20, 2) for n in (5, 16))
    long.set_weights(short.get_weights())
    answers = long.predict(ids, verbose=0)
    np.testing.assert_allclose(answers[:1], short.predict(ids[:1, :5], verbose=0), atol=1e-6)
    assert np.isfinite(answers[1]).all()  # of a message without a word
    logits, found = words.contributions(long, tf.constant(ids))
    np.testing.assert_allclose(logits, answers, atol=1e-6)
    assert found.numpy()[0, 4:9].all() and not found.numpy()[1].any()


def test_words_of_the_same_messages_begin_side_by_side():
    ids = np.array([[4, 5, 0], [4, 5, 6], [7, 8, 0], [8, 7, 9]])
    vectors = latent_vectors(ids, 11, 3)
    size = np.linalg.norm(vectors[4])
    angles = vectors @ vectors.T / size**2
    assert angles[4, 5] > 0.99 and angles[7, 8] > 0.99 and abs(angles[4, 7]) < 0.01
    np.testing.assert_allclose(np.linalg.norm(vectors[4:10], axis=1), size, rtol=1e-5)
    assert not vectors[[0, 10]].any() and vectors.dtype == np.float32
    few = latent_vectors(ids, 11, 8)
    assert few.shape == (11, 8) and not few[:, 4:].any()  # four messages span no more


def test_the_lstm_learns_from_batches_that_end_with_the_words():
    splits = app(model="lstm").data()
    batches = list(splits.validation.batches(16))
    assert len({ids.shape[1] for ids, _ in batches}) > 1
    assert sum(len(labels) for _, labels in batches) == len(splits.validation)
    for ids, _ in batches:
        room = ids.shape[1] - np.count_nonzero(ids, axis=1).max()
        assert room < 8 or ids.shape[1] == 64
    steps = splits.train.steps_per_epoch(16)
    whole = list(splits.train.shuffled_batches(16, 0).take(steps))
    assert {len(labels) for _, labels in whole} == {16}


def test_contributions_are_of_the_words_there(trained):
    _, model, splits = trained
    ids = splits.test.values[:8]
    logits, found = words.contributions(model, tf.constant(ids))
    np.testing.assert_allclose(logits, model.predict(ids, verbose=0), atol=1e-5)
    for row, values in zip(ids, found.numpy(), strict=True):
        assert set(np.flatnonzero(values)) <= set(row[row >= 4])
    removed = words.words_removed(model, splits.test.values, seed=0)
    assert removed["fall_without_deciding_words"] > removed["fall_without_other_words"]


def test_contributions_to_a_bag_add_up(loaded):
    model = nets.net(app(model="bag").config, 200, 3)
    model.get_layer("features").adapt(loaded.train.values)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) if w.ndim > 1 else w for w in model.get_weights()])
    logits, found = words.contributions(model, tf.constant(loaded.test.values))
    margins = words.margins(logits.numpy(), logits.numpy().argmax(1))
    np.testing.assert_allclose(found.numpy().sum(1), margins, atol=1e-4)


def test_the_same_word_is_added_up(loaded):
    model = nets.net(app(model="cnn", dropout=0.0).config, 200, 2)
    ids = np.full((1, 64), 7, "int32")
    ids[0, ::2] = 9
    _, found = words.contributions(model, tf.constant(ids))
    assert set(np.flatnonzero(found.numpy()[0])) <= {7, 9}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where a model of the smoke preset was trained and exported."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(folder))
        assert main(["train", "spam_filter", "--preset", "smoke"]) == 0
    return folder


def ask(home, capsys, monkeypatch, *inputs):
    monkeypatch.setenv("KERASUITE_HOME", str(home))
    assert main(["predict", "spam_filter", *inputs, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_files_folders_and_literal_messages(home, capsys, monkeypatch, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.eml").write_bytes(OFFER.replace("\n", "\r\n").encode() + b"\xff")
    (tmp_path / "new" / "b").write_text(LETTER)
    answers = ask(home, capsys, monkeypatch, str(tmp_path / "new"), OFFER, LETTER)
    assert [a["classes"][0] for a in answers] == ["spam", "ham", "spam", "ham"]
    assert all(sum(a["scores"]) == pytest.approx(1) for a in answers)
    (tmp_path / "none").mkdir()
    assert main(["predict", "spam_filter", str(tmp_path / "none")]) == 2


def test_the_words_that_decided(home, capsys, monkeypatch):
    found = ask(home, capsys, monkeypatch, OFFER, LETTER, "zzz", "--signature", "explain")
    assert [a["classes"][0] for a in found[:2]] == ["spam", "ham"]
    for message, answer in zip((OFFER, LETTER), found, strict=False):
        some = [w for w in answer["words"] if w]
        assert len(some) >= 8 and all(w in message.lower() or w.startswith("html") for w in some)
        sizes = np.abs(answer["contributions"])
        assert (np.diff(sizes) <= 1e-6).all()
    assert not any(found[2]["words"]) and not any(found[2]["contributions"])


def test_odd_messages_have_answers(home):
    path = str(home / "saved_models" / "spam_filter" / "1")
    functions = tf.saved_model.load(path).signatures
    odd = [b"", b"\n", b"\xff\x00\xfe", b"win " * 250_000, OFFER.encode()]
    for name in ("serving_default", "explain"):
        whole = functions[name](messages=tf.constant(odd))
        assert np.isfinite(whole["scores"].numpy()).all()
        for i, raw in enumerate(odd):
            alone = functions[name](messages=tf.constant([raw]))
            np.testing.assert_allclose(alone["scores"][0], whole["scores"][i], atol=1e-5)


def test_own_messages_and_other_classes(tmp_path, monkeypatch, loaded):
    rows = [
        {"text": f"{w} {i} {chr(97 + i)}{w}", "label": w}
        for w in ("red", "green", "blue")
        for i in range(20)
    ]
    (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, rows)))
    filter_ = app(data=str(tmp_path / "own.jsonl"), model="bag", learning_rate=0.1, epochs=5)
    splits = filter_.data()
    assert splits.info.class_names == ("blue", "green", "red")
    model = filter_.build(splits.info)
    filter_.fit(model, splits, [])
    evaluated = filter_.evaluate(model, splits)
    assert evaluated["headline"]["accuracy"] == 1 and "detection" not in evaluated["evaluation"]
    assert len(filter_.figures(model, splits, evaluated["evaluation"])) == 2
    with pytest.raises(InputError, match="the model was trained on the classes ham, spam"):
        filter_.data(loaded.info)


def test_the_tokenizer_of_the_model_is_kept(loaded):
    again = app().data(Info(**dataclasses.asdict(loaded.info)))
    np.testing.assert_array_equal(again.test.values, loaded.test.values)
    assert text.restore(loaded.info.tokenizer).vocabulary_size <= 200
    assert loaded.test.values.shape == (44, 64) and loaded.test.values.dtype == np.int32


def test_examples_of_the_report():
    evaluation = {"mistakes": [{"index": 9}, {"index": 3}]}
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert shown.examples_of(evaluation, labels, 8) == [3, 0, 4, 1, 5, 2]
    assert (
        shown.subject(b"From: a\nSUBJECT:  Hi \xff\nTo: b\n\nx") == "Hi \N{REPLACEMENT CHARACTER}"
    )
    assert shown.subject(b"no header") == "no header"
    assert spam_class(("ham", "Spam")) == 1 and spam_class(("spam", "wanted")) == 0
    assert spam_class(("a", "b")) == 1


@pytest.mark.parametrize(
    "options",
    [{"vocabulary_size": 10}, {"length": 5}, {"units": 0}, {"dropout": 1.0}, {"limit": 3}],
)
def test_wrong_options(options):
    name = next(iter(options))
    with pytest.raises(InputError, match=f"--{name.replace('_', '-')} must be"):
        app(**options)
