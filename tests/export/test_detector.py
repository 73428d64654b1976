"""Decoding and suppression of what a net answers for its anchors."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.export.detector import CLASS_SHARPNESS, Detector
from kerasuite.export.mirrored import mirror_order
from kerasuite.layers.anchors import anchor_boxes
from kerasuite.layers.boxes import encode
from kerasuite.models.retinanet_classes import Regions
from tests.cases import random_input, to_numpy
from tests.layers.test_boxes import loop_iou, some_boxes

ANCHORS = anchor_boxes((64, 64), (4, 5))


@pytest.fixture
def model():
    """Answers nothing of use; the tests give answers of their own."""
    inputs = keras.Input((64, 64, 3))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(32)(inputs))
    outputs = {
        name: keras.layers.Reshape((len(ANCHORS), n))(keras.layers.Dense(len(ANCHORS) * n)(x))
        for name, n in (("classes", 3), ("boxes", 4))
    }
    return keras.Model(inputs, outputs)


def answers(rows, batch=1):
    """Logits and codes by which anchor i finds rows[i]: (box, label, probability)."""
    logits = np.full((batch, len(ANCHORS), 3), -20, "float32")
    codes = np.zeros((batch, len(ANCHORS), 4), "float32")
    for i, (box, label, p) in enumerate(rows):
        logits[0, i, label] = np.log(p / (1 - p))
        codes[0, i] = to_numpy(encode(np.array(box, "float32"), ANCHORS[i]))
    return {"classes": logits, "boxes": codes}


def detections(detector, rows):
    found = detector.suppressed(*detector.decoded(answers(rows)))
    n = int(found.count[0])
    assert not found.scores[0, n:].numpy().any() and not found.boxes[0, n:].numpy().any()
    return list(
        zip(
            found.boxes[0, :n].numpy().round(2).tolist(),
            found.labels[0, :n].numpy().tolist(),
            found.scores[0, :n].numpy().astype("float64").round(4).tolist(),
            strict=True,
        )
    )


def test_each_thing_once_and_the_surest_first(model):
    detector = Detector(model, ANCHORS, score=0.1)
    rows = [
        ([10, 10, 30, 30], 1, 0.6),
        ([11, 10, 31, 30], 1, 0.9),  # the same thing
        ([11, 11, 31, 31], 2, 0.7),  # another class at the same place
        ([40, 40, 60, 60], 1, 0.05),  # below the least score
        ([-5, 50, 20, 90], 0, 0.3),  # reaches out
    ]
    assert detections(detector, rows) == [
        ([11, 10, 31, 30], 1, 0.9),
        ([11, 11, 31, 31], 2, 0.7),
        ([0, 50, 20, 64], 0, 0.3),
    ]
    assert detections(detector, []) == []


def test_suppression_equals_the_loop(model):
    rng = np.random.default_rng(0)
    boxes = some_boxes(40).clip(0, 64)
    boxes = boxes[(boxes[:, 2:] - boxes[:, :2]).min(1) > 1]
    rows = [
        (box, int(rng.integers(3)), float(p))
        for box, p in zip(boxes, rng.permutation(np.linspace(0.1, 0.95, len(boxes))), strict=True)
    ]
    kept = []
    for box, label, p in sorted(rows, key=lambda row: -row[2]):
        if all(k != label or loop_iou(box, other) <= 0.3 for other, k, _ in kept):
            kept.append((box, label, p))
    assert len(kept) < len(rows)
    got = detections(Detector(model, ANCHORS, overlap=0.3), rows)
    assert [(label, pytest.approx(p, abs=1e-3)) for _, label, p in kept] == [
        (label, p) for _, label, p in got
    ]
    np.testing.assert_allclose([b for b, _, _ in got], [b for b, _, _ in kept], atol=0.02)
    few = detections(Detector(model, ANCHORS, overlap=0.3, most=2), rows)
    assert few == got[:2]


def test_found_is_what_detect_says(model):
    detector = Detector(model, ANCHORS, score=0.4, most=5)
    pictures = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), "uint8")
    found = list(detector.found([pictures[:3], pictures[3:]]))
    whole = detector.detect(pictures.astype("float32"))
    assert len(found) == 5 and whole.boxes.shape == (5, 5, 4)
    for i, these in enumerate(found):
        n = int(whole.count[i])
        assert len(these.labels) == n
        np.testing.assert_allclose(these.boxes, whole.boxes[i, :n], atol=1e-3)
        np.testing.assert_allclose(these.scores, whole.scores[i, :n], atol=1e-5)
    again = detector.boxes_in(detector.answered(pictures))
    for these, those in zip(found, again, strict=True):
        np.testing.assert_allclose(these.boxes, those.boxes, atol=1e-3)


def test_groups_of_classes(model):
    """A thing that is half one class and half another is more surely of the kind of both."""
    detector = Detector(model, ANCHORS, score=0.1)
    box, other = [10, 10, 30, 30], [40, 40, 60, 60]
    given = answers([(box, 0, 0.5), (other, 1, 0.3)])
    given["classes"][0, 0, 2] = np.log(0.4 / 0.6)
    (found,) = detector.boxes_in(given, groups=[[0, 2], [1]])
    assert found.labels.tolist() == [0, 1]
    np.testing.assert_allclose(found.scores, [1 - 0.5 * 0.6, 0.3], atol=1e-3)
    np.testing.assert_allclose(found.boxes, [box, other], atol=0.01)


def test_things_apart_from_their_classes(model):
    """A class is as probable as that there is a thing, times the class's share of a softmax."""
    box = [10, 10, 30, 30]
    found = answers([(box, 0, 0.5)])
    found["things"] = np.full((1, len(ANCHORS), 1), -20, "float32")
    found["things"][0, 0] = np.log(0.8 / 0.2)
    found["classes"][0, 0] = np.log([0.5, 0.2, 0.3]) / CLASS_SHARPNESS
    probabilities, boxes = Detector(model, ANCHORS).decoded(found)
    np.testing.assert_allclose(probabilities[0, 0], [0.4, 0.16, 0.24], atol=1e-5)
    np.testing.assert_allclose(boxes[0, 0], box, atol=0.01)
    assert probabilities[0, 1:].numpy().max() < 1e-6
    grouped, _ = Detector(model, ANCHORS).decoded(found, groups=[[0, 2], [1]])
    np.testing.assert_allclose(grouped[0, 0], [0.64, 0.16], atol=1e-5)


