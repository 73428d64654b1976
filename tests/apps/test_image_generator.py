"""image_generator: what only this app does; its way from data to SavedModel is in test_apps."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.apps.image_generator.app import ImageGenerator
from kerasuite.apps.image_generator.config import ImageGeneratorConfig
from kerasuite.apps.image_generator.nets import build_gan, critic_steps
from kerasuite.apps.image_generator.sampling import between, noise
from kerasuite.apps.image_generator.serving import checks, seeded_noise, signatures
from kerasuite.cli import main
from kerasuite.data.gaussians import load_gaussians
from kerasuite.errors import InputError
from kerasuite.export.publish import publish


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Light and dark pictures, in a folder each."""
    root, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for name, level in (("dark", 40), ("light", 210)):
        (root / name).mkdir()
        for i in range(24):
            picture = np.clip(rng.normal(level, 20, (8, 8)), 0, 255).astype("uint8")
            Image.fromarray(picture).save(root / name / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv("KERASUITE_HOME", str(home))
    words = [
        "--preset", "smoke", "--data", str(folder), "--image-size", "8", "--method", "wgan_gp",
        "--n-critic", "2", "--epochs", "2", "--batch-size", "8", "--samples", "20",
        "--learning-rate", "0.01", "--judge-epochs", "8", "--folder", str(home / "run"),
    ]  # fmt: skip
    assert main(["train", "image_generator", *words]) == 0
    yield home / "run"
    patch.undo()


def ask(capsys, *words):
    capsys.readouterr()
    code = main(["predict", "image_generator", *words, "--json"])
    printed = capsys.readouterr()
    return code, [json.loads(line) for line in printed.out.splitlines()], printed.err


def test_a_seed_always_gives_the_same_picture(run, capsys, tmp_path):
    code, answers, _ = ask(
        capsys,
        '{"seed": 7, "label": "dark"}',
        '{"seed": 7, "label": "dark"}',
        '{"seed": 9007199254740993, "label": "light"}',
        "--save",
        str(tmp_path),
    )
    assert code == 0
    first, again, other = (a["image_bytes"] for a in answers)
    assert first == again != other
    saved = sorted(tmp_path.iterdir())
    assert len(saved) == 3 and Image.open(saved[0]).size == (8, 8)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"seed": 1.5, "label": "dark"}', "must hold a whole number"),
        ('{"seed": 1}', "lacks the columns label"),
    ],
)
def test_bad_questions_are_refused(run, capsys, row, words):
    assert main(["predict", "image_generator", row]) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_an_unknown_label_is_refused_alone(run, capsys):
    rows = [f'{{"seed": 1, "label": "{label}"}}' for label in ("grey", "dark")]
    code, (good,), error = ask(capsys, *rows)
    assert code == 2 and good["input"] == rows[1]
    assert "label must be one of" in error and "grey" in error


def test_noise_of_the_wrong_length_is_refused(run):
    from kerasuite.export.versions import locate

    latent = tf.saved_model.load(str(locate("image_generator"))).signatures["latent"]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"1,15.*not compatible.*16"):
        latent(latents=tf.zeros((1, 15)), label=tf.constant(["dark"]))


def test_noise_is_given_as_a_row_of_numbers(tmp_path, capsys):
    """Of a generator without classes: on the command line and to the SavedModel itself."""
    config = ImageGeneratorConfig(latent=3, width=4, data="ring")
    gan, info = build_gan(config, (2,), 0), load_gaussians("ring", 100, 0).info
    parts = signatures(gan, info, False), checks(gan, info, False)
    path = publish("image_generator", tmp_path, *parts, {}).path
    asked = ["--model", str(path), "--signature", "latent"]
    code, (answer,), _ = ask(capsys, "0.5,-1,2", *asked)
    assert code == 0
    wanted = gan.predict(np.array([[0.5, -1, 2]], "float32"), verbose=0)[0]
    np.testing.assert_allclose(answer["points"], wanted, atol=1e-4)
    for row in ("0.5,-1", "0.5,-1,2,3", "0.5,-1,big"):
        code, answers, error = ask(capsys, row, *asked)
        assert code == 2 and not answers
        assert f"expected 3 numbers separated by commas. Received: {row}" in " ".join(error.split())
    (tmp_path / "noise.csv").write_text("0,0,0\n1,2\n")
    code, _, error = ask(capsys, str(tmp_path / "noise.csv"), *asked)
    assert code == 2 and "line 2: expected 3 numbers" in " ".join(error.split())


