"""Average precision, thresholds and lists of `evaluate_tagger`, against counting by hand."""

import json

import numpy as np
import pytest

from kerasuite.evaluation.tagging import average_precisions, best_thresholds, evaluate_tagger

LABELS = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
SCORES = np.array([[0.9, 0.2, 0.1], [0.8, 0.7, 0.1], [0.6, 0.4, 0.2], [0.1, 0.5, 0.3]])
NAMES = ("cat", "dog", "elk")
HALF = np.full(3, 0.5)


def by_hand(labels, scores):
    """The mean precision at the rank of each example that has the tag; no equal scores."""
    ranked = labels[np.argsort(-scores)]
    return np.mean([ranked[: i + 1].mean() for i in np.flatnonzero(ranked)])


def test_average_precision_is_the_mean_of_precisions():
    rng = np.random.default_rng(0)
    labels = (rng.random((50, 4)) < 0.3).astype(int)
    scores = rng.random((50, 4))
    wanted = [by_hand(labels[:, i], scores[:, i]) for i in range(4)]
    np.testing.assert_allclose(average_precisions(labels, scores), wanted)


def test_figures_of_a_small_example():
    found = evaluate_tagger(LABELS, SCORES, NAMES, HALF)
    # cat: ranks 1 and 3; dog: ranks 1 and 3; no elk.
    assert found["mean_average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["chance_mean_average_precision"] == pytest.approx(0.5)
    assert found["chance_micro_average_precision"] == pytest.approx(4 / 12)
    assert found["tags_without_examples"] == 1
    assert found["per_class"][2]["average_precision"] is None
    assert found["per_class"][0]["precision"] == pytest.approx(2 / 3)
    assert found["pictures"][1] == {"index": 1, "right": ["dog"], "wrong": ["cat"], "missed": []}
    assert found["pictures"][2]["missed"] == ["dog"]
    json.dumps(found)


def test_a_random_ranking_reaches_the_frequency():
    rng = np.random.default_rng(1)
    labels = (rng.random((20_000, 2)) < [0.1, 0.4]).astype(int)
    found = average_precisions(labels, rng.random((20_000, 2)))
    np.testing.assert_allclose(found, labels.mean(0), atol=0.02)


def best_by_trying(labels, scores):
    def f1(threshold):
        given = scores >= threshold
        return 2 * (given & (labels > 0)).sum() / (given.sum() + labels.sum())

    return max(f1(t) for t in np.unique(scores)), f1


def test_thresholds_have_the_best_f1_of_all():
    rng = np.random.default_rng(2)
    labels = (rng.random((60, 1)) < 0.3).astype(int)
    scores = np.round(np.clip(labels * 0.2 + rng.random((60, 1)) * 0.8, 0, 1), 2)  # with ties
    (found,) = best_thresholds(labels, scores)
    best, f1 = best_by_trying(labels, scores)
    assert f1(found) == pytest.approx(best)
    assert found not in scores


def test_a_tag_ranked_badly_is_not_given_to_all():
    rng = np.random.default_rng(3)
    labels = (rng.random((400, 2)) < [0.3, 0.05]).astype(int)
    scores = np.stack([labels[:, 0] * 0.6 + 0.3 * rng.random(400), 0.1 * rng.random(400)], 1)
    found = best_thresholds(labels, scores)
    _, f1 = best_by_trying(labels.ravel(), scores.ravel())
    assert f1(found.min()) == pytest.approx(best_by_trying(labels.ravel(), scores.ravel())[0])
    assert not (scores[:, 1] >= found[1]).any()


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        (LABELS, SCORES[:, :2], r"scores.shape=\(4, 2\)"),
        (LABELS * 2, SCORES, r"values \[0, 2\]"),
        (LABELS * 0, SCORES, r"values \[0\]"),
        (LABELS, SCORES * np.nan, "NaN"),
    ],
)
def test_what_does_not_fit_is_refused(labels, scores, said):
    with pytest.raises(ValueError, match=said):
        evaluate_tagger(labels, scores, NAMES, HALF)
