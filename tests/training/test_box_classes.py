"""Classes of boxes by logistic regression on what a held net sees in them."""

import keras
import numpy as np
import pytest

from kerasuite import models
from kerasuite.data.boxed import Boxed
from kerasuite.layers.box_means import box_means
from kerasuite.models.retinanet_classes import TRUST, Regions
from kerasuite.training.box_classes import learn_box_classes
from tests.cases import to_numpy


@pytest.fixture
def part():
    """Red, green and blue blocks on grey, one or two a picture."""
    rng = np.random.default_rng(0)
    images = rng.integers(60, 90, (24, 32, 64, 3), "uint8")
    boxes, labels = [], []
    for image in images:
        these = []
        for left in (2, 34)[: rng.integers(1, 3)]:
            colour, top = rng.integers(3), rng.integers(2, 14)
            image[top : top + 16, left : left + 24, colour] = 250
            these.append((left, top, left + 24, top + 16, colour))
        boxes.append(np.array(these)[:, :4])
        labels.append(np.array(these)[:, 4])
    return Boxed(images, boxes, labels)


def detector(classes=3, **kwargs):
    keras.utils.set_random_seed(0)
    net = models.RetinaNet(
        input_shape=(32, 64, 3),
        classes=classes,
        backbone="resnet20",
        backbone_arguments={"depth": 8, "width": 8},
        levels=(2, 2),
        width=8,
        depth=1,
        class_head="boxes",
        **kwargs,
    )
    inputs = keras.Input((32, 64, 3))
    normalize = keras.layers.Normalization(mean=[80] * 3, variance=[900] * 3, name="normalize")
    return keras.Model(inputs, net(normalize(inputs)))


def told(model, part):
    """The class of each true box by the layer that was learned."""
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    maps = net.get_layer("held")(model.get_layer("normalize")(part.images))
    maps = net.get_layer("told")(maps)
    shares = [boxes / np.array([64, 32, 64, 32], "float32") for boxes in part.boxes]
    logits = [to_numpy(box_means(maps[i : i + 1], b[None]))[0] for i, b in enumerate(shares)]
    return np.concatenate(logits)


def test_classes_are_learned_and_nothing_else_changes(part):
    model = detector()
    before = [to_numpy(w).copy() for w in model.weights]
    learn_box_classes(model, part, batch_size=8)
    assert (told(model, part).argmax(1) == np.concatenate(part.labels)).mean() > 0.95
    pairs = zip(model.weights, before, strict=True)
    changed = [w.path for w, old in pairs if (to_numpy(w) != old).any()]
    assert changed == ["told/kernel", "told/bias"]


def test_two_classes_and_one_that_no_thing_has(part):
    model = detector(classes=4)
    # Green ones become red, and the class of number 1 has none, nor that of number 3.
    learn_box_classes(model, part.relabelled([0, 0, 2]), batch_size=8)
    logits = told(model, part)
    assert set(logits.argmax(1)) == {0, 2}
    np.testing.assert_allclose(logits[:, [1, 3]], -20, rtol=1e-6)
    np.testing.assert_allclose(logits[:, 0], -logits[:, 2], rtol=1e-3, atol=1e-4)


def test_hints_of_nothing_say_nothing(part):
    """What the net's own classifier says is the same of all pictures: only its mean is left."""
    plain, hinted = detector(), detector(class_hints=[[0, 1], [], [7]])
    known = next(x for x in hinted.layers if isinstance(x, keras.Model)).get_layer("known")
    known.kernel.assign(np.zeros_like(known.kernel))
    answers = []
    for model in (plain, hinted):
        learn_box_classes(model, part, batch_size=8)
        answers.append(to_numpy(model(part.images)["classes"]))
    np.testing.assert_allclose(*answers, atol=1e-3)


def test_regions_learn_from_what_is_cut_out(part):
    model = detector(regions=Regions(2, size=16), class_hints=[[0], [1], [2]])
    learn_box_classes(model, part, batch_size=8)
    regions = model.get_layer("retinanet").get_layer("regions")
    assert np.abs(to_numpy(regions.get_layer("region_told").kernel)).max() > 0
    # The true boxes, as if they had been found.
    crops, normalize = regions.get_layer("crops"), model.get_layer("normalize")
    shares = [boxes / np.array([64, 32, 64, 32], "float32") for boxes in part.boxes]
    logits = []
    for image, boxes in zip(part.images, shares, strict=True):
        x = crops(normalize(image[None]), boxes[None].astype("float32"))[0]
        maps = regions.get_layer("region_held")(x)
        hints = regions.get_layer("region_evidence")(regions.get_layer("region_known")(maps))
        told = to_numpy(regions.get_layer("region_told")(maps)) + TRUST * to_numpy(hints)
        logits.append(told.mean((1, 2)))
    told_right = np.concatenate(logits).argmax(1) == np.concatenate(part.labels)
    assert told_right.mean() > 0.95
