"""translator on a made language, and what it answers to input of all kinds."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.translator import measuring, serving
from kerasuite.apps.translator.app import APP
from kerasuite.apps.translator.config import PRESETS
from kerasuite.apps.translator.learning import AveragedWeights
from kerasuite.apps.translator.vocabulary import Vocabulary
from kerasuite.cli import main
from kerasuite.data.pairs import Pairs
from kerasuite.errors import InputError
from kerasuite.export.publish import publish, write_saved_model
from kerasuite.training.machine import prepare

NUMBERS = {"one": "uno", "two": "dos", "three": "tres", "four": "cuatro", "five": "cinco"}
OTHERS = {"one": "un", "two": "deux", "three": "trois", "four": "quatre", "five": "cinq"}
SMOKE = dataclasses.replace(
    PRESETS["smoke"],
    units=32,
    vocabulary_size=40,
    longest=6,
    epochs=6,
    learning_rate=1e-2,
    limit=None,
)


def rows():
    """Sentences of one to four numbers, backwards in the other language."""
    for n in (1, 2, 3, 4):
        yield from itertools.product(NUMBERS, repeat=n)


def made(folder, languages=("es",)):
    """A table of pairs, English into each language."""
    table = {"es": NUMBERS, "fr": OTHERS}
    lines = ["source\ttarget\tsource_language\ttarget_language"]
    for words in rows():
        for code in languages:
            target = " ".join(table[code][w] for w in reversed(words))
            lines.append(f"{' '.join(words)}\t{target}\ten\t{code}")
    path = folder / "numbers.tsv"
    path.write_text("\n".join(lines))
    return path


def trained(folder, config):
    prepare(0)
    app = APP(config)
    splits = app.data()
    model = app.build(splits.info)
    app.fit(model, splits, [])
    return app, model, splits


def saved(folder, app, model, splits):
    write_saved_model(folder / "model", app.signatures(model, splits.info))
    return tf.saved_model.load(str(folder / "model"))


def ask(loaded, texts, signature="serving_default", **more):
    answers = loaded.signatures[signature](text=tf.constant(texts), **more)
    return {k: v.numpy() for k, v in answers.items()}


@pytest.fixture(scope="module")
def numbers_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("numbers")


@pytest.fixture(scope="module")
def numbers(numbers_folder):
    app, model, splits = trained(
        numbers_folder, dataclasses.replace(SMOKE, data=str(made(numbers_folder)))
    )
    signatures = app.signatures(model, splits.info)
    checks = app.checks(model, splits)
    published = publish("translator", numbers_folder / "versions", signatures, checks, {})
    return app, model, splits, tf.saved_model.load(str(published.path))


def test_it_learns(numbers):
    app, model, splits, _ = numbers
    result = app.evaluate(model, splits)
    assert result["headline"]["bleu"] > 60
    assert "case:mixed" in result["evaluation"]["bleu_signature"]
    figures = app.figures(model, splits, result["evaluation"])
    assert {f.name for f in figures} == {"translations", "alignments"}


def test_the_saved_model_writes_what_the_keras_model_writes_step_by_step(numbers):
    app, model, splits, loaded = numbers
    vocabulary = Vocabulary(splits.info.tokenizer, (), app.config.longest)
    text = "two one four"
    source = vocabulary.sources(tf.constant([text]), tf.constant([0])).to_tensor()
    ids, total = [2], 0.0
    while ids[-1] != 3 and len(ids) < 9:
        logits = model({"source": source, "target": tf.constant([ids])}).numpy()[0, -1]
        logs = logits - np.log(np.exp(logits).sum())
        ids.append(int(logs.argmax()))
        total += float(logs[ids[-1]])
    answer = ask(loaded, [text])
    written = vocabulary.target.detokenize(tf.constant([ids])).numpy()[0]
    assert written == b"cuatro uno dos"
    assert answer["translation"][0] == answer["n_best"][0, 0] == written
    assert answer["log_probability"][0] == pytest.approx(total, abs=1e-4)
    assert (np.diff(answer["n_best_log_probabilities"][0]) <= 0).all()


def test_text_of_any_kind(numbers):
    loaded = numbers[-1]
    megabyte = "one two " * 131_072
    answers = ask(loaded, ["", "   ", "one", b"\xff\xfe one", megabyte, "\x00", "漢字 ☃"])
    assert answers["translation"][:2].tolist() == [b"", b""]
    assert answers["log_probability"][0] == 0
    assert answers["truncated"].tolist() == [False, False, False, False, True, False, False]
    alone = ask(loaded, ["one"])
    assert alone["translation"][0] == answers["translation"][2]
    assert np.isfinite(answers["n_best_log_probabilities"]).all()
    assert ask(loaded, np.array([], "S1"))["n_best"].shape == (0, 2)


def test_predict_shows_what_was_written(numbers, numbers_folder, tmp_path, capsys):
    translation = ask(numbers[-1], ["one two"])["translation"][0].decode()
    (tmp_path / "long.txt").write_text("one two " * 131_072)
    (tmp_path / "latin.txt").write_bytes(b"one\ntwo \xe9\n")
    command = ["predict", "translator", "--model", str(numbers_folder / "versions" / "1")]
    assert main([*command, "one two", str(tmp_path / "long.txt")]) == 0
    table = capsys.readouterr().out
    shown = ["one", "two", *translation.split()[:2]]  # a net of so few steps may write one word
    assert table.splitlines()[1].split()[: len(shown)] == shown
    assert "(its end was not read)" in " ".join(table.split())
    assert len(table) < 5000
    assert main([*command, str(tmp_path / "latin.txt")]) == 2
    assert "latin.txt, line 2: expected UTF-8. Received: byte 0xe9" in capsys.readouterr().err


def test_a_translation_goes_on_from_its_beginning(numbers):
    answers = ask(numbers[-1], ["one two", "one two"], "complete", begin=tf.constant(["cinco", ""]))
    assert answers["translation"][0].startswith(b"cinco")
    assert answers["translation"][1] == ask(numbers[-1], ["one two"])["translation"][0]


def test_each_epoch_splits_the_sentences_anew(tmp_path):
    config = dataclasses.replace(
        SMOKE, data=str(made(tmp_path)), tokenizer="unigram", segmentations=2, longest=12
    )
    splits = APP(config).data()
    train, whole = splits.train, len(splits.train)

    def epoch(first):
        batches = train.shuffled_batches(1, seed=0, first_epoch=first).take(whole)
        rows = [x["source"].numpy()[0] for x, _ in batches]
        return sorted(row[row > 0].tolist() for row in rows)

    def texts(rows):
        return train.vocabulary.source.detokenize(tf.ragged.constant(rows)).numpy().tolist()

    assert epoch(0) != epoch(1) and epoch(0) == epoch(2)
    assert sorted(texts(epoch(0))) == sorted(texts(epoch(1)))
    assert splits.validation.segmentations == 1
    with pytest.raises(InputError, match="--segmentations must be 1 with this tokenizer"):
        dataclasses.replace(SMOKE, segmentations=2).check()


@pytest.fixture(scope="module")
def two_languages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    config = dataclasses.replace(
        SMOKE, data=str(made(folder, ("es", "fr"))), language_tokens=True, epochs=2, average=2,
        keep="last",
    )  # fmt: skip
    prepare(0)
    app = APP(config)
    splits = app.data()
    model = app.build(splits.info)
    return saved(folder, app, model, splits)


def test_the_wanted_language(two_languages):
    answers = ask(two_languages, ["<2es> one", " <2fr>two\nthree", "<2en>"])
    assert len(answers["translation"]) == 3 and answers["translation"][2] == b""


def test_pairs_of_words_that_were_learned():
    learned = Pairs(["red apple", "manzana"], ["manzana roja", "pomme"], ["", ""], ["en", "es"],
                    ["es", "fr"])  # fmt: skip
    asked = Pairs(["Roja manzana!", "manzana", "apple"], ["pomme", "rouge", "pomme"], [""] * 3,
                  ["es", "es", "es"], ["fr"] * 3)  # fmt: skip
    assert measuring.of_known_words(asked, learned) == [True, False, False]


def test_the_mark_leaves_no_space_behind():
    """SentencePiece would make a piece of it, which no sentence of training begins with."""
    texts = tf.constant(["<2es> one", "<2fr>one", " <2es>\n one two"])
    left, index = serving._asked_for(texts, ("es", "fr"))
    assert left.numpy().tolist() == [b"one", b"one", b"one two"]
    assert index.numpy().tolist() == [0, 1, 0]


@pytest.mark.parametrize("text", ["one", "<2de> one", "<2> one", "", "2es> one", "<2es one"])
def test_a_language_that_is_not_known(two_languages, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match="must begin with the wanted language"):
        ask(two_languages, ["<2es> one", text])


def test_a_tokenizer_for_each_side(tmp_path):
    config = dataclasses.replace(
        SMOKE, data=str(made(tmp_path)), share_vocabulary=False, architecture="transformer",
        teacher_forcing=0.5,
    )  # fmt: skip
    app = APP(config)
    splits = app.data()
    vocabulary = splits.train.vocabulary
    assert vocabulary.source is not vocabulary.target
    (ids,) = vocabulary.targets(tf.constant(["uno"])).to_list()
    assert ids[0] == 2 and ids[-1] == 3 and 1 not in ids
    model = app.build(splits.info)
    assert type(model).__name__ == "ScheduledSampling"
    history = model.fit(splits.train.batches(16).take(4), verbose=0, shuffle=False).history
    assert np.isfinite(history["loss"]).all()


def test_several_target_languages_need_tokens(tmp_path):
    app = APP(dataclasses.replace(SMOKE, data=str(made(tmp_path, ("es", "fr")))))
    with pytest.raises(InputError, match=r"language-tokens.*es, fr"):
        app.data()


def test_a_pair_with_a_missing_side_is_named(tmp_path):
    lines = made(tmp_path).read_text().splitlines()
    lines[6] = "five\t\ten\tes"
    (tmp_path / "numbers.tsv").write_text("\n".join(lines))
    info = APP(dataclasses.replace(SMOKE, data=str(tmp_path / "numbers.tsv"))).data().info
    assert any("the first in line 7" in reason for _, reason in info.skipped)


def test_pairs_that_are_too_long_are_counted(tmp_path):
    config = dataclasses.replace(SMOKE, data=str(made(tmp_path)), longest=3)
    info = APP(config).data().info
    assert any("more than 3 pieces" in reason for _, reason in info.skipped)
    shorter = dataclasses.replace(config, tokenizer="characters", longest=2)
    with pytest.raises(InputError, match="no pair of train has at most 2 pieces"):
        APP(shorter).data()


def test_a_vocabulary_that_does_not_fit(numbers, tmp_path):
    app, model, *_ = numbers
    other = APP(dataclasses.replace(app.config, tokenizer="characters", longest=40)).data().info
    with pytest.raises(InputError, match="the model was made for"):
        app._made = None
        app.signatures(model, other)
    app._made = None


@pytest.mark.parametrize(
    "words",
    [
        ["--directions", "english"],
        ["--zero-shot", "es-fr"],
        ["--n-best", "9"],
        ["--units", "7"],
        ["--average", "3"],
        ["--feeding", "--attention", "none"],
        ["--architecture", "gnmt", "--depth", "1"],
        ["--teacher-forcing", "1.5"],
        ["--label-smoothing", "1"],
        ["--data", "no_such_pairs"],
    ],
)
def test_options_that_cannot_work(words, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    assert main(["train", "translator", "--preset", "smoke", *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_each_net_attends_as_its_paper_does():
    by_default = {
        a: dataclasses.replace(SMOKE, architecture=a) for a in ("encoder_decoder", "gnmt")
    }
    assert [c.score for c in by_default.values()] == ["general", "additive"]
    assert dataclasses.replace(by_default["gnmt"], attention="dot").score == "dot"


def test_averaged_weights(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    callback = AveragedWeights(tmp_path, 2)
    callback.set_model(model)
    for epoch, value in enumerate((1.0, 2.0, 4.0)):
        model.layers[0].kernel.assign([[value]])
        callback.on_epoch_end(epoch)
    callback.on_train_end()
    assert float(model.layers[0].kernel[0, 0]) == 3
    assert len(list(tmp_path.glob("epoch-*.npz"))) == 2


def test_presets_name_data_that_there_is():
    for name, config in find("translator").presets.items():
        assert config.data, name