def test_regions_alone_are_answered_for(model):
    """By the mean of what both looks say of their classes."""
    rows = [([10, 10, 30, 30], 0, 0.5), ([40, 40, 60, 60], 1, 0.5)]
    found = answers(rows)
    found["things"] = np.full((1, len(ANCHORS), 1), np.log(0.8 / 0.2), "float32")
    found["classes"][0, 1] = 2 * np.log([0.5, 0.2, 0.3]) / CLASS_SHARPNESS
    found["regions"] = np.array([[1, 0, -1]], "int32")
    found["region_classes"] = np.zeros((1, 3, 3), "float32")
    found["region_boxes"] = np.array([[rows[1][0], rows[0][0], [0] * 4]], "float32") / 64
    probabilities, boxes = Detector(model, ANCHORS).decoded(found)
    np.testing.assert_allclose(boxes[0, :2], [rows[1][0], rows[0][0]], atol=0.01)
    np.testing.assert_allclose(probabilities[0, 0], [0.4, 0.16, 0.24], atol=1e-5)
    assert probabilities[0, 1].numpy().argmax() == 0
    assert not probabilities[0, 2].numpy().any()
    grouped, _ = Detector(model, ANCHORS).decoded(found, groups=[[0, 2], [1]])
    np.testing.assert_allclose(grouped[0, 0], [0.64, 0.16], atol=1e-5)


@pytest.fixture(scope="module")
def two_looks():
    keras.utils.set_random_seed(0)
    net = models.RetinaNet(
        input_shape=(64, 64, 3),
        classes=3,
        backbone="resnet20",
        backbone_arguments={"depth": 8, "width": 4},
        levels=(2, 4),
        width=8,
        depth=1,
        class_head="boxes",
        regions=Regions(4, size=16),
    )
    for layer in (
        net.get_layer("things_last"),
        net.get_layer("boxes_last"),
        net.get_layer("told"),
        net.get_layer("regions").get_layer("region_told"),
    ):
        layer.kernel.assign(random_input(layer.kernel.shape))
    inputs = keras.Input((64, 64, 3))
    normalize = keras.layers.Normalization(mean=[127] * 3, variance=[4900] * 3, name="normalize")
    return keras.Model(inputs, net(normalize(inputs)))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("constant", [False, True])
