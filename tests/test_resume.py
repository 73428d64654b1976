"""A run that is killed in the middle of an epoch and resumed ends as one left alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kerasuite.cli import main

# Dropout and augmentation on: their random states must survive as well.
OPTIONS = [
    "image_classifier", "--preset", "smoke", "--model", "small_cnn", "--dropout", "0.2",
    "--augment", "flip", "shift", "--limit", "800", "--batch-size", "8", "--epochs", "3",
    "--no-publish", "--no-tensorboard",
]  # fmt: skip


def start(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "kerasuite.cli", "train", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def weights(folder):
    import keras

    import kerasuite.objects  # noqa: F401

    return keras.saving.load_model(folder / "model.keras").get_weights()


def wait_for(path, process):
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One run left alone; one killed in its second epoch, then resumed."""
    folder = tmp_path_factory.mktemp("runs")
    alone = start(*OPTIONS, "--folder", folder / "alone")
    killed = start(*OPTIONS, "--folder", folder / "killed")
    wait_for(folder / "killed" / "history.csv", killed)
    time.sleep(0.3)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    epochs_before = len((folder / "killed" / "history.csv").read_text().splitlines()) - 1
    assert 1 <= epochs_before < 3
    assert not (folder / "killed" / "model.keras").exists()
    resumed = start("--resume", folder / "killed")
    for process in (resumed, alone):
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
    return folder / "alone", folder / "killed"


def test_metrics_and_weights_are_equal(runs):
    alone, killed = runs
    a, b = (json.loads((r / "metrics.json").read_text()) for r in runs)
    assert a["headline"] == pytest.approx(b["headline"], abs=1e-5)
    for x, y in zip(weights(alone), weights(killed), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-5)


def test_history_has_every_epoch_once(runs):
    tables = [
        np.genfromtxt(r / "history.csv", delimiter=",", names=True, dtype="float64") for r in runs
    ]
    assert tables[1]["epoch"].tolist() == [1, 2, 3]
    for name in ("loss", "val_accuracy", "learning_rate"):
        np.testing.assert_allclose(tables[0][name], tables[1][name], atol=1e-5)


def test_a_finished_run_is_not_trained_again(runs, capsys):
    before = (runs[0] / "model.keras").stat().st_mtime_ns
    assert main(["train", "--resume", str(runs[0])]) == 0
    assert (runs[0] / "model.keras").stat().st_mtime_ns == before


def test_a_run_without_metrics_is_measured_again(runs, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    (folder / "metrics.json").unlink()
    assert main(["train", "--resume", str(folder)]) == 0
    before, after = (json.loads((f / "metrics.json").read_text()) for f in (runs[0], folder))
    assert after["headline"] == pytest.approx(before["headline"], abs=1e-5)


def test_an_interrupted_run_says_how_to_go_on(tmp_path):
    process = start(*OPTIONS, "--epochs", "50", "--folder", tmp_path / "run")
    wait_for(tmp_path / "run" / "history.csv", process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"kerasuite train --resume {tmp_path / 'run'}" in output
    assert "Traceback" not in output


def test_a_damaged_run_is_named(tmp_path, capsys):
    (tmp_path / "config.json").write_text('{"app": "image_cl')
    assert main(["train", "--resume", str(tmp_path)]) == 2
    assert "config.json is damaged" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_checkpoint_is_named(runs, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    for name in ("model.keras", "metrics.json"):
        (folder / name).unlink()
    os.truncate(folder / "checkpoints" / "last.npz", 1000)
    assert main(["train", "--resume", str(folder)]) == 2
    assert "last.npz is damaged" in capsys.readouterr().err


def test_a_damaged_model_is_named(runs, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    os.truncate(folder / "model.keras", 1000)
    assert main(["evaluate", str(folder)]) == 2
    assert "model.keras is damaged" in " ".join(capsys.readouterr().err.split())
