"""The page of a sweep: its statistics, its order, and sweeps that are not whole."""

import json

import numpy as np
import pytest

from kerasuite.errors import InputError
from kerasuite.report.comparison import write_comparison
from kerasuite.report.records import load_figures
from kerasuite.report.sweep_figures import final_points, mean_curves
from tests.report.conftest import EVIL, write
from tests.report.test_figures import texts
from tests.report.test_page import Page, check_self_contained


def page_of(folder):
    source = write_comparison(folder).read_text(encoding="utf-8")
    page = Page(source)
    check_self_contained(page, source)
    return page


def change(folder, **changes):
    path = folder / "sweep.json"
    write(path, json.loads(path.read_text("utf-8")) | changes)


def test_ranks_the_settings(sweep_folder):
    text = page_of(sweep_folder).text
    # Three seeds: 0.90, 0.92, 0.94. The sample deviation of equally spaced values is the step.
    assert "adam 92.0 % 2.0 % 90.0 % 94.0 % 3 ★ best mean" in text
    assert f"{EVIL} 81.0 % 1.4 % 80.0 % 82.0 % 2 1 pending" in text
    assert "sgd 71.0 % 1.4 % 70.0 % 72.0 % 2 1 failed" in text
    assert text.index("adam 92.0") < text.index(f"{EVIL} 81.0") < text.index("sgd 71.0")
    for words in (
        "Accuracy by optimizer",
        "7 of 9 runs done",
        "1 failed",
        "1 pending",
        "0-2 The loss became NaN",
        "higher is better",
        "kerasuite sweep training_lab",
    ):
        assert words in text, words


def test_lower_metrics_rank_the_other_way(sweep_folder):
    runs = json.loads((sweep_folder / "sweep.json").read_text("utf-8"))["runs"]
    for run in runs:
        run["metrics"] = {"rmse": len(run["options"]["optimizer"])}
    change(sweep_folder, metric="rmse", runs=runs)
    text = page_of(sweep_folder).text
    assert "RMSE by optimizer" in text
    assert "sgd 3 0 3 3 2 ★ best mean" in text


def test_saves_its_figures(sweep_folder):
    page_of(sweep_folder)
    figures = load_figures(sweep_folder)
    assert [f.name for f in figures] == ["final", "validation", "training_loss"]
    assert all((sweep_folder / "figures" / f"{f.name}.svg").exists() for f in figures)
    assert texts(figures[0])[:3] != []


def test_a_sweep_that_has_only_begun(sweep_folder):
    runs = [{"folder": "none-yet", "options": {"optimizer": "sgd"}, "state": "pending"}]
    change(sweep_folder, runs=runs)
    text = page_of(sweep_folder).text
    assert "0 of 1 runs done" in text
    assert "best mean" not in text
    change(sweep_folder, runs=[])
    assert "0 of 0 runs done" in page_of(sweep_folder).text


def test_options_that_read_alike_stay_apart(sweep_folder):
    runs = [
        {"options": {"width": width}, "state": "done", "metrics": {"accuracy": accuracy}}
        for width, accuracy in [(1, 0.5), ("1", 0.6)]
    ]
    change(sweep_folder, over={"width": [1, "1"]}, runs=runs)
    text = page_of(sweep_folder).text
    assert "1 (2) 60.0 %" in text
    assert "1 50.0 %" in text


def test_two_options_are_named(sweep_folder):
    options = {"learning_rate": 0.001, "model": "lenet5"}
    run = {"options": options, "state": "done", "metrics": {"accuracy": 0.5}}
    change(sweep_folder, over={"learning_rate": [0.001], "model": ["lenet5"]}, runs=[run])
    assert "learning rate 0.001, model lenet5" in page_of(sweep_folder).text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "sweep.json is missing"),
        ("[", "sweep.json is damaged"),
        ('{"runs": [3]}', "'runs' must be a list of objects"),
        ('{"runs": [{"metrics": 3}]}', "'metrics' must be a dict"),
    ],
)
def test_damage_is_named(sweep_folder, content, message):
    (sweep_folder / "sweep.json").unlink()
    if content is not None:
        (sweep_folder / "sweep.json").write_text(content)
    with pytest.raises(InputError, match=message):
        write_comparison(sweep_folder)


def test_curves_of_seeds_that_stopped_early():
    histories = {"a": [{"loss": [3.0, 2.0, 1.0]}, {"loss": [2.0, 1.0]}], "b": [{"loss": [1.0]}]}
    figure = mean_curves(histories, "loss", "Loss", "loss")
    assert {"a", "b"} <= set(texts(figure))


def test_many_settings_get_a_legend():
    histories = {f"setting {i}": [{"loss": list(np.arange(3.0) + i)}] for i in range(12)}
    found = texts(mean_curves(histories, "loss", "Loss", "loss"))
    assert {f"setting {i}" for i in range(12)} <= set(found)


def test_wrong_input():
    with pytest.raises(ValueError, match="Received: column='loss'"):
        mean_curves({"a": [{"accuracy": [1.0]}]}, "loss", "Loss", "loss")
    with pytest.raises(ValueError, match="no results"):
        final_points({"a": []}, "loss")
