"""`kerasuite predict` with the model that ships: any picture is answered or refused by name."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasuite.cli import main
from kerasuite.data.embedded_sets import picture_arrays

EXAMPLES = Path(__file__).parents[1] / "apps" / "image_classifier" / "examples"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """No exports of one's own: the model that came with the package answers."""
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))


@pytest.fixture
def boot():
    return Image.open(EXAMPLES / "ankle_boot.png")


def predict(capsys, *words):
    code = main(["predict", "image_classifier", "--json", *map(str, words)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, [json.loads(line) for line in out.splitlines()], " ".join(err.split())


def test_a_table_for_people(capsys):
    assert main(["predict", "image_classifier", str(EXAMPLES / "ankle_boot.png")]) == 0
    assert "Ankle boot" in capsys.readouterr().out


def test_a_folder_as_json(capsys):
    code, answers, _ = predict(capsys, EXAMPLES, "--batch-size", 2)
    assert code == 0
    best = {Path(a["input"]).stem: a["classes"][0] for a in answers}
    assert best == {"ankle_boot": "Ankle boot", "bag": "Bag", "trouser": "Trouser"}
    for answer in answers:
        assert len(answer["scores"]) == 10
        assert sum(answer["scores"]) == pytest.approx(1, abs=1e-4)
        assert answer["scores"] == sorted(answer["scores"], reverse=True)


def test_standard_input(capsys, monkeypatch):
    data = (EXAMPLES / "bag.png").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, answers, _ = predict(capsys, "-")
    assert (code, answers[0]["classes"][0]) == (0, "Bag")


def test_held_out_accuracy_of_the_shipped_model():
    from kerasuite.export.predictor import Predictor
    from kerasuite.export.versions import locate

    parts, names = picture_arrays("fashion_mnist_6k")
    images, labels = parts["test"]
    # In a clone, `make demo` puts its version 2 beside the one that ships.
    predictor = Predictor(locate("image_classifier", 1), "tensor")
    best = predictor.ask(images.astype("float32"))["classes"][:, 0]
    accuracy = np.mean(best == np.array(names, dtype="S")[labels])
    assert accuracy > 0.91


def unusual(boot, path, kind):
    """The boot in a form that not every reader expects."""
    wide = boot.convert("RGB").resize((130, 90))
    if kind == "animated.gif":
        frames = [wide.convert("P"), Image.new("RGB", wide.size).convert("P")]
        frames[0].save(path, save_all=True, append_images=frames[1:])
    elif kind == "sixteen_bit.png":
        Image.fromarray(np.asarray(boot).astype("uint16") * 257).save(path)
    elif kind == "cmyk.jpg":
        wide.convert("CMYK").save(path)
    elif kind == "palette.png":
        wide.convert("P").save(path)
    elif kind == "alpha.png":
        wide.convert("RGBA").save(path)
    elif kind == "bitmap.bmp":
        wide.save(path)
    else:
        boot.resize((2000, 1500)).save(path)


@pytest.mark.parametrize(
    "kind",
    ["animated.gif", "sixteen_bit.png", "cmyk.jpg", "palette.png", "alpha.png", "bitmap.bmp",
     "large.jpg"],
)  # fmt: skip
def test_unusual_pictures_are_answered(kind, boot, tmp_path, capsys):
    unusual(boot, tmp_path / kind, kind)
    code, answers, err = predict(capsys, tmp_path / kind)
    assert code == 0, err
    assert answers[0]["classes"][0] in ("Ankle boot", "Sneaker", "Sandal")


BAD = {
    "text.png": b"this is not a picture",
    "empty.png": b"",
    "truncated.png": (EXAMPLES / "ankle_boot.png").read_bytes()[:200],
    "header.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_by_name_and_the_others_answered(name, tmp_path, capsys):
    (tmp_path / "a_bag.png").write_bytes((EXAMPLES / "bag.png").read_bytes())
    (tmp_path / name).write_bytes(BAD[name])
    (tmp_path / "z_boot.png").write_bytes((EXAMPLES / "ankle_boot.png").read_bytes())
    code, answers, err = predict(capsys, tmp_path)
    assert code == 2
    assert f"{name} was refused" in err
    assert [a["classes"][0] for a in answers] == ["Bag", "Ankle boot"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["nowhere.png"], "no file nowhere.png"),
        (["--version", "99", "x.png"], "no version 99"),
        (["--signature", "classify", "x.png"], "it has: serving_default, tensor"),
        (["--signature", "tensor", "x.png"], "no form on a command line"),
    ],
)
def test_wrong_requests(words, hint, capsys):
    code, answers, err = predict(capsys, *words)
    assert (code, answers) == (2, [])
    assert hint in err


def test_an_empty_folder_is_named(tmp_path, capsys):
    code, _, err = predict(capsys, tmp_path)
    assert code == 2
    assert "holds no picture" in err


def test_a_damaged_model_is_named(tmp_path, capsys):
    (tmp_path / "signature.json").write_text('{"signatures": {"serving_default": {"inputs": {')
    code, _, err = predict(capsys, "--model", tmp_path, EXAMPLES)
    assert code == 2
    assert "signature.json is damaged" in err
