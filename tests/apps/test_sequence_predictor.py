"""sequence_predictor: parameters by formula, what each net can recall, streams, own tables."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.sequence_predictor.app import foretell
from kerasuite.apps.sequence_predictor.nets import build_net, continue_signal, parameters
from kerasuite.cli import main
from kerasuite.data.signals import Signal, load_signal, mackey_glass, recall
from kerasuite.errors import InputError
from kerasuite.export.inputs import gather
from kerasuite.export.predictor import Predictor
from kerasuite.export.versions import locate
from tests import cases

NETS = ("mlp", "rnn", "lstm", "gru")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("depth", [1, 2])
def test_parameters_follow_the_formulae(net, depth):
    model = build_net(net, units=5, depth=depth, window=7)
    assert model.count_params() == parameters(net, 5, depth, 7)


def test_formulae_of_single_layers():
    m, n = 3, 5
    four, three = 4 * (n * m + n * n + n), 3 * (n * m + n * n + n)
    layer = keras.layers
    for wanted, recurrent in (
        (n * m + n * n + n, layer.SimpleRNN(n)),
        (four, layer.LSTM(n)),
        (three, layer.GRU(n, reset_after=False)),
        (three + 3 * n, layer.GRU(n)),
    ):
        recurrent.build((None, None, m))
        assert recurrent.count_params() == wanted


@pytest.mark.parametrize("net", NETS)
def test_a_signal_in_pieces_is_the_signal_in_one(net):
    model = build_net(net, units=6, depth=2, window=5)
    signal = tf.constant(cases.random_input((3, 20, 1)))
    whole, *last = model([signal, *model.zero_states(3)])
    parts, states = [], model.zero_states(3)
    for piece in tf.split(signal, [1, 7, 12], axis=1):
        part, *states = model([piece, *states])
        parts.append(part)
    np.testing.assert_allclose(tf.concat(parts, 1), whole, atol=1e-5)
    for a, b in zip(states, last, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("net", NETS)
def test_continuation_feeds_answers_back(net):
    model = build_net(net, units=4, depth=1, window=5)
    past = cases.random_input((2, 9))
    found, signal = continue_signal(model, tf.constant(past), 4).numpy(), past
    for k in range(4):
        outputs, *_ = model([tf.constant(signal[..., None]), *model.zero_states(2)])
        np.testing.assert_allclose(outputs[:, -1, 0], found[:, k], atol=1e-5)
        signal = np.concatenate([signal, found[:, k : k + 1]], axis=1)


@pytest.mark.parametrize(
    ("net", "lag", "solved"), [("mlp", 6, True), ("mlp", 12, False), ("lstm", 12, True)]
)
def test_the_window_fails_where_memory_does_not(net, lag, solved):
    entry = find("sequence_predictor")
    config = dataclasses.replace(
        entry.preset("recall"), net=net, lag=lag, window=8, length=30, samples=12_000,
        epochs=25, learning_rate=0.01, units=16,
    )  # fmt: skip
    app = entry.load()(config)
    keras.utils.set_random_seed(0)
    splits = app.data()
    model = app.build(splits.info)
    app.fit(model, splits, [])
    error = app.evaluate(model, splits)["headline"]["error"]
    assert error < 0.35 if solved else error > 0.9


def test_pieces_go_on_where_the_last_ended():
    signal = Signal(np.arange(100, dtype="float32"), np.ones(100, bool))
    streams, pieces = signal.streams(4, 5)
    assert (streams, pieces) == (4, 4)
    taken = list(signal.pieces(4, 5, seed=0).take(2 * pieces))
    for k, (x, y, weights, first) in enumerate(taken):
        assert x.shape == y.shape == weights.shape == (4, 5, 1)
        np.testing.assert_array_equal(y, x + 1)
        assert bool(first) == (k % pieces == 0)
        if not first:
            np.testing.assert_array_equal(x[:, 0], taken[k - 1][0][:, -1] + 1)
    # An epoch's place follows from its number, whatever came before.
    again = next(iter(signal.pieces(4, 5, seed=0, first_epoch=1)))
    np.testing.assert_array_equal(again[0], taken[pieces][0])


def test_a_short_signal_makes_fewer_streams():
    signal = Signal(np.zeros(30, "float32"), np.ones(30, bool))
    assert signal.streams(32, 10) == (1, 2)
    assert next(iter(signal.pieces(32, 10, seed=0)))[0].shape == (1, 10, 1)


def test_recall_needs_the_whole_lag():
    values, answers = recall(20_000, 9, np.random.default_rng(0))
    places = np.flatnonzero(answers)
    assert len(places) > 1000
    np.testing.assert_array_equal(values[places], values[places - 9])
    assert (values[places - 1] == 2).all()
    between = np.concatenate([values[p - 8 : p - 1] for p in places])
    assert np.abs(np.corrcoef(values[places], between.reshape(-1, 7).T)[0, 1:]).max() < 0.1


def test_mackey_glass_is_bounded_and_never_settles():
    values = mackey_glass(1000, np.random.default_rng(0))
    assert 0.2 < values.min() < values.max() < 1.5 and values[-200:].std() > 0.1


def test_held_out_parts_begin_with_unscored_samples():
    splits = load_signal("sines", samples=4000)
    assert splits.train.scored.all() and not splits.test.scored[:200].any()
    assert splits.test.scored[200:].all() and len(splits.test) == 800
    np.testing.assert_array_equal(splits.train.values[-200:], splits.validation.values[:200])


def table(home, text):
    (home / "own.csv").write_text(text)
    return str(home / "own.csv")


def test_own_table_from_training_to_prediction(home):
    rows = "\n".join(f"day {t},{20 + 5 * np.sin(t / 3):.4f}" for t in range(400))
    path = table(home, f"day,degrees\n{rows}\n")
    words = ["--preset", "smoke", "--data", path, "--no-tensorboard", "--net", "mlp"]
    assert main(["train", "sequence_predictor", *words, "--folder", str(home / "run")]) == 0
    metrics = json.loads((home / "run" / "metrics.json").read_text())
    assert metrics["headline"]["rmse"] == pytest.approx(3.5 * metrics["headline"]["error"], rel=0.1)
    predictor = Predictor(locate("sequence_predictor"))
    past = [[20 + 5 * np.sin(t / 3) for t in range(50)]]
    following = predictor.ask(np.array(past, "float32"))["next"]
    assert following.shape == (1, 10) and np.abs(following - 20).max() < 20
    for wrong in (np.zeros((1, 0), "float32"), np.full((1, 3), np.nan, "float32")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Expected"):
            predictor.ask(wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n" + "1,2\n" * 300, "name one --column"),
        ("a\n" + "1\n" * 300, "varies"),
        ("a\n1\n2\n", "at least 200"),
        ("a,b\n" + "1,x\n" * 300, "varies"),
        ("a\n" + "1\n" * 250 + "two\n", "no column|name one"),
        ("", "empty"),
    ],
)
def test_tables_that_are_no_signal_are_refused(home, text, message):
    with pytest.raises(InputError, match=message):
        load_signal(table(home, text))


def test_a_bad_cell_is_named_with_its_line(home):
    path = table(home, "a\n" + "1\n" * 250 + "two\n")
    with pytest.raises(InputError, match=r"line 252.*two"):
        load_signal(path, column="a")


@pytest.mark.parametrize("words", [("--lag", "1"), ("--window", "1"), ("--data", "sinus")])
def test_options_that_cannot_work_are_refused(words, capsys):
    assert main(["train", "sequence_predictor", "--preset", "smoke", *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="2 and 3"):
        gather(["1,2,3", "1,2"], "row")


def test_foretelling_gives_one_answer_a_sample():
    model = build_net("gru", units=3, depth=1, window=4)
    signal = Signal(cases.random_input((30,)), np.arange(30) > 9)
    truth, found, scored = foretell(model, signal)
    assert truth.shape == found.shape == scored.shape == (29,) and scored.sum() == 20
