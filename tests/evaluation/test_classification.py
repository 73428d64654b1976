"""The figures of a classifier, against hand-made sums and scikit-learn."""

import json

import numpy as np
import pytest
from sklearn import metrics

from kerasuite.evaluation.classification import evaluate_classifier

LABELS = np.array([0, 0, 1, 2])
# Right with 0.8, wrong (1) with 0.6, right with 0.5, wrong (0) with 0.9.
PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.3, 0.5, 0.2], [0.9, 0.1, 0.0]])
NAMES = ["cat", "dog", "bird"]


def random_case(examples=400, classes=12, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=examples)
    logits = rng.normal(size=(examples, classes))
    logits[np.arange(examples), labels] += 1.5
    probabilities = np.exp(logits)
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


def test_hand_computed_figures():
    result = evaluate_classifier(LABELS, PROBABILITIES, NAMES)
    assert result["examples"] == 4
    assert result["accuracy"] == 0.5
    assert result["confusion"] == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    # The last likelihood is 0 and is clipped where Keras clips it.
    assert result["loss"] == pytest.approx(-np.log([0.8, 0.3, 0.5, 1e-7]).mean())
    # One example a bin: the gaps between right (1) or wrong (0) and the confidence.
    assert result["ece"] == pytest.approx((0.2 + 0.6 + 0.5 + 0.9) / 4)
    assert result["mistakes"] == [
        {"index": 3, "label": 2, "predicted": 0, "confidence": 0.9},
        {"index": 1, "label": 0, "predicted": 1, "confidence": 0.6},
    ]
    cat, dog, bird = result["per_class"]
    assert cat == {"name": "cat", "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert (dog["precision"], dog["recall"]) == (0.5, 1.0)
    assert bird == {"name": "bird", "precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert result["macro_f1"] == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def test_wilson_interval_of_a_textbook_case():
    # 81 of 263: Wilson's 95 % interval is 0.2553 to 0.3662 (Newcombe 1998, table I).
    labels = np.zeros(263, dtype=int)
    right = np.arange(263) < 81
    probabilities = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
    low, high = evaluate_classifier(labels, probabilities, ["a", "b"])["accuracy_interval"]
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_perfect_answers():
    result = evaluate_classifier([0, 1], np.eye(2), ["a", "b"])
    assert (result["accuracy"], result["loss"], result["ece"]) == (1, 0, 0)
    assert result["mistakes"] == []
    assert result["accuracy_interval"][0] < 1
    assert result["accuracy_interval"][1] == pytest.approx(1)


def test_agrees_with_scikit_learn():
    labels, probabilities = random_case()
    result = evaluate_classifier(labels, probabilities, [f"c{i}" for i in range(12)], top_k=(3, 5))
    predicted = probabilities.argmax(axis=1)
    assert result["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert result["loss"] == pytest.approx(metrics.log_loss(labels, probabilities))
    assert result["macro_f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    for k in (3, 5):
        expected = metrics.top_k_accuracy_score(labels, probabilities, k=k)
        assert result[f"top_{k}_accuracy"] == pytest.approx(expected)
    assert sum(b["count"] for b in result["calibration"]) == 400
    assert len(result["calibration"]) == 15


def test_is_plain_json():
    labels, probabilities = random_case()
    names = np.array([f"c{i}" for i in range(12)])
    result = evaluate_classifier(labels.astype("uint8"), probabilities.astype("float32"), names)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_half_precision_probabilities_are_accepted():
    labels, probabilities = random_case()
    result = evaluate_classifier(labels, probabilities.astype("float16"), ["c"] * 12)
    assert 0 < result["accuracy"] < 1


@pytest.mark.parametrize(("classes", "present"), [(5, False), (6, True)])
def test_top_5_only_where_it_says_something(classes, present):
    labels, probabilities = random_case(50, classes)
    result = evaluate_classifier(labels, probabilities, ["c"] * classes)
    assert ("top_5_accuracy" in result) is present


def test_a_constant_answer_gains_nothing_from_ties():
    labels = np.repeat(np.arange(10), 3)
    result = evaluate_classifier(labels, np.full((30, 10), 0.1), ["c"] * 10)
    assert result["accuracy"] == pytest.approx(0.1)
    assert result["top_5_accuracy"] == pytest.approx(0.5)


def test_two_classes_and_absent_classes():
    two = evaluate_classifier([0, 1, 1], [[0.6, 0.4], [0.6, 0.4], [0.2, 0.8]], ["no", "yes"])
    assert two["confusion"] == [[1, 0], [1, 1]]
    absent = evaluate_classifier([0, 0], [[0.9, 0.1, 0], [0.8, 0.2, 0]], NAMES)
    assert np.shape(absent["confusion"]) == (3, 3)
    assert [c["support"] for c in absent["per_class"]] == [2, 0, 0]
    assert absent["macro_f1"] == 1


def test_limits_the_mistakes():
    labels, probabilities = random_case()
    found = evaluate_classifier(labels, probabilities, ["c"] * 12, mistakes=7)["mistakes"]
    assert len(found) == 7
    confidences = [m["confidence"] for m in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(m["label"] == labels[m["index"]] != m["predicted"] for m in found)


def changed(row, value):
    probabilities = PROBABILITIES.copy()
    probabilities[row] = value
    return probabilities


@pytest.mark.parametrize(
    ("labels", "probabilities", "names", "message"),
    [
        (LABELS[:3], PROBABILITIES, NAMES, r"Received: labels.shape=\(3,\)"),
        (LABELS[:, None], PROBABILITIES, NAMES, r"Received: labels.shape=\(4, 1\)"),
        (LABELS[:0], PROBABILITIES[:0], NAMES, "At least one example"),
        (LABELS, PROBABILITIES, NAMES[:2], "Received: 2 names"),
        (LABELS.astype("float32"), PROBABILITIES, NAMES, "Received: labels.dtype=float32"),
        (LABELS + 1, PROBABILITIES, NAMES, "between 1 and 3"),
        (LABELS - 1, PROBABILITIES, NAMES, "between -1 and 1"),
        (LABELS, changed(2, np.nan), NAMES, "finite. Received: .* at example 2"),
        (LABELS, changed(1, [1.2, -0.2, 0]), NAMES, "negative. Received: minimum -0.2"),
        (LABELS, changed(3, [0.5, 0.1, 0.1]), NAMES, "sum 0.7 at example 3"),
    ],
)
def test_wrong_input(labels, probabilities, names, message):
    with pytest.raises(ValueError, match=message):
        evaluate_classifier(labels, probabilities, names)


def test_wrong_top_k():
    with pytest.raises(ValueError, match="Received: top_k=0"):
        evaluate_classifier(LABELS, PROBABILITIES, NAMES, top_k=(0,))
