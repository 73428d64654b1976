"""perceptron: its four rules, tables of one's own, and rows of numbers asked about."""

import io
import json
import sys

import numpy as np
import pytest

from kerasuite import run_folder
from kerasuite.app import find
from kerasuite.cli import main
from kerasuite.data.points import load_points
from kerasuite.errors import InputError

QUICK = ["--preset", "smoke", "--no-tensorboard"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def train(home, *words):
    assert main(["train", "perceptron", *QUICK, *words, "--folder", str(home / "run")]) == 0
    return json.loads((home / "run" / "metrics.json").read_text())


def table(home, *lines):
    (home / "own.csv").write_text("\n".join(["x1,x2,label", *lines]) + "\n")
    return str(home / "own.csv")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_mlp_solves_xor(seed):
    entry = find("perceptron")
    import dataclasses

    app = entry.load()(
        dataclasses.replace(
            entry.preset("xor"),
            seed=seed,
        )
    )
    splits = app.data()
    model = app.build(splits.info)
    app.fit(model, splits, [])
    result = app.evaluate(model, splits)
    assert result["headline"] == {"accuracy": 1, "train_mistakes": 0}
    assert result["evaluation"]["gradient_check_error"] < 1e-7


def test_gates_are_wired_and_not_trained(home):
    metrics = train(home, "--rule", "mcculloch_pitts", "--data", "xor")
    assert metrics["headline"]["accuracy"] == 1 and metrics["model"]["trainable"] == 0
    assert not (home / "run" / "history.csv").exists()
    assert "<svg" in (home / "run" / "report.html").read_text()


def test_own_table_film_and_rows_on_the_command_line(home, capsys, monkeypatch):
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{y + 300 * (x > 0.5):.3f},{'yes' if x > 0.5 else 'no'}"
            for x, y in rng.uniform(size=(40, 2))]  # fmt: skip
    metrics = train(home, "--data", table(home, *rows), "--rule", "adaline")
    assert metrics["headline"]["accuracy"] == 1
    assert (home / "run" / "figures" / "learning.gif").read_bytes().startswith(b"GIF89a")

    def ask(*words):
        capsys.readouterr()
        assert main(["predict", "perceptron", "--json", *words]) == 0
        return [json.loads(line)["class"] for line in capsys.readouterr().out.splitlines()]

    assert ask("0.1,0", "0.9,300") == ["no", "yes"]
    (home / "rows.csv").write_text("x1,x2\n0.9,300\n\n0.2,-1e0\n")
    assert ask(str(home / "rows.csv")) == ["yes", "no"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0.8,301\n")))
    assert ask("-") == ["yes"]
    for wrong in ("1,2,3", "a,b", "0.1,nan", "nowhere.csv"):
        capsys.readouterr()
        assert main(["predict", "perceptron", wrong]) == 2
        assert wrong in " ".join(capsys.readouterr().err.split())


def test_a_resumed_run_ends_as_one_left_alone(home):
    train(home, "--no-publish")
    alone = run_folder.load_model(home / "run").get_weights()
    app = run_folder.load_app(home / "run")
    from kerasuite.training.callbacks import Checkpoint
    from kerasuite.training.state import History, load_state

    splits = app.data()
    weights = []
    for first, last in ((0, 2), (2, 8)):  # stopped after two epochs, then gone on in a new model
        model, history = app.build(splits.info), History(*app.monitor)
        if first:
            load_state(home / "checkpoints" / "last.npz", model, history)
        object.__setattr__(app.config, "epochs", last)
        app.fit(model, splits, [Checkpoint(home, history)], first)
        weights = model.get_weights()
    for a, b in zip(alone, weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert int(run_folder.load_model(home / "run").mistakes_seen) == int(model.mistakes_seen)


BAD = {
    "no such source": (None, "There is no data"),
    "no label": ("x1,x2\n1,2\n", "no column label"),
    "words": ("x1,x2,label\n1,2,a\n1,two,b\n", "line 3"),
    "a gap": ("x1,x2,label\n1,,a\n", "line 2"),
    "one class": ("x1,x2,label\n1,2,a\n3,4,a\n", "two classes"),
    "three classes": ("x1,x2,label\n1,2,a\n3,4,b\n3,4,c\n", "two classes"),
    "too few": ("x1,x2,label\n1,2,a\n3,4,b\n1,1,a\n2,2,a\n", "at least 3 points"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused(case, tmp_path):
    text, hint = BAD[case]
    path = tmp_path / "own.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=hint):
        load_points(str(path))


@pytest.mark.parametrize("source", ["and", "or", "xor", "separable", "circles"])
def test_made_points_are_divided_and_repeatable(source):
    a, b = (load_points(source, points=100, seed=4) for _ in range(2))
    assert a.sizes() == {"train": 60, "validation": 20, "test": 20}
    np.testing.assert_array_equal(a.train.values, b.train.values)
    assert set(a.test.labels) == {0, 1}
    assert not np.array_equal(a.train.values, load_points(source, points=100, seed=5).train.values)


@pytest.mark.parametrize(
    "words", [["--margin", "0"], ["--noise", "0.7"], ["--rule", "mcculloch_pitts"],
              ["--hidden-units", "0"], ["--points", "3"]],
)  # fmt: skip
def test_wrong_options(words, capsys):
    assert main(["train", "perceptron", *words]) == 2
    assert "must be" in capsys.readouterr().err
