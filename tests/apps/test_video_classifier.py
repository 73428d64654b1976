"""video_classifier: motion is learned, own GIFs are, and nothing that is sent breaks the model."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.app import find
from kerasuite.cli import main
from kerasuite.data.clips import Clips, gif_bytes
from kerasuite.data.splits import Info, Splits
from kerasuite.options import app_options, study_words
from kerasuite.sweep import SweepOptions

ENTRY = find("video_classifier")


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def bars(rng, count, frames=6, size=16):
    """A bar that moves to the left (0) or to the right (1), and enters again on the other side."""
    labels = np.arange(count, dtype="int32") % 2
    clips = np.full((count, frames, size, size, 1), 40, "uint8")
    for clip, label in zip(clips, labels, strict=True):
        at = rng.integers(size)
        for t, frame in enumerate(clip):
            frame[:, (at + (2 * label - 1) * 2 * t + np.arange(3)) % size] = 220
    return Clips(labels, clips)


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), **options)
    config.check()
    return ENTRY.load()(config)


def test_directions_are_learned_and_turn_round_when_played_backwards():
    rng = np.random.default_rng(0)
    info = Info("bars", (6, 16, 16, 1), ("left", "right"), mean=(70.0,), std=(70.0,))
    splits = Splits(bars(rng, 256), bars(rng, 64), bars(rng, 64), info)
    tf.keras.utils.set_random_seed(0)
    one = app(epochs=10, learning_rate=1e-2)
    model = one.build(info)
    one.fit(model, splits, [])
    orders = one.evaluate(model, splits)["evaluation"]["orders"]
    assert orders["natural"] > 0.95
    assert orders["backwards"] < 0.05
    assert orders["still"] < 0.7


def test_own_clips_from_training_to_answer(home, tmp_path, capsys):
    rng = np.random.default_rng(0)
    clips = bars(rng, 40, frames=9)
    for i, (clip, label) in enumerate(zip(clips.images, clips.labels, strict=True)):
        folder = tmp_path / "own" / ("to the left", "to the right")[label]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.gif").write_bytes(gif_bytes(clip))
    (folder / "cut.gif").write_bytes(b"GIF89a")
    words = ["--preset", "smoke", "--data", str(tmp_path / "own"), "--epochs", "2"]
    run = tmp_path / "run"
    assert main(["train", "video_classifier", *words, "--folder", str(run)]) == 0
    assert "cut.gif" in capsys.readouterr().out
    report = (run / "report.html").read_text()
    assert "cut.gif" in report and "data:image/gif" in report
    # A still picture is answered; a broken file is refused, and the others are answered.
    Image.new("L", (9, 9)).save(tmp_path / "still.png")
    (tmp_path / "broken.gif").write_bytes(b"GIF89a")
    asked = [str(tmp_path / n) for n in ("still.png", "broken.gif", "own/to the left/0.gif")]
    assert main(["predict", "video_classifier", *asked, "--json"]) == 2
    said = capsys.readouterr()
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert len(answers) == 2 and set(answers[0]["classes"]) == {"to the left", "to the right"}
    assert "broken.gif was refused: not a moving picture" in " ".join(said.err.split())


def test_colours_and_orders(home):
    one = app(colour=True, order="shuffled", limit=16)
    splits = one.data()
    assert splits.info.shape == (8, 16, 16, 3)
    model = one.build(splits.info)
    assert "orders" not in one.evaluate(model, splits)["evaluation"]
    check = one.checks(model, splits)["serving_default"]
    answer = one.signatures(model, splits.info)["serving_default"].function(
        tf.constant(check.inputs["clip_bytes"].tolist())
    )
    np.testing.assert_allclose(answer["scores"], check.answers["scores"], atol=1e-5)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--model", "lenet5"], "--model must be a model that classifies clips"),
        (["--model", "c3d", "--width", "8"], "--width must be left out for models other than"),
        (["--model", "c3d_small", "--frames", "1"], "--frames must be from 2 to 256"),
        (["--data", "mnist"], "no data set of clips called 'mnist'"),
    ],
)
def test_wrong_options(words, hint, home, capsys):
    assert main(["train", "video_classifier", *words]) == 2
    assert hint in " ".join(capsys.readouterr().err.split())


def test_the_study_is_a_valid_sweep():
    study = ENTRY.study("motion")
    options, config = app_options(ENTRY, study_words(study), SweepOptions, "sweep")
    config.check()
    assert options.over == study.over
