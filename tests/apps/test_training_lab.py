"""training_lab: every axis trains, studies are sweeps, and the net differs by its choice alone."""

import dataclasses
import json

import numpy as np
import pytest

from kerasuite.app import find
from kerasuite.cli import main
from kerasuite.options import app_options, study_words
from kerasuite.sweep import SweepOptions

ENTRY = find("training_lab")


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), limit=64, epochs=1, **options)
    config.check()
    return ENTRY.load()(config)


AXES = [
    {"activation": "sigmoid", "loss": "l2", "optimizer": "sgd"},
    {"optimizer": "rprop", "batch_size": 64, "dropout": 0.2, "batch_norm": True},
    {"optimizer": "nesterov", "residual": True, "initializer": "small_normal"},
    {"net": "cnn", "width": 4, "pooling": "stride", "optimizer": "adagrad"},
    {"net": "cnn", "width": 4, "pooling": "average", "residual": True, "optimizer": "rmsprop",
     "augment": ("flip", "shift"), "initializer": "unit_normal"},
]  # fmt: skip


@pytest.mark.parametrize("options", AXES, ids=lambda o: "-".join(map(str, o)))
def test_axes_train_and_are_measured(options):
    one = app(**options)
    splits = one.data()
    model = one.build(splits.info)
    before = model.get_weights()
    one.fit(model, splits, [])
    assert any(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    layers = one.evaluate(model, splits)["evaluation"]["layers"]
    assert len(layers["start"]) == len(layers["end"]) == one.config.depth + 1
    assert all(np.isfinite(row["gradient"]) for row in layers["start"])
    (figure,) = one.figures(model, splits, {"layers": layers})
    assert figure.data.startswith(b"<svg")


def test_a_choice_elsewhere_leaves_the_start_of_the_weights_alone():
    one = app()
    info = one.data().info
    plain = one.build(info).get_weights()
    for options in ({"activation": "tanh"}, {"loss": "l2"}, {"dropout": 0.5}, {"residual": True}):
        other = [w for w in app(**options).build(info).get_weights() if w.dtype == "float32"]
        for a, b in zip([w for w in plain if w.dtype == "float32"], other, strict=True):
            np.testing.assert_array_equal(a, b)
    seeded = app(seed=1).build(info).get_weights()
    assert not np.array_equal(plain[-2], seeded[-2])


@pytest.mark.parametrize("name", ENTRY.studies)
def test_studies_are_valid_sweeps(name):
    study = ENTRY.study(name)
    assert study.title and study.lesson
    options, config = app_options(ENTRY, study_words(study), SweepOptions, "sweep")
    config.check()
    assert options.over == study.over and options.seeds == study.seeds


def test_a_study_runs_and_what_is_typed_after_it_counts(home, capsys):
    words = ["--study", "loss", "--preset", "smoke", "--limit", "64", "--epochs", "1"]
    folder = home / "sweep"
    code = main(["sweep", "training_lab", *words, "--seeds", "1", "--folder", str(folder)])
    assert code == 0
    record = json.loads((folder / "sweep.json").read_text())
    assert [r["options"]["loss"] for r in record["runs"]] == ["l2", "cross_entropy"]
    assert {r["state"] for r in record["runs"]} == {"done"}
    assert ENTRY.study("loss").lesson in (folder / "report.html").read_text()
    assert main(["sweep", "training_lab", "--study", "luck"]) == 2
    assert "no study 'luck'" in " ".join(capsys.readouterr().err.split())
    assert main(["info", "training_lab"]) == 0
    assert "batch_norm" in capsys.readouterr().out


def test_an_odd_residual_net_is_refused(home, capsys):
    assert main(["train", "training_lab", "--depth", "3", "--residual"]) == 2
    assert "--depth must be even" in " ".join(capsys.readouterr().err.split())
