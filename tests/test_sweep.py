"""Several runs, one comparison; a stopped or failing sweep loses nothing."""

import json

import pytest

from kerasuite.cli import main

QUICK = ["--preset", "smoke", "--limit", "60", "--batch-size", "20", "--epochs", "1"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def record(home):
    return json.loads((home / "sweep" / "sweep.json").read_text())


def test_settings_times_seeds_in_one_report(home):
    words = ["--over", "learning-rate=0.001,1e30", "--seeds", "2", "--model", "mlp"]
    folder = ["--folder", str(home / "sweep")]
    assert main(["sweep", "image_classifier", *QUICK, *words, *folder]) == 0
    runs = record(home)["runs"]
    assert [(r["options"]["learning_rate"], r["seed"]) for r in runs] == [
        ("0.001", 0), ("0.001", 1), ("1e30", 0), ("1e30", 1),
    ]  # fmt: skip
    # A rate that cannot work fails its own runs and not the others.
    assert [r["state"] for r in runs] == ["done", "done", "failed", "failed"]
    assert "learning-rate" in runs[2]["error"]
    report = (home / "sweep" / "report.html").read_text()
    assert "0.001" in report and "<svg" in report
    assert not (home / "saved_models").exists()

    # Resumed, the finished runs stay as they are and the failed ones are tried again.
    before = [(home / "sweep" / r["folder"] / "model.keras") for r in runs[:2]]
    times = [f.stat().st_mtime_ns for f in before]
    assert main(["sweep", "--resume", str(home / "sweep")]) == 0
    assert [f.stat().st_mtime_ns for f in before] == times


def test_words_of_one_value_are_joined_by_plus(home):
    words = ["--over", "augment=,flip+shift", "--folder", str(home / "sweep")]
    assert main(["sweep", "image_classifier", *QUICK, *words]) == 0
    assert [r["config"]["augment"] for r in record(home)["runs"]] == [[], ["flip", "shift"]]
