"""Focal loss and the boxes' loss."""

import keras
import numpy as np
import pytest

from kerasuite.layers.anchors import anchor_boxes
from kerasuite.layers.boxes import encode, paired_iou
from kerasuite.training.detection_losses import (
    AnchorBoxLoss,
    AnchorFocalLoss,
    AnchorIoULoss,
)
from tests.cases import to_numpy


def focal_loops(labels, logits, alpha, gamma):
    """Equation 5, number by number: one picture."""
    total, found = 0.0, 0
    for label, row in zip(labels, logits, strict=True):
        found += label >= 0
        if label == -2:
            continue
        for k, logit in enumerate(row):
            p = 1 / (1 + np.exp(-logit))
            p_t, alpha_t = (p, alpha) if k == label else (1 - p, 1 - alpha)
            total -= alpha_t * (1 - p_t) ** gamma * np.log(p_t)
    return total / max(found, 1)


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.5, 0.0), (0.75, 5.0)])
def test_focal_loss_equals_the_loops(alpha, gamma):
    rng = np.random.default_rng(0)
    labels = np.array([[0, 2, -1, -2, -1, 1], [-1, -1, -2, -1, -1, -1]], "int32")
    logits = rng.normal(0, 3, (2, 6, 3)).astype("float32")
    expected = [focal_loops(t, x, alpha, gamma) for t, x in zip(labels, logits, strict=True)]
    loss = AnchorFocalLoss(alpha, gamma)
    assert float(loss(labels, logits)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_focal_loss_by_hand():
    """An example of the paper's section 3.2: p = 0.9 costs a hundredth of its cross-entropy."""
    logit = np.log(0.9 / 0.1)
    value = float(AnchorFocalLoss()(np.array([[0]]), np.array([[[logit]]], "float32")))
    assert value == pytest.approx(0.25 * 0.01 * -np.log(0.9), rel=1e-4)
    # Background that is taken for a thing with p = 0.9: 0.75 * 0.9^2 * ln 10.
    value = float(AnchorFocalLoss()(np.array([[-1]]), np.array([[[logit]]], "float32")))
    assert value == pytest.approx(0.75 * 0.81 * np.log(10), rel=1e-4)


def test_focal_loss_is_finite_for_extreme_logits():
    value = AnchorFocalLoss()(np.array([[0, -1]]), np.array([[[-300.0], [300.0]]], "float32"))
    assert np.isfinite(float(value))


def test_what_is_ignored_has_no_gradient():
    import tensorflow as tf

    logits, codes = tf.Variable(tf.ones([1, 3, 2])), tf.Variable(tf.ones([1, 3, 4]))
    truth = tf.constant([[[0.0, 0, 0, 0, 1], [0, 0, 0, 0, -1], [0, 0, 0, 0, -2]]])
    with tf.GradientTape() as tape:
        loss = AnchorFocalLoss()(tf.constant([[1, -1, -2]]), logits) + AnchorBoxLoss()(truth, codes)
    by_logits, by_codes = tape.gradient(loss, [logits, codes])
    assert by_logits[0, :2].numpy().all() and not by_logits[0, 2].numpy().any()
    assert by_codes[0, 0].numpy().all() and not by_codes[0, 1:].numpy().any()


def test_box_loss_by_hand():
    truth = np.zeros((2, 3, 5), "float32")
    truth[..., 4] = [[0, 3, -1], [-2, -1, -1]]
    answers = np.zeros((2, 3, 4), "float32")
    answers[0, 0] = [0.5, -2, 0, 0]  # 0.125 + 1.5
    answers[:, 2] = 100  # background
    # The first picture has two anchors with a class, the second none.
    assert float(AnchorBoxLoss()(truth, answers)) == pytest.approx(1.625 / 2 / 2)
    # With beta = 0.25, 0.5 - 0.125 + 2 - 0.125.
    assert float(AnchorBoxLoss(0.25)(truth, answers)) == pytest.approx(2.25 / 2 / 2)


def test_iou_loss_is_that_of_the_boxes_themselves():
    """It sees codes alone; of whatever anchors, they overlap as much as their boxes do."""
    rng = np.random.default_rng(0)
    anchors = anchor_boxes((32, 32), [3])[:6]
    true, found = (anchors + rng.uniform(-6, 6, anchors.shape).astype("float32") for _ in range(2))
    codes = [to_numpy(encode(boxes, anchors)) for boxes in (true, found)]
    labels = np.array([0, 1, -1, 2, -2, 0], "float32")[:, None]
    truth = np.concatenate([codes[0], labels], -1)[None]
    generalized = to_numpy(paired_iou(found, true)[1])
    has = labels[:, 0] >= 0
    expected = (1 - generalized)[has].mean()
    assert float(AnchorIoULoss()(truth, codes[1][None])) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        AnchorFocalLoss(0.3, 1.5),
        AnchorBoxLoss(0.5, name="own"),
        AnchorIoULoss(name="own"),
    ],
)
def test_losses_are_saved_with_a_model(loss):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss) and again.get_config() == loss.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AnchorFocalLoss(alpha=2), "alpha=2"),
        (lambda: AnchorFocalLoss(gamma=-1), "gamma=-1"),
        (lambda: AnchorBoxLoss(beta=0), "beta=0"),
    ],
)
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        make()
