"""What a filter finds and holds back, and its linear rival."""

import numpy as np
import pytest

from kerasuite.evaluation.spam import detection, linear_svc_accuracy


def test_detection_by_hand():
    labels = np.array([0] * 10 + [1] * 4)
    scores = np.array([*np.arange(10) / 10, 0.85, 0.95, 0.96, 0.97])
    found = detection(labels, scores, recall=0.75)
    assert found["false_positive_rate"] == 0 and found["threshold"] == 0.95
    found = detection(labels, scores)
    assert found["false_positive_rate"] == pytest.approx(0.1) and found["threshold"] == 0.85
    assert found["roc_auc"] == pytest.approx(39 / 40)
    assert found["curve"][0]["recall"] == 0 and found["curve"][-1]["recall"] == 1


def test_every_threshold_is_tried():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 500)
    scores = rng.normal(labels, 1)
    found = detection(labels, scores)
    rates = [
        ((scores >= t) & (labels == 0)).sum() / (labels == 0).sum()
        for t in scores
        if (scores[labels == 1] >= t).mean() >= 0.95
    ]
    assert found["false_positive_rate"] == pytest.approx(min(rates))


def test_one_class_only():
    with pytest.raises(ValueError, match="must hold 0 and 1"):
        detection(np.zeros(3, int), np.zeros(3))


def test_the_rival_learns():
    texts = {
        s: ["buy now", "see you", "buy this", "see that"] * 5
        for s in ("train", "validation", "test")
    }
    labels = {s: np.array([1, 0, 1, 0] * 5) for s in texts}
    assert linear_svc_accuracy(texts, labels)["accuracy"] == 1
