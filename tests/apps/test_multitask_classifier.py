"""multitask_classifier: arrangements of equal size, their losses, and a table to an answer."""

import dataclasses
import json

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kerasuite.app import find
from kerasuite.apps.multitask_classifier.nets import build_net, single_width
from kerasuite.cli import main
from kerasuite.errors import InputError
from kerasuite.options import app_options, study_words
from kerasuite.sweep import SweepOptions
from tests.cases import weight_gradients, without_values

ENTRY = find("multitask_classifier")
CLASSES = {"upper_left": 10, "lower_right": 10}


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), **{"limit": 64, "epochs": 1} | options)
    config.check()
    return ENTRY.load()(config)


@pytest.mark.parametrize("width", [8, 15])
@pytest.mark.parametrize("blocks", [2, 3])
def test_two_nets_of_one_task_are_together_as_large_as_the_multitask_net(width, blocks):
    config = dataclasses.replace(ENTRY.preset("default"), width=width, blocks=blocks)
    with without_values():
        sizes = {
            name: build_net(
                dataclasses.replace(config, arrangement=name), (28, 28, 1), CLASSES
            ).count_params()
            for name in ("cross_residual", "shared", "separate")
        }
        width_of_one = single_width(config, (28, 28, 1), CLASSES)
    assert abs(sizes["separate"] / sizes["cross_residual"] - 1) < 0.1
    assert sizes["shared"] < sizes["cross_residual"]
    assert width_of_one in (width, width - 1)


def test_separate_nets_share_nothing():
    config = dataclasses.replace(ENTRY.preset("smoke"), arrangement="separate")
    net = build_net(config, (16, 16, 1), CLASSES)
    pictures = np.random.default_rng(0).random((4, 16, 16, 1), "float32")
    alone = keras.Model(net.inputs, net.output["upper_left"])
    of_one = {id(v) for v in net.get_layer("net_of_upper_left").trainable_variables}
    gradients = weight_gradients(alone, pictures)
    assert len(gradients) == len(of_one) < len(net.trainable_variables)


@pytest.mark.parametrize("arrangement", ["cross_residual", "shared", "separate"])
def test_arrangements_learn_both_tasks_and_are_measured(arrangement):
    one = app(arrangement=arrangement, loss_weights=(1.0, 0.5), augment=("flip", "shift"))
    splits = one.data()
    model = one.build(splits.info)
    before = model.get_weights()
    one.fit(model, splits, [])
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert np.mean(changed) > 0.9
    result = one.evaluate(model, splits)
    headline = result["headline"]
    assert list(headline) == [
        "mean_accuracy", "joint_accuracy", "upper_left_accuracy", "lower_right_accuracy"
    ]  # fmt: skip
    figures = [f.name for f in one.figures(model, splits, result["evaluation"])]
    assert {"answers", "confusion_upper_left", "confusion_lower_right"} <= set(figures)
    assert ("cross_residuals" in figures) == (arrangement == "cross_residual")


def test_cross_residual_shares():
    one = app(blocks=2, cross_weight=0.5)
    splits = one.data()
    model = one.build(splits.info)
    records = one.evaluate(model, splits)["evaluation"]["cross_residuals"]
    assert [(r["task"], r["block"]) for r in records] == [
        (task, block) for task in sorted(CLASSES) for block in (1, 2)
    ]
    for record in records:
        (other,) = set(CLASSES) - {record["task"]}
        assert set(record["shares"]) == {"residual", "shortcut", other}
        assert sum(record["shares"].values()) == pytest.approx(1)
        assert record["shares"][other] > 0


def test_a_weight_of_zero_leaves_a_task_alone():
    one = app(arrangement="separate", loss_weights=(1.0, 0.0))
    splits = one.data()
    model = one.build(splits.info)
    net = model.get_layer("separate_nets").get_layer("net_of_lower_right")
    before = [keras.ops.convert_to_numpy(v) for v in net.trainable_variables]
    one.fit(model, splits, [])
    for a, b in zip(before, net.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, keras.ops.convert_to_numpy(b))
    with pytest.raises(InputError, match="a weight for each of upper_left, lower_right"):
        app(loss_weights=(1.0,)).build(splits.info)


def test_an_own_table_from_training_to_answer(home, tmp_path, capsys):
    rows = []
    for i in range(48):
        light, wide = i % 2, i // 2 % 2
        size = (24 if wide else 12, 16)
        Image.new("L", size, 60 + 140 * light).save(tmp_path / f"{i}.png")
        rows.append((f"{i}.png", ("dark", "light")[light], ("odd", "even")[i // 2 % 2]))
    pd.DataFrame(rows, columns=["picture", "tone", "which"]).to_csv(tmp_path / "t.csv", index=False)
    words = ["--preset", "smoke", "--data", str(tmp_path / "t.csv"), "--labels", "tone", "which"]
    run = tmp_path / "run"
    assert main(["train", "multitask_classifier", *words, "--folder", str(run)]) == 0
    assert "tone with 2 classes" in capsys.readouterr().out
    assert "tone with 2 classes" in (run / "report.html").read_text()
    assert main(["predict", "multitask_classifier", str(tmp_path / "0.png"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["tone_classes"]) == {"dark", "light"} and len(answer["which_scores"]) == 2
    assert main(["predict", "multitask_classifier", str(tmp_path / "0.png")]) == 0
    assert "tone" in capsys.readouterr().out
    assert main(["evaluate", str(run), "--data", "fashion_mnist_6k"]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "labels need a table" in err


def test_the_study_is_a_valid_sweep():
    study = ENTRY.study("halves")
    options, config = app_options(ENTRY, study_words(study), SweepOptions, "sweep")
    config.check()
    assert options.over == study.over and options.seeds == 3
