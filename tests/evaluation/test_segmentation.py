import json

import keras
import numpy as np
import pytest

from kerasuite.evaluation.segmentation import confusion, evaluate_segmentation, foreground, iou

NAMES = ("background", "cat", "dog")


def test_by_hand():
    truth = np.array([[[0, 0, 1], [0, 1, 1]]])
    predicted = np.array([[[0, 1, 1], [0, 1, 0]]])
    counts = confusion(truth, predicted, 3)
    np.testing.assert_array_equal(counts, [[2, 1, 0], [1, 2, 0], [0, 0, 0]])
    np.testing.assert_array_equal(iou(counts), [2 / 4, 2 / 4, np.nan])
    result = evaluate_segmentation(truth, predicted, NAMES)
    assert result["mean_iou"] == 0.5 and result["mean_dice"] == pytest.approx(2 / 3)
    assert result["pixel_accuracy"] == pytest.approx(4 / 6)
    assert result["per_class"][1] == {
        "name": "cat",
        "iou": 0.5,
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
        "support": 3,
    }
    assert result["per_class"][2]["iou"] is None
    json.dumps(result, allow_nan=False)


def test_the_foreground_is_whatever_is_no_background():
    truth, predicted = np.array([[[0, 1, 2, 2]]]), np.array([[[1, 2, 2, 0]]])
    np.testing.assert_array_equal(foreground(confusion(truth, predicted, 3)), [[0, 1], [1, 2]])
    assert evaluate_segmentation(truth, predicted, NAMES)["foreground_iou"] == 0.5
    assert "foreground_iou" not in evaluate_segmentation(truth, predicted, ("sea", "land", "sky"))


def test_equals_keras_and_loops():
    rng = np.random.default_rng(1)
    truth, predicted = rng.integers(0, 3, (2, 5, 8, 8))
    truth[rng.random(truth.shape) < 0.2] = 255
    result = evaluate_segmentation(truth, predicted, NAMES)
    metric = keras.metrics.MeanIoU(3, ignore_class=255)
    metric.update_state(truth, predicted)
    assert result["mean_iou"] == pytest.approx(float(metric.result()), rel=1e-6)
    for c, row in enumerate(result["per_class"]):
        pairs = [
            (t == c, p == c) for t, p in zip(truth.flat, predicted.flat, strict=True) if t != 255
        ]
        both, either = sum(t and p for t, p in pairs), sum(t or p for t, p in pairs)
        assert row["iou"] == pytest.approx(both / either)
        assert row["support"] == sum(t for t, _ in pairs)


def test_the_worst_pictures_come_first():
    truth = np.zeros((3, 2, 2), int)
    predicted = np.array([np.zeros((2, 2)), [[1, 0], [0, 0]], np.ones((2, 2))], int)
    pictures = evaluate_segmentation(truth, predicted, NAMES, worst=2)["pictures"]
    assert [p["index"] for p in pictures] == [2, 1]
    assert [p["iou"] for p in pictures] == [0, pytest.approx(0.375)]


def test_refusals():
    with pytest.raises(ValueError, match="same shape"):
        confusion(np.zeros((2, 2), int), np.zeros((2, 3), int), 2)
    with pytest.raises(ValueError, match="`predicted` must hold classes from 0 to 1"):
        confusion(np.zeros(3, int), np.full(3, 2), 2)
    with pytest.raises(ValueError, match="At least one pixel"):
        evaluate_segmentation(np.full((1, 2, 2), 255), np.zeros((1, 2, 2), int), NAMES)
