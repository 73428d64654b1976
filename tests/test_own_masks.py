"""A user's own pictures with masks: trained on, asked, saved; and what cannot work."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from kerasuite.app import find
from kerasuite.apps.segmentation.config import SegmentationConfig
from kerasuite.cli import main

SMALL = [
    "--depth", "2", "--width", "8", "--image-size", "32", "--batch-size", "4", "--no-tensorboard",
]  # fmt: skip


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def discs(tmp_path):
    """Bright discs on a dark ground, in pictures of many sizes."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "discs"
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for i in range(40):
        height, width = rng.integers(40, 70, 2)
        y, x = np.mgrid[:height, :width]
        centre = rng.integers(15, 25, 2)
        mask = np.hypot(y - centre[0], x - centre[1]) < rng.integers(8, 14)
        picture = rng.integers(0, 80, (height, width, 3), "uint8")
        picture[mask] += 120
        Image.fromarray(picture).save(folder / "images" / f"{i}.png")
        Image.fromarray(255 * mask.astype("uint8")).save(folder / "masks" / f"{i}.png")
    return folder


def test_masks_are_learned_and_saved(discs, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["--data", str(discs), "--epochs", "6", "--learning-rate", "1e-2", *SMALL]
    assert main(["train", "segmentation", "--folder", str(run), *words]) == 0
    headline = json.loads((run / "metrics.json").read_text())["headline"]
    assert headline["foreground_iou"] > 0.7
    report = (run / "report.html").read_text()
    assert "Worst test pictures" in report and "IoU by class" in report and "Pixels" in report
    capsys.readouterr()

    image, out = discs / "images" / "3.png", tmp_path / "out"
    assert main(["predict", "segmentation", str(image), "--save", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    saved = np.asarray(Image.open(out / "3_mask.png"))
    truth = np.asarray(Image.open(discs / "masks" / "3.png")) > 0
    assert saved.shape == truth.shape
    assert (saved & truth).sum() / (saved | truth).sum() > 0.6
    sent = Image.open(io.BytesIO(base64.b64decode(answer["mask_bytes"]["b64"])))
    np.testing.assert_array_equal(np.asarray(sent), saved)
    assert answer["classes"] == ["background", "foreground"]
    assert answer["areas"][1] == pytest.approx(saved.mean(), abs=0.03)

    grey = tmp_path / "grey.jpg"
    Image.open(image).convert("L").resize((130, 47)).save(grey)
    words = ["--signature", "overlay", "--save", str(out)]
    assert main(["predict", "segmentation", str(grey), *words]) == 0
    assert Image.open(out / "grey_overlay.png").size == (130, 47)
    capsys.readouterr()
    assert main(["predict", "segmentation", str(image)]) == 0
    table = " ".join(capsys.readouterr().out.split())
    assert "background" in table and "foreground" in table and "%" in table


def test_a_resumed_run_sees_what_an_uninterrupted_one_sees(discs):
    """Order and changes of the pictures follow from the epoch and the step."""
    app = find("segmentation").load()(SegmentationConfig(str(discs), image_size=16, batch_size=8))
    splits = app.data()

    def batches(first_epoch, count):
        return list(app.training_batches(splits, first_epoch).take(count).as_numpy_iterator())

    steps = splits.train.steps_per_epoch(8)
    whole, rest = batches(0, 2 * steps), batches(1, steps)
    for (pictures, masks), (same, same_masks) in zip(whole[steps:], rest, strict=True):
        np.testing.assert_array_equal(pictures, same)
        np.testing.assert_array_equal(masks, same_masks)
    assert not np.array_equal(whole[0][0], rest[0][0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "./nowhere"], "nowhere is not a folder"),
        (["--data", "moby_dick"], "expected scenes"),
        (["--model", "small_cnn"], "--model must be a model that segments"),
        (["--image-size", "4"], "--image-size must be from 16 to 1024"),
        (["--depth", "0"], "--depth must be from 1 to 8"),
        (["--dice", "-1"], "--dice must be 0 or more"),
    ],
)
def test_wrong_options(words, said, capsys):
    assert main(["train", "segmentation", *words]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert said in err and "Traceback" not in err


def test_masks_that_do_not_fit_their_pictures(discs, capsys, home):
    Image.new("L", (9, 9)).save(discs / "masks" / "7.png")
    assert main(["train", "segmentation", "--data", str(discs), *SMALL]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "7.png must be as large as its picture" in err and "Received: 9x9" in err
    assert not list((home / "runs" / "segmentation").iterdir())
