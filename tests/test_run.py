"""Options of a run, and what one does with it afterwards."""

import csv
import json

import pytest

from kerasuite.cli import main

QUICK = ["--preset", "smoke", "--limit", "60", "--batch-size", "20", "--epochs", "1"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def train(home, *words):
    assert main(["train", "image_classifier", *QUICK, *words, "--folder", str(home / "run")]) == 0
    return json.loads((home / "run" / "metrics.json").read_text())


def history(home):
    with (home / "run" / "history.csv").open(newline="") as f:
        return list(csv.DictReader(f))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_learns_and_exports(home, precision):
    import keras

    from kerasuite import run_folder

    metrics = train(home, "--precision", precision, "--model", "small_cnn")
    assert metrics["export"]["parity_max_difference"] < 0.02
    model = run_folder.load_model(home / "run")
    assert model.dtype_policy.name == precision
    assert all(v.dtype == "float32" for v in model.trainable_variables)
    assert model.output.dtype == "float32"
    keras.config.set_dtype_policy("float32")


def test_xla(home):
    assert train(home, "--jit")["headline"]["loss"] < 3


def test_patience_stops_early_and_keeps_the_best_epoch(home):
    train(home, "--epochs", "30", "--patience", "2", "--learning-rate", "0.05", "--no-publish")
    figures = [float(row["val_accuracy"]) for row in history(home)]
    best = figures.index(max(figures))
    assert len(figures) == best + 3 < 30

    from kerasuite import run_folder

    app = run_folder.load_app(home / "run")
    splits = app.data()
    model = run_folder.load_model(home / "run")
    _, accuracy = model.evaluate(splits.validation.batches(20), verbose=0)
    assert accuracy == pytest.approx(max(figures), abs=1e-5)


def test_the_same_command_gives_the_same_figures(home):
    first = train(home, "--no-publish")
    (home / "run").rename(home / "first")
    assert train(home, "--no-publish")["headline"] == first["headline"]
    assert train_with_seed(home, 1)["headline"] != first["headline"]


def train_with_seed(home, seed):
    (home / "run").rename(home / f"before{seed}")
    return train(home, "--no-publish", "--seed", str(seed))


def test_every_record_is_there(home):
    metrics = train(home)
    folder = home / "run"
    config = json.loads((folder / "config.json").read_text())
    assert config["command"].startswith("kerasuite train image_classifier --preset smoke")
    assert config["options"]["limit"] == 60
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["packages"]["keras"] and environment["cores"] > 0
    assert list((folder / "tensorboard").rglob("events.*"))
    assert metrics["model"] == {"name": "lenet5", "parameters": 61_706, "trainable": 61_706}
    for name in ("report.html", "checkpoints/last.npz", "checkpoints/best.npz"):
        assert (folder / name).exists()


def test_a_run_can_be_evaluated_exported_and_reported_again(home, capsys):
    metrics = train(home)
    capsys.readouterr()
    assert main(["evaluate", str(home / "run"), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["headline"] == pytest.approx(metrics["headline"], abs=1e-5)

    assert main(["export", str(home / "run")]) == 0
    assert (home / "saved_models" / "image_classifier" / "2" / "signature.json").exists()

    (home / "run" / "report.html").unlink()
    assert main(["report", str(home / "run")]) == 0
    assert (home / "run" / "report.html").exists()


def test_a_folder_that_holds_a_run_is_refused(home, capsys):
    train(home, "--no-publish")
    assert main(["train", "image_classifier", *QUICK, "--folder", str(home / "run")]) == 2
    assert "holds a run already" in " ".join(capsys.readouterr().err.split())


def test_a_run_that_diverges_says_so(home, capsys):
    words = ["--epochs", "3", "--model", "mlp", "--learning-rate", "1e30"]
    code = main(["train", "image_classifier", *QUICK, *words, "--folder", str(home / "run")])
    assert code == 1
    assert "smaller --learning-rate" in " ".join(capsys.readouterr().err.split())
