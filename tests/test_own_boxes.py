"""A user's own pictures with boxes: trained on, asked, saved; and what cannot work."""

import json

import numpy as np
import pytest
from PIL import Image

from kerasuite.app import find
from kerasuite.apps.object_detector.config import ObjectDetectorConfig
from kerasuite.apps.object_detector.nets import build_detector
from kerasuite.cli import main
from kerasuite.data.splits import Info
from tests.cases import to_numpy

SMALL = ["--image-size", "64", "--batch-size", "8", "--no-tensorboard"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def blocks(tmp_path):
    """Red and blue blocks on dark grounds, in pictures of 80x48 pixels."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "blocks"
    (folder / "images").mkdir(parents=True)
    rows = []
    for i in range(60):
        picture = rng.integers(0, 60, (48, 80, 3), "uint8")
        left, top, kind = rng.integers(0, 40), rng.integers(0, 16), i % 2
        width, height = rng.integers(24, 40), rng.integers(20, 32)
        picture[top : top + height, left : left + width, 2 * kind] += 150
        Image.fromarray(picture).save(folder / "images" / f"{i}.png")
        bbox = [int(n) for n in (left, top, width, height)]
        rows.append({"id": i, "image_id": i, "category_id": kind, "bbox": bbox})
    record = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(60)],
        "categories": [
            {"id": i, "name": name, "supercategory": kind}
            for i, (name, kind) in enumerate((("red", "warm"), ("blue", "cold"), ("pink", "warm")))
        ],
        "annotations": rows,
    }
    (folder / "annotations.json").write_text(json.dumps(record))
    return folder


def test_boxes_are_learned_and_told(blocks, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["--data", str(blocks), "--epochs", "10", "--learning-rate", "3e-3", *SMALL]
    words += ["--augment", "flip", "--schedule", "constant"]
    assert main(["train", "object_detector", "--folder", str(run), *words]) == 0
    headline = json.loads((run / "metrics.json").read_text())["headline"]
    # There is nothing pink, so the kinds are the classes.
    assert headline["map_50"] > 0.5
    assert headline["kinds_map_50"] == pytest.approx(headline["map_50"], abs=0.1)
    assert headline["things_map_50"] == pytest.approx(headline["map_50"], abs=0.1)
    report = (run / "report.html").read_text()
    assert "Worst test pictures" in report and "Average precision by class" in report
    capsys.readouterr()

    image, out = blocks / "images" / "3.png", tmp_path / "out"
    assert main(["predict", "object_detector", str(image), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["count"] >= 1 and len(answer["boxes"]) == len(answer["classes"]) == 20
    left, top, width, height = json.loads((blocks / "annotations.json").read_text())["annotations"][
        3
    ]["bbox"]
    np.testing.assert_allclose(answer["boxes"][0], [left, top, left + width, top + height], atol=12)
    assert answer["classes"][answer["count"] :] == [""] * (20 - answer["count"])

    large = tmp_path / "large.jpg"
    Image.open(image).resize((800, 480)).save(large)
    assert main(["predict", "object_detector", str(large), "--json"]) == 0
    tenfold = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(tenfold["boxes"][0], [10 * x for x in answer["boxes"][0]], atol=60)

    words = ["--signature", "overlay", "--save", str(out)]
    assert main(["predict", "object_detector", str(large), *words]) == 0
    assert Image.open(out / "large_overlay.png").size == (800, 480)
    capsys.readouterr()
    assert main(["predict", "object_detector", str(image)]) == 0
    table = " ".join(capsys.readouterr().out.split())
    assert answer["classes"][0] in table and "%" in table

    # As many classes, but others: the weights would fit, and the answers would be wrong.
    record = json.loads((blocks / "annotations.json").read_text())
    record["categories"][1]["name"] = "green"
    (blocks / "annotations.json").write_text(json.dumps(record))
    before = (run / "info.json").read_text()
    for verb in (["train", "--resume", str(run)], ["evaluate", str(run)]):
        assert main(verb) == 2
        err = " ".join(capsys.readouterr().err.split())
        assert (
            "has the classes red, green, pink; the model was trained on the classes red, blue"
            in err
        )
    assert (run / "info.json").read_text() == before


def test_a_resumed_run_sees_what_an_uninterrupted_one_sees(blocks):
    """Order and changes of pictures and boxes follow from the epoch and the step."""
    config = ObjectDetectorConfig(str(blocks), image_size=64, batch_size=8)
    app = find("object_detector").load()(config)
    splits = app.data()

    def batches(first_epoch, count):
        return list(app.training_batches(splits, first_epoch).take(count).as_numpy_iterator())

    steps = splits.train.steps_per_epoch(8)
    whole, rest = batches(0, 2 * steps), batches(1, steps)
    for (pictures, targets), (same, same_targets) in zip(whole[steps:], rest, strict=True):
        np.testing.assert_array_equal(pictures, same)
        for name, values in targets.items():
            np.testing.assert_array_equal(values, same_targets[name])
    assert not np.array_equal(whole[0][0], rest[0][0])


@pytest.mark.parametrize("rate", [0.1, 0.0])
def test_a_pretrained_backbone_keeps_its_norms_and_takes_small_steps(rate, imagenet_weights):
    config = ObjectDetectorConfig(
        backbone="mobilenet_v2", pretrained="imagenet", backbone_rate=rate, image_size=64
    )
    info = Info("", (64, 64, 3), ("a", "b"), (1.0,) * 3, (2.0,) * 3)
    model = build_detector(config, info)
    backbone = model.get_layer("retinanet_small").get_layer("mobilenet_v2")
    kernel = imagenet_weights("mobilenet_v2")["conv_stem.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(to_numpy(backbone.get_layer("conv1_conv").kernel), kernel)
    assert not any("_bn/" in v.path for v in backbone.trainable_variables)
    slowed = {v.path for v in model.trainable_variables if v.path in model.optimizer.slowed}
    assert len(slowed) == len(backbone.trainable_variables) == len(model.optimizer.slowed)
    assert len(slowed) > 50 if rate else not slowed
    mean = to_numpy(model.get_layer("normalize").mean).ravel()
    np.testing.assert_allclose(mean, [123.675, 116.28, 103.53])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "./nowhere"], "nowhere is not a folder"),
        (["--data", "moby_dick"], "expected scenes"),
        (["--model", "small_cnn"], "--model must be a model that detects"),
        (["--backbone", "resnet51"], "There is no model 'resnet51'. Did you mean: resnet5"),
        (["--backbone", "lenet5"], "--backbone lenet5 and --image-size 96 cannot be built"),
        (["--image-size", "100"], "must be multiples of 8"),
        (["--image-size", "16"], "--image-size must be from 32 to 2048"),
        (
            ["--pretrained", "imagenet"],
            "--pretrained: There are ImageNet weights for: efficientnet_lite0,",
        ),
        (["--scenes", "0"], "--scenes must be at least 1"),
        (["--score", "1"], "--score must be at least 0 and below 1"),
        (["--levels", "3"], "--levels must be two numbers from 2 to 9"),
        (["--anchor-strides", "0"], "--anchor-strides must be a number above 0"),
        (["--class-hints"], "--class-hints must be --class-head boxes with it"),
        (["--regions", "4"], "--regions must be 0 unless --class-head boxes"),
        (["--regions", "400"], "--regions must be from 0 to 100"),
        (
            ["--region-backbone", "mobilenet_v2"],
            "--region-backbone must be a model with weights from ImageNet, with --regions",
        ),
        (
            ["--mirrored", "--image-size", "72"],
            "an --image-size that 32 divides",
        ),
        (["--reduction", "5"], "--reduction must be a divisor of --image-size 96"),
        (["--class-head", "boxes"], "--class-head must be anchors unless --pretrained is given"),
        (["--head-depth", "0"], "--head-depth must be from 1 to 16"),
        (["--overlap", "0"], "--overlap must be above 0"),
    ],
)
def test_wrong_options(words, said, capsys):
    assert main(["train", "object_detector", "--limit", "8", *words]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert said in err and "Traceback" not in err


def test_other_classes_than_the_models_are_refused(blocks):
    app = find("object_detector").load()(ObjectDetectorConfig(str(blocks), image_size=64))
    info = Info("other", (64, 64, 3), ("red", "green"))
    with pytest.raises(ValueError, match=r"has the classes red, blue, pink; the model.*red, green"):
        app.data(info)


def test_boxes_that_do_not_fit_their_pictures(blocks, capsys, home):
    record = json.loads((blocks / "annotations.json").read_text())
    record["annotations"][7]["bbox"] = [70, 2, 40, 10]
    (blocks / "annotations.json").write_text(json.dumps(record))
    assert main(["train", "object_detector", "--data", str(blocks), *SMALL]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "annotation 7, in 7.png, has a box outside of its picture of 80x48 pixels" in err
    assert not list((home / "runs" / "object_detector").iterdir())


def test_things_apart_from_their_classes(blocks, imagenet_weights, tmp_path, capsys):
    """What the run publishes answers as its net does, or it would not end well."""
    run = tmp_path / "run"
    words = ["--data", str(blocks), "--epochs", "1", "--limit", "16", *SMALL]
    words += ["--backbone", "mobilenet_v2", "--pretrained", "imagenet", "--class-head", "boxes"]
    words += ["--reduction", "2", "--levels", "4", "6", "--mirrored"]
    words += ["--regions", "4", "--region-size", "32"]
    words += ["--box-loss", "giou", "--head-depth", "1", "--head-groups", "8", "--head-width", "16"]
    assert main(["train", "object_detector", "--folder", str(run), *words]) == 0
    assert "things_loss" in (run / "history.csv").read_text()
    assert main(["predict", "object_detector", str(blocks / "images" / "3.png"), "--json"]) == 0
    assert "boxes" in capsys.readouterr().out


def test_hints_come_from_the_pretrained_classifiers(imagenet_weights, monkeypatch):
    synsets = [f"n{i:08}" for i in range(1000)]
    monkeypatch.setattr("kerasuite.apps.object_detector.nets.imagenet_synsets", lambda _: synsets)
    monkeypatch.setattr(
        "kerasuite.apps.object_detector.nets.groups_of_words",
        lambda words, given: [[given.index("n00000007")], []],
    )
    config = ObjectDetectorConfig(
        backbone="mobilenet_v2",
        pretrained="imagenet",
        backbone_rate=0.0,
        class_head="boxes",
        class_hints=True,
        regions=2,
        region_backbone="efficientnet_lite0",
        region_size=32,
        image_size=64,
    )
    info = Info("", (64, 64, 3), ("a", "b"), mean=(1.0,) * 3, std=(2.0,) * 3)
    net = build_detector(config, info).get_layer("retinanet_small")
    regions = net.get_layer("regions")
    for name, known, evidence in (
        ("mobilenet_v2", net.get_layer("known"), net.get_layer("evidence")),
        (
            "efficientnet_lite0",
            regions.get_layer("region_known"),
            regions.get_layer("region_evidence"),
        ),
    ):
        assert evidence.groups == [[7], []]
        weights = imagenet_weights(name)
        np.testing.assert_array_equal(to_numpy(known.kernel), weights["classifier.weight"].T)
        np.testing.assert_array_equal(to_numpy(known.bias), weights["classifier.bias"])


def test_scenes_alone_have_folds(blocks, capsys):
    assert main(["train", "object_detector", "--data", str(blocks), "--fold", "1", *SMALL]) == 2
    assert "--fold is for scenes of the catalogue" in " ".join(capsys.readouterr().err.split())


def test_the_finest_maps_can_be_held():
    info = Info("", (64, 64, 3), ("a", "b"), mean=(1.0,) * 3, std=(2.0,) * 3)
    config = ObjectDetectorConfig(backbone="mobilenet_v2", image_size=64, backbone_held=2)
    model = build_detector(config, info)
    backbone = model.get_layer("retinanet_small").get_layer("mobilenet_v2")
    learning = {layer.name for layer in backbone.layers if layer.trainable_variables}
    assert not any(name.startswith(("conv1", "block1_", "block3_depthwise")) for name in learning)
    assert {"block4_depthwise_conv", "block17_expand_conv", "last_conv"} <= learning
