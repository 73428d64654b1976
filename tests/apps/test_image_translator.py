"""image_translator: what only this app does; its way from data to SavedModel is in test_apps."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.apps.image_translator.app import difference, made_of, recoloured
from kerasuite.apps.image_translator.config import ImageTranslatorConfig
from kerasuite.apps.image_translator.nets import build
from kerasuite.apps.image_translator.serving import signatures
from kerasuite.cli import main
from kerasuite.data.pictures import png_bytes
from kerasuite.data.splits import Info
from kerasuite.errors import InputError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """CycleGAN on dark and light pictures that do not belong together."""
    root, home = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(0)
    for side, level in (("A", 50), ("B", 200)):
        (root / side).mkdir()
        for i in range(16):
            picture = np.clip(rng.normal(level, 25, (16, 16, 3)), 0, 255).astype("uint8")
            Image.fromarray(picture).save(root / side / f"{side}{i}.png")
    patch = pytest.MonkeyPatch()
    patch.setenv("KERASUITE_HOME", str(home))
    words = [
        "--preset", "smoke", "--method", "cyclegan", "--data", str(root), "--epochs", "1",
        "--width", "4", "--blocks", "1", "--patch", "1", "--batch-size", "4",
        "--folder", str(home / "run"),
    ]  # fmt: skip
    assert main(["train", "image_translator", *words]) == 0
    yield home / "run"
    patch.undo()


def test_pictures_of_any_size_keep_it():
    config = ImageTranslatorConfig(
        method="cyclegan", image_size=16, width=4, blocks=1, patch=1, pool=0
    )
    model = build(config, (16, 16, 3), 3)
    picture = np.random.default_rng(0).integers(0, 255, (16, 16, 3)).astype("uint8")
    wide = np.full((20, 30, 3), 60, "uint8")
    for name, signature in signatures(model, Info("own")).items():
        files = signature.function(tf.constant([png_bytes(picture), png_bytes(wide)]))
        made = [np.array(Image.open(io.BytesIO(f))) for f in files["image_bytes"].numpy()]
        assert [m.shape for m in made] == [(16, 16, 3), (20, 30, 3)]
        net = {"serving_default": model.generator, "back": model.back}[name]
        np.testing.assert_array_equal(made[0], made_of(net, picture[None])[0])


@pytest.mark.slow
def test_both_directions_are_served_by_one_export(run, tmp_path, capsys):
    Image.fromarray(np.full((20, 30, 3), 60, "uint8")).save(tmp_path / "own.jpg")
    for signature in ("serving_default", "back"):
        words = ["--signature", signature, "--save", str(tmp_path / signature), "--json"]
        assert main(["predict", "image_translator", str(tmp_path / "own.jpg"), *words]) == 0
        assert Image.open(tmp_path / signature / "own_image.png").size == (30, 20)


@pytest.mark.slow
def test_without_pairs_there_is_no_true_error(run):
    metrics = json.loads((run / "metrics.json").read_text())
    assert "l1" not in metrics["headline"] and "frechet_distance" in metrics["headline"]
    assert (run / "figures" / "translated.png").exists()


def test_recoloured_pictures_have_the_other_kinds_colours():
    rng = np.random.default_rng(0)
    first = rng.normal(60, 10, (8, 16, 16, 3)).astype("uint8")
    second = rng.normal(150, 20, (8, 16, 16, 3)).astype("uint8")
    moved = recoloured(first, first, second).astype(float)
    assert moved.mean() == pytest.approx(second.mean(), abs=1)
    assert moved.std() == pytest.approx(second.std(), rel=0.05)
    assert difference(first, first) == 0
    assert difference(np.zeros((1, 2, 2, 3), "uint8"), np.full((1, 2, 2, 3), 255, "uint8")) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 40}, "--image-size must be a multiple of 16"),
        ({"l1": 0.0, "adversarial": 0.0}, "--l1"),
        ({"method": "cyclegan", "pool": 4}, "--pool must be 0, or at least --batch-size"),
        ({"cycle": -1.0}, "--cycle"),
        ({"width": 0}, "--width"),
    ],
)
def test_options_that_cannot_work(options, words):
    with pytest.raises(InputError, match=f"{words}.*Received"):
        ImageTranslatorConfig(**options).check()