def test_both_looks_are_what_the_model_says(two_looks, mirrored, constant, monkeypatch):
    monkeypatch.setattr("kerasuite.export.detector.WORTH_A_LOOK", 0.0)
    model, anchors = two_looks, anchor_boxes((64, 64), range(2, 5))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), "uint8")
    detector = Detector(model, anchors, 0.0, most=4, mirrored=mirrored, constant=constant)
    answered = {k: v.numpy() for k, v in detector.answered(pictures).items()}
    expected = detector.predicted(pictures.astype("float32"))
    assert set(answered) == {
        *("things", "classes", "boxes", "regions", "region_boxes", "region_classes")
    }
    for name, values in answered.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-3, atol=1e-4)
    # Regions overlap once they have voted; each is a thing all the same.
    assert (detector.detect(pictures.astype("float32")).count.numpy() == 4).all()
    if not mirrored:
        for name, values in model.predict(pictures, verbose=0).items():
            np.testing.assert_allclose(values, answered[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
def test_only_likely_regions_are_looked_at_again(two_looks, mirrored, monkeypatch):
    monkeypatch.setattr("kerasuite.export.detector.WORTH_A_LOOK", 0.0)
    anchors = anchor_boxes((64, 64), range(2, 5))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), "uint8")
    answers = Detector(two_looks, anchors, 0.0, mirrored=mirrored).answered(pictures)
    answers = {name: value.numpy() for name, value in answers.items()}
    things, classes = (
        np.take_along_axis(answers[name], answers["regions"][..., None], 1)
        for name in ("things", "classes")
    )
    probabilities = 1 / (1 + np.exp(-things[..., 0]))
    for least in (np.sort(probabilities, axis=None)[4] - 1e-6, 1 - 1e-7):
        likely = probabilities >= least
        likely[:, 0] = True  # the surest always
        assert 2 <= likely.sum() < likely.size
        monkeypatch.setattr("kerasuite.export.detector.WORTH_A_LOOK", least)
        detector = Detector(two_looks, anchors, 0.0, mirrored=mirrored)
        found = detector.answered(pictures)
        expected = np.where(likely[..., None], answers["region_classes"], classes)
        np.testing.assert_allclose(found["region_classes"], expected, rtol=1e-3, atol=1e-4)
        predicted = detector.predicted(pictures.astype("float32"))["region_classes"]
        np.testing.assert_allclose(predicted, expected, rtol=1e-3, atol=1e-4)
        assert not np.allclose(classes, expected, atol=1e-3)


def test_mirror_images_are_answered_alike(model):
    """With both looked at, what is said of the mirror image is the mirror image."""
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), "uint8")
    pictures = pictures.astype("float32") / 255
    detector = Detector(model, ANCHORS, mirrored=True)
    first, second = (detector.raw(x) for x in (pictures, pictures[:, :, ::-1]))
    order = mirror_order(ANCHORS, 64)
    np.testing.assert_array_equal(order[order], np.arange(len(ANCHORS)))
    np.testing.assert_allclose(second[0], to_numpy(first[0])[:, order], rtol=1e-4, atol=1e-5)
    left, top, right, bottom = np.moveaxis(to_numpy(first[1])[:, order], -1, 0)
    images = np.stack([64 - right, top, 64 - left, bottom], -1)
    np.testing.assert_allclose(second[1], images, atol=1e-3)
    assert not np.allclose(Detector(model, ANCHORS).raw(pictures)[0], first[0], atol=1e-3)
    expected = detector.predicted(pictures)
    for name, value in detector.answered(pictures).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-4, atol=1e-4)


def test_constant_weights_answer_as_they_were(model):
    detector = Detector(model, ANCHORS, constant=True)
    pictures = np.random.default_rng(0).uniform(0, 256, (2, 64, 64, 3)).astype("float32")
    wanted = [x.numpy() for x in Detector(model, ANCHORS).raw(pictures)]
    for weight in model.weights:
        weight.assign(weight + 1.0)
    for found, value in zip(detector.raw(pictures), wanted, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-4)
    assert not np.allclose(Detector(model, ANCHORS).raw(pictures)[0], wanted[0], atol=1e-3)


def test_other_anchors_are_refused(model):
    with pytest.raises(ValueError, match=f"the {len(ANCHORS)} that the model.*Received: 10"):
        Detector(model, ANCHORS[:10])
    with pytest.raises(ValueError, match=r"their own mirror images.*width=64"):
        Detector(model, ANCHORS + np.float32(0.5), mirrored=True)
