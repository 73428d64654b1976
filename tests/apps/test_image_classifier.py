"""Tags, learned weights and options of image_classifier, from the command line to the answer."""

import csv
import json

import keras
import numpy as np
import pytest

from kerasuite import run_folder
from kerasuite.app import find
from kerasuite.apps.image_classifier import transfer
from kerasuite.apps.image_classifier.config import ImageClassifierConfig
from kerasuite.cli import main
from kerasuite.export.versions import locate
from tests.clean_process import ask_in_a_clean_process

COMMON = ["--no-tensorboard", "--batch-size", "16"]
TAGS = ["--preset", "tags", "--model", "lenet5", "--image-size", "16", "--limit", "200", *COMMON]
EMOJI = ["--data", "noto_emoji", "--image-size", "16", "--limit", "120", "--augment", *COMMON]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def train(folder, *words):
    return main(["train", "image_classifier", *words, "--folder", str(folder)])


def refused(capsys, *words):
    assert main(["train", "image_classifier", *words]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in err
    return err


def rows(folder):
    with (folder / "history.csv").open() as f:
        return list(csv.DictReader(f))


def test_tags_are_learned_exported_and_answered(tmp_path, capsys):
    run = tmp_path / "run"
    extra = ["--epochs", "3", "--mixup", "0.2", "--label-smoothing", "0.01", "--test-time", "shift"]
    assert train(run, *TAGS, *extra) == 0
    history = rows(run)
    assert float(history[-1]["loss"]) < float(history[0]["loss"])
    metrics = json.loads((run / "metrics.json").read_text())
    evaluation = metrics["evaluation"]
    assert evaluation["mean_average_precision"] > evaluation["chance_mean_average_precision"]
    assert {f.stem for f in (run / "figures").iterdir()} >= {"per_class", "tags", "filters"}
    # The thresholds of the best epoch are in the model, and those alone are used.
    model = run_folder.load_model(run)
    kept = keras.ops.convert_to_numpy(model.get_layer("thresholds").thresholds)
    assert kept == pytest.approx([row["threshold"] for row in evaluation["per_class"]])
    assert (kept > 0).all() and not np.isclose(kept, 0.5).all()

    app = run_folder.load_app(run)
    splits = app.data(run_folder.load_info(run))
    check = app.checks(model, splits)["serving_default"]
    path = locate("image_classifier")
    answer = ask_in_a_clean_process(path, "serving_default", check.inputs)
    assert (np.diff(answer["scores"], axis=1) <= 0).all()
    place = {name: i for i, name in enumerate(splits.info.class_names)}
    limits = kept[[[place[t.decode()] for t in row] for row in answer["tags"]]]
    np.testing.assert_array_equal(answer["applies"], answer["scores"] >= limits)

    picture = tmp_path / "picture.png"
    picture.write_bytes(check.inputs["image_bytes"][0])
    capsys.readouterr()
    assert main(["predict", "image_classifier", str(picture), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["tags"]) == len(said["applies"]) == len(place)
    assert main(["predict", "image_classifier", str(picture)]) == 0
    assert main(["evaluate", str(run), "--data", "noto_emoji"]) == 2
    assert "the tags" in " ".join(capsys.readouterr().err.split())


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A short run whose weights others begin with."""
    folder = tmp_path_factory.mktemp("earlier") / "run"
    assert train(folder, *EMOJI, "--epochs", "1", "--no-publish") == 0
    return folder


def test_fine_tuning_of_an_earlier_run(earlier, tmp_path):
    second = tmp_path / "second"
    options = [
        *("--pretrained", str(earlier), "--epochs", "2", "--frozen-epochs", "1"),
        *("--fine-tune-rate", "1e-3", "--keep", "last", "--no-publish"),
    ]
    assert train(second, *TAGS, "--model", "small_cnn", *options) == 0
    source = run_folder.load_model(earlier).get_layer("small_cnn")
    tuned = run_folder.load_model(second)
    net = tuned.get_layer("small_cnn")
    norm, conv = "stage1_1_norm", "stage1_1_conv"
    # Batch norm keeps its statistics; the kernels moved, but not far.
    for kind in ("moving_mean", "moving_variance"):
        a, b = (keras.ops.convert_to_numpy(getattr(n.get_layer(norm), kind)) for n in (source, net))
        np.testing.assert_array_equal(a, b)
    a, b = (keras.ops.convert_to_numpy(n.get_layer(conv).kernel) for n in (source, net))
    assert 0 < np.abs(a - b).max() < 0.1
    assert [float(r["learning_rate"]) for r in rows(second)] == pytest.approx([2e-3, 1e-3])


def test_imagenet_weights_take_grey_pictures_as_colour(imagenet_weights):
    options = {"model": "mobilenet_v2", "pretrained": "imagenet", "image_size": 32, "limit": 20}
    app = find("image_classifier").load()(ImageClassifierConfig(**options))
    splits = app.data()
    assert splits.info.name == "fashion_mnist_6k" and splits.info.shape == (32, 32, 3)
    model = app.build(splits.info)
    kernel = imagenet_weights("mobilenet_v2")["conv_stem.weight"].transpose(2, 3, 1, 0)
    net = model.get_layer("mobilenet_v2")
    np.testing.assert_array_equal(net.get_layer("conv1_conv").kernel, kernel)
    mean = np.ravel(model.get_layer("normalize").mean)
    np.testing.assert_allclose(mean, (123.675, 116.28, 103.53), rtol=1e-6)
    assert model.output_shape == (None, 10)


def test_what_is_frozen_follows_from_the_epoch():
    net = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4) for _ in range(4))])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1, name="head")(net(inputs)))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    slots = len(model.optimizer.variables)
    x, y = np.ones((8, 4), "float32"), np.zeros((8, 1), "float32")

    def moved(first, last):
        stages = transfer.Stages(net, frozen_epochs=2, share=0.5)
        before = [w.numpy() for w in model.trainable_variables + model.non_trainable_variables]
        paths = [w.path for w in model.trainable_variables + model.non_trainable_variables]
        model.fit(x, y, initial_epoch=first, epochs=last, callbacks=[stages], verbose=0)
        after = {w.path: w.numpy() for w in model.variables}
        changed = [p for p, b in zip(paths, before, strict=True) if not np.array_equal(after[p], b)]
        return {p.split("/")[-2] for p in changed}

    assert moved(0, 2) == {"head"}
    upper = {layer.name for layer in net.layers[2:]}
    assert moved(2, 3) == {"head"} | upper
    assert moved(0, 1) == {"head"}
    assert len(model.optimizer.variables) == slots


def test_a_run_stopped_in_the_second_stage_ends_as_one_left_alone(earlier, tmp_path, monkeypatch):
    options = [
        *(*EMOJI, "--augment", "shift", "--dropout", "0.2", "--no-publish"),
        *("--pretrained", str(earlier), "--epochs", "3", "--frozen-epochs", "1"),
    ]
    alone, halted = tmp_path / "alone", tmp_path / "halted"
    assert train(alone, *options) == 0
    with monkeypatch.context() as m:
        m.setattr(transfer, "Stages", HaltingStages)
        assert train(halted, *options) == 1
    assert len(rows(halted)) == 2
    assert main(["train", "--resume", str(halted)]) == 0
    for a, b in zip(rows(alone), rows(halted), strict=True):
        for name in ("loss", "val_loss", "learning_rate"):
            assert float(a[name]) == pytest.approx(float(b[name]), abs=1e-5)
    weights = [run_folder.load_model(f).get_weights() for f in (alone, halted)]
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


class HaltingStages(transfer.Stages):
    """Stops a run before its third epoch, as someone would by hand."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
        super().on_epoch_begin(epoch, logs)


def test_pooling_is_an_option(tmp_path):
    run = tmp_path / "run"
    words = ["--preset", "smoke", "--model", "zeiler_cnn", "--pooling", "stochastic", "--epochs"]
    assert train(run, *words, "1", "--limit", "64", *COMMON, "--no-publish") == 0
    net = run_folder.load_model(run).get_layer("zeiler_cnn")
    assert type(net.get_layer("pool1")).__name__ == "StochasticPooling2D"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "mlp", "--pooling", "max"], "--pooling must be left out with mlp"),
        (["--model", "lenet5", "--pooling", "stochastic"], "needs an activation of at least 0"),
        (["--pretrained", "imagenet", "--model", "small_cnn"], "imagenet with --model eff"),
        (["--pretrained", "nowhere"], "a run's folder, or its model.keras. Received: nowhere"),
        (["--pretrained", "imagenet", "--frozen-epochs", "90"], "--frozen-epochs must be at most"),
        (["--pretrained", "imagenet", "--warmup", "1"], "--warmup must be 0 with --pretrained"),
        (["--fine-tune-share", "0"], "--fine-tune-share must be above 0"),
        (["--tags", "keywords"], "--tags must be given with --data"),
        (
            ["--data", "emoji_tags", "--model", "lenet5_1998"],
            "--model must be another net for tags",
        ),
    ],
)
def test_options_that_cannot_work(words, said, capsys):
    assert said in refused(capsys, "--preset", "smoke", "--frozen-epochs", "1", *words)


def test_weights_that_do_not_fit_are_refused(tmp_path, capsys):
    grey = tmp_path / "grey"
    words = ["--preset", "smoke", "--limit", "64", "--epochs", "1", "--no-publish", *COMMON]
    assert train(grey, *words) == 0
    said = refused(capsys, *EMOJI, "--model", "lenet5", "--pretrained", str(grey))
    assert "take pictures of 1 channels. Received: pictures of 3" in said
    said = refused(capsys, *EMOJI, "--model", "small_cnn", "--pretrained", str(grey))
    assert "must be a run of image_classifier with --model small_cnn. Received" in said
    (grey / "model.keras").write_bytes(b"PK\x03\x04 no archive")
    said = refused(capsys, *EMOJI, "--model", "lenet5", "--pretrained", str(grey / "model.keras"))
    assert "model.keras is damaged" in said
