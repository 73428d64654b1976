"""The perceptron rule keeps its theorem's promise and fails on XOR; Adaline minimises squares."""

import keras
import numpy as np
import pytest

from kerasuite.data.points import load_points
from kerasuite.evaluation.separation import separation
from kerasuite.training.online_rules import Adaline, RosenblattPerceptron, least_squares
from tests.cases import random_input

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")


def unit(kind, rate=1.0, features=2):
    inputs = keras.Input((features,))
    model = kind(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    model.compile(keras.optimizers.SGD(rate), jit_compile=False)
    return model


def weights(model):
    kernel, bias = model.unit.get_weights()
    return np.append(kernel[:, 0], bias)


def loop(points, labels, epochs, rate, step):
    """The rule as plain Python: weights and mistakes."""
    w, mistakes = np.zeros(points.shape[1] + 1), []
    for _ in range(epochs):
        mistakes.append(0)
        for x, label in zip(np.column_stack([points, np.ones(len(points))]), labels, strict=True):
            target, score = 2 * label - 1, w @ x
            mistakes[-1] += target * score <= 0
            w = w + rate * step(target, score) * x
    return w, mistakes


@pytest.mark.parametrize(
    ("kind", "rate", "step"),
    [
        (RosenblattPerceptron, 0.5, lambda t, s: t * (t * s <= 0)),
        (Adaline, 0.02, lambda t, s: t - s),
    ],
)
@pytest.mark.parametrize("batch_size", [1, 7, 30])
def test_rules_equal_a_plain_loop_for_any_batch_size(kind, rate, step, batch_size):
    points, labels = random_input((30, 3)), np.arange(30) % 2
    model = unit(kind, rate, features=3)
    history = model.fit(points, labels, batch_size, epochs=3, shuffle=False, verbose=0).history
    expected, mistakes = loop(points, labels, 3, rate, step)
    np.testing.assert_allclose(weights(model), expected, rtol=1e-4, atol=1e-5)
    assert history["mistakes"] == mistakes
    assert int(model.mistakes_seen) == sum(mistakes)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_separable_data_is_learned_within_the_bound(seed):
    train = load_points("separable", points=120, margin=0.1, seed=seed).train
    model = unit(RosenblattPerceptron)
    model.fit(train.values, train.labels, batch_size=len(train), epochs=20, verbose=0)
    found = separation(train.values, train.labels)
    assert found.margin >= 0.1 / np.sqrt(1 + 0.3**2) - 1e-6  # the line the points were made by
    assert 0 < int(model.mistakes_seen) <= found.bound
    assert model.evaluate(train.values, train.labels, verbose=0, return_dict=True)["accuracy"] == 1


@pytest.mark.parametrize("kind", [RosenblattPerceptron, Adaline])
def test_xor_is_never_learned(kind):
    labels = np.array([0, 1, 1, 0])
    model = unit(kind, 0.1)
    best = 0
    for _ in range(8):
        model.fit(CORNERS, labels, batch_size=4, epochs=1, verbose=0)
        scores = model.predict_on_batch(CORNERS)[:, 0]
        best = max(best, float(np.mean((scores > 0) == labels)))
    assert best <= 0.75
    assert separation(CORNERS, labels).margin == 0


def test_adaline_approaches_least_squares():
    train = load_points("and", points=200, seed=1).train
    points = (train.values - train.values.mean(axis=0)) / train.values.std(axis=0)
    model = unit(Adaline, 0.003)
    best = least_squares(points, train.labels)
    distances = [np.linalg.norm(weights(model) - best)]
    for epochs in (2, 18):
        model.fit(points, train.labels, batch_size=120, epochs=epochs, verbose=0)
        distances.append(np.linalg.norm(weights(model) - best))
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.02 * np.linalg.norm(best)


def test_margin_is_that_of_a_support_vector_machine():
    from sklearn.svm import SVC

    train = load_points("separable", points=60, margin=0.15, seed=3).train
    extended = np.column_stack([train.values, np.ones(len(train))]).astype("float64")
    signed = extended * (2 * train.labels - 1)[:, None]
    # Mirrored, the set is symmetric about the origin, and so is its best plane.
    both, sides = np.concatenate([signed, -signed]), np.repeat([1, 0], len(signed))
    machine = SVC(kernel="linear", C=1e8).fit(both, sides)
    expected = 1 / np.linalg.norm(machine.coef_)
    assert separation(train.values, train.labels).margin == pytest.approx(expected, rel=1e-3)


def test_the_counter_and_the_rule_survive_saving(tmp_path):
    model = unit(RosenblattPerceptron)
    model.fit(CORNERS, np.array([0, 0, 0, 1]), batch_size=2, epochs=3, verbose=0)
    model.save(tmp_path / "unit.keras")
    again = keras.saving.load_model(tmp_path / "unit.keras")
    assert isinstance(again, RosenblattPerceptron)
    assert int(again.mistakes_seen) == int(model.mistakes_seen) > 0
    again.fit(CORNERS, np.array([0, 0, 0, 1]), epochs=1, verbose=0)


def test_only_a_linear_unit_will_do():
    inputs = keras.Input((2,))
    with pytest.raises(ValueError, match="Received: Dense called 'two'"):
        Adaline(inputs, keras.layers.Dense(2, name="two")(inputs))
