"""A finished run and a sweep, as the commands leave them on disk."""

import csv
import json
import shutil

import numpy as np
import pytest

from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.report import figures
from kerasuite.report.page import save_figures

EVIL = "<script>alert(1)</script>&\"'"
NAMES = [
    "cat",
    "dog",
    EVIL,
    "a class with a rather long name for its place",
    "日本 $x^2$",
    "f\x07\n",
]


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def write_history(path, columns):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


@pytest.fixture(scope="session")
def evaluation():
    rng = np.random.default_rng(0)
    labels = rng.integers(6, size=300)
    logits = rng.normal(size=(300, 6))
    logits[np.arange(300), labels] += 2
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return evaluate_classifier(labels, probabilities, NAMES)


@pytest.fixture
def run_folder(tmp_path, finished_run):
    """A run with every record, to be changed freely."""
    return shutil.copytree(finished_run, tmp_path / "run")


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory, evaluation):
    """A run with hostile words wherever words come from outside. Not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    folder.mkdir()
    config = {
        "app": "image_classifier",
        "title": f"Image classifier {EVIL}",
        "summary": f"Sorts pictures. {EVIL}",
        "papers": ["LeCun et al. 1998, Gradient-based learning", EVIL],
        "preset": "default",
        "options": {"model": "lenet5", "epochs": 4, "name": EVIL, "flip": True, "seed": 0},
        "command": f"kerasuite train image_classifier --data 'my pictures' --name '{EVIL}'",
        "created": "2025-11-20T14:03:11+00:00",
        "kerasuite": "0.1.0",
    }
    packages = {"tensorflow": "2.21.0", "keras": "3.15.0"}
    environment = {
        "python": "3.12.4",
        "platform": "Linux-x86_64-with-a-very-long-and-unbreakable-description-of-the-system",
        "cores": 2,
        "memory_gib": 23.5,
        "packages": packages,
    }
    accuracy = evaluation["accuracy"]
    expected = [
        {"metric": "accuracy", "at_least": 0.99, "measured": accuracy, "reached": False},
        {"metric": "loss", "at_most": 2, "measured": 1, "reached": True, "source": "table 1"},
        {"metric": "parameters", "at_most": 62000, "measured": 61706, "reached": True},
    ]
    data = {
        "name": EVIL,
        "train": 5400,
        "test": 300,
        "skipped": [["a\udcff.png", f"not a picture {EVIL}"]],
        "licence": "MIT",
    }
    metrics = {
        "headline": {"accuracy": accuracy, "loss": evaluation["loss"]},
        "evaluation": evaluation,
        "expected": expected,
        "seconds": {"fit": 120.3, "total": 150.2},
        "model": {"name": "lenet5", "parameters": 61706, "trainable": 61706},
        "data": data,
        "export": {"path": "saved_models/image_classifier/3", "version": 3, "bytes": 812345},
    }
    write(folder / "config.json", config)
    write(folder / "environment.json", environment)
    write(folder / "metrics.json", metrics)
    history = {
        "epoch": [1, 2, 3, 4],
        "loss": [2.0, 1.2, 0.9, 0.8],
        "accuracy": [0.3, 0.5, 0.6, 0.7],
        "val_loss": [1.9, 1.3, 1.1, 1.2],
        "val_accuracy": [0.3, 0.5, 0.62, 0.6],
        "learning_rate": [0.001, 0.001, 0.0005, 0.0001],
        "seconds": [3.1, 3.0, 3.0, 3.0],
    }
    write_history(folder / "history.csv", history)
    pictures = np.random.default_rng(0).integers(256, size=(300, 8, 8, 1), dtype="uint8")
    save_figures(folder, [figures.mistakes_sheet(pictures, evaluation["mistakes"], NAMES, most=4)])
    return folder


@pytest.fixture
def sweep_folder(tmp_path, finished_sweep):
    """A sweep to be changed freely."""
    return shutil.copytree(finished_sweep, tmp_path / "sweep")


@pytest.fixture(scope="session")
def finished_sweep(tmp_path_factory):
    """Three optimizers by three seeds, of which one failed and one has not ended."""
    folder = tmp_path_factory.mktemp("finished") / "sweep"
    runs = []
    levels = {"sgd": 0.7, "adam": 0.9, EVIL: 0.8}
    for place, (optimizer, level) in enumerate(levels.items()):
        for seed in range(3):
            run = folder / f"{place}-{seed}"
            run.mkdir(parents=True)
            epochs = 4 if (place, seed) == (1, 2) else 6
            gains = np.linspace(0.3, 0, 6)[:epochs]
            history = {
                "epoch": range(1, epochs + 1),
                "loss": 1 + gains + 0.02 * seed - level,
                "val_accuracy": level - gains + 0.02 * seed,
            }
            write_history(run / "history.csv", history)
            state = {(0, 2): "failed", (2, 2): "pending"}.get((place, seed), "done")
            runs.append(
                {
                    "folder": run.name,
                    "options": {"optimizer": optimizer},
                    "seed": seed,
                    "state": state,
                    "metrics": {"accuracy": level + 0.02 * seed} if state == "done" else {},
                    "error": f"The loss became NaN {EVIL}" if state == "failed" else None,
                }
            )
    sweep = {
        "app": "training_lab",
        "over": {"optimizer": list(levels)},
        "seeds": [0, 1, 2],
        "command": "kerasuite sweep training_lab --over optimizer=sgd,adam --seeds 0,1,2",
        "created": "2025-11-20T14:03:11+00:00",
        "metric": "accuracy",
        "runs": runs,
    }
    write(folder / "sweep.json", sweep)
    return folder