def test_report_and_record(run):
    metrics = json.loads((run / "metrics.json").read_text())
    assert {"frechet_distance", "precision", "recall", "class_accuracy"} <= metrics[
        "headline"
    ].keys()
    assert metrics["evaluation"]["judge_accuracy"] > 0.8
    assert len(list((run / "samples").glob("*.png"))) == 2
    names = {path.name for path in (run / "figures").iterdir()}
    assert {"generated.png", "between.png", "learning.gif"} <= names


def test_own_pictures_without_classes(folder):
    app = ImageGenerator(ImageGeneratorConfig(data=str(folder / "dark"), image_size=8))
    splits = app.data()
    assert splits.info.class_names == ("pictures",) and splits.info.shape == (8, 8, 1)
    assert sum(splits.sizes().values()) == 24
    with pytest.raises(InputError, match="a folder per class"):
        ImageGenerator(
            ImageGeneratorConfig(data=str(folder / "dark"), image_size=8, conditional=True)
        ).data()


def test_too_few_pictures_are_refused(folder, tmp_path):
    for i in range(9):
        (tmp_path / f"{i}.png").write_bytes((folder / "dark" / f"{i}.png").read_bytes())
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"at least 10 that can be read. Received: 9"):
        ImageGenerator(ImageGeneratorConfig(data=str(tmp_path), image_size=8)).data()


@pytest.mark.parametrize("method", ["gan", "wgan", "wgan_gp", "consensus"])
def test_every_method_brings_its_own(method):
    config = ImageGeneratorConfig(method=method, width=4, latent=4, data="ring")
    gan = build_gan(config, (2,), 0)
    assert gan.n_critic == critic_steps(config) == (5 if method.startswith("wgan") else 1)
    assert (gan.clip > 0, gan.penalty_weight > 0, gan.consensus > 0) == tuple(
        method == m for m in ("wgan", "wgan_gp", "consensus")
    )
    assert gan.loss_name == ("wasserstein" if method.startswith("wgan") else "non_saturating")


def test_ways_between_noise_keep_its_length():
    first, last = noise(2, 50, 0)
    way = between(first, last, 9)
    np.testing.assert_allclose(way[[0, -1]], [first, last], atol=1e-5)
    lengths = np.linalg.norm(way, axis=1)
    ends = sorted(lengths[[0, -1]])
    assert ends[0] * 0.99 <= lengths.min() and lengths.max() <= ends[1] * 1.01
    np.testing.assert_allclose(between(first, first, 3), [first] * 3, rtol=1e-6)


def test_noise_of_a_seed_does_not_depend_on_the_batch():
    whole = seeded_noise(tf.constant([3, 4, 2**40], tf.int64), 6)
    alone = seeded_noise(tf.constant([2**40], tf.int64), 6)
    np.testing.assert_array_equal(whole[2], alone[0])
    many = seeded_noise(tf.range(500, dtype=tf.int64), 4).numpy()
    assert abs(many.mean()) < 0.1 and many.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 30}, "--image-size must be a multiple of 4"),
        ({"data": "ring", "conditional": True}, "--conditional"),
        ({"data": "ring", "augment": ("color",)}, "--augment must be left out"),
        ({"method": "consensus", "n_critic": 2}, "--n-critic must be 1"),
        ({"method": "wgan_gp", "norm": "batch"}, "--norm must be another"),
        ({"method": "wgan", "smoothing": 0.1}, "--smoothing must be 0"),
        ({"penalty": 1.0}, "--penalty must be given with"),
        ({"ema": 1.0}, "--ema"),
        ({"held": 1.5}, "--held"),
        ({"latent": 0}, "--latent"),
    ],
)
def test_options_that_cannot_work(options, words):
    with pytest.raises(InputError, match=f"{words}.*Received"):
        ImageGeneratorConfig(**options).check()
