"""Losses that Keras lacks."""

import keras
import numpy as np
import pytest

from kerasuite.training.losses import CrossEntropyAndDice, SparseSquaredError
from kerasuite.training.sequence_losses import DoublyStochastic


@pytest.mark.parametrize("labels", [np.array([2, 0]), np.array([[2], [0]], "uint8")])
def test_squared_error_of_one_hot_codes(labels):
    answers = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], "float32")
    expected = 0.5 * (0.2**2 + 0.3**2 + 0.5**2) / 2
    assert float(SparseSquaredError()(labels, answers)) == pytest.approx(expected)


def test_squared_error_config():
    loss = SparseSquaredError(reduction="sum", name="l2")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()


def loops(truth, probabilities, dice):
    """The definition, pixel by pixel."""
    known = [i for i, t in enumerate(truth.ravel()) if t != 255]
    t, p = truth.ravel(), probabilities.reshape(-1, probabilities.shape[-1])
    cross_entropy = -sum(np.log(p[i, t[i]]) for i in known) / len(known)
    scores = []
    for c in range(p.shape[1]):
        if any(t[i] == c for i in known):
            shared = sum(p[i, c] for i in known if t[i] == c)
            both = sum(p[i, c] for i in known) + sum(t[i] == c for i in known)
            scores.append(2 * shared / both)
    return cross_entropy + dice * (1 - np.mean(scores))


@pytest.mark.parametrize("dice", [0.0, 1.0, 0.5])
def test_equals_the_loops(dice):
    rng = np.random.default_rng(0)
    truth = rng.choice([0, 1, 3, 255], (2, 5, 4))  # class 2 does not occur
    probabilities = rng.dirichlet(np.ones(4), (2, 5, 4)).astype("float32")
    got = float(CrossEntropyAndDice(dice)(truth.astype("uint8"), probabilities))
    assert got == pytest.approx(loops(truth, probabilities, dice), rel=1e-5)


def test_a_perfect_answer_costs_nothing():
    truth = np.array([[[0, 1], [2, 255]]], "uint8")
    perfect = np.eye(3, dtype="float32")[np.where(truth == 255, 0, truth)]
    assert float(CrossEntropyAndDice()(truth, perfect)) == pytest.approx(0, abs=1e-5)


def test_nothing_known_costs_no_more_than_dice():
    truth = np.full((1, 2, 2), 255, "uint8")
    value = float(CrossEntropyAndDice()(truth, np.full((1, 2, 2, 2), 0.5, "float32")))
    assert np.isfinite(value)


def test_is_saved_with_a_model():
    loss = CrossEntropyAndDice(0.25, 7)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, CrossEntropyAndDice) and again.get_config() == loss.get_config()


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="dice=-1"):
        CrossEntropyAndDice(-1)


def test_attention_that_looks_once_at_each_place_costs_nothing():
    loss = DoublyStochastic(0.5)
    maps = np.eye(3, dtype="float32")[None]
    words = np.array([[5, 6, 3]])
    assert float(loss(words, maps)) == pytest.approx(0)
    # Without the last step, the last place is never looked at.
    assert float(loss(np.array([[5, 3, 0]]), maps)) == pytest.approx(0.5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    with pytest.raises(ValueError, match="weight=-1"):
        DoublyStochastic(-1)
