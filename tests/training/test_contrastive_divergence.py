"""RBMs: energies by enumeration, likelihoods that rise, and annealing against the exact sum."""

import itertools

import keras
import numpy as np
import pytest

from kerasuite.evaluation.partition import (
    annealed_log_partition,
    exact_log_partition,
    pseudo_log_likelihood,
)
from kerasuite.layers import RBM
from kerasuite.training.contrastive_divergence import ContrastiveDivergence, bernoulli
from tests import cases


def random_rbm(visible="binary", features=6, units=4, scale=1.0):
    rng = np.random.default_rng(0)
    rbm = RBM(units, visible)
    rbm.build((None, features))
    rbm.set_weights([scale * rng.normal(size=w.shape) for w in rbm.weights])
    return rbm


def energy(rbm, v, h):
    w, b, a = (np.asarray(x, "float64") for x in rbm.get_weights())
    own = 0.5 * ((v - a) ** 2).sum() if rbm.visible == "gaussian" else -v @ a
    return own - h @ b - v @ w @ h


def states(count):
    return [np.array(s, "float64") for s in itertools.product((0, 1), repeat=count)]


def bars(count=300, side=4, seed=0):
    """Rows or columns of a square are lit: the patterns of MacKay's bars and stripes."""
    rng = np.random.default_rng(seed)
    lines = rng.random((count, side, 1)) < 0.5
    squares = np.where(rng.random((count, 1, 1)) < 0.5, lines, lines.transpose(0, 2, 1))
    return np.broadcast_to(squares, (count, side, side)).reshape(count, -1).astype("float32")


def likelihood(rbm, data):
    return float(-np.asarray(rbm.free_energy(data)).mean() - exact_log_partition(rbm))


@pytest.mark.parametrize("visible", ["binary", "gaussian"])
def test_energies_are_the_definition(visible):
    rbm = random_rbm(visible)
    v = cases.random_input((3, 6)) if visible == "gaussian" else np.float32(states(6)[20:23])
    for row, found in zip(v, np.asarray(rbm.free_energy(v)), strict=True):
        sums = np.logaddexp.reduce([-energy(rbm, row, h) for h in states(4)])
        assert found == pytest.approx(-sums, rel=1e-4)
    # p(h | v) by enumeration.
    weights = np.exp([-energy(rbm, v[0], h) for h in states(4)])
    mean = (weights[:, None] * states(4)).sum(0) / weights.sum()
    np.testing.assert_allclose(np.asarray(rbm(v[:1]))[0], mean, rtol=1e-4)


def test_conditional_mean_of_visible_units():
    rbm = random_rbm()
    h = states(4)[5]
    weights = np.exp([-energy(rbm, v, h) for v in states(6)])
    mean = (weights[:, None] * states(6)).sum(0) / weights.sum()
    np.testing.assert_allclose(
        np.asarray(rbm.visible_mean(np.float32(h[None])))[0], mean, rtol=1e-4
    )


def test_partition_function():
    rbm = random_rbm()
    exact = np.logaddexp.reduce([-energy(rbm, v, h) for v in states(6) for h in states(4)])
    assert exact_log_partition(rbm) == pytest.approx(exact)
    estimate, spread = annealed_log_partition(rbm, np.full(6, 0.5), betas=300, chains=200)
    assert estimate == pytest.approx(exact, abs=0.05) and spread < 1
    gaussian = random_rbm("gaussian", features=1, units=2)
    grid = np.linspace(-30, 30, 60_001, dtype="float32")[:, None]
    density = np.exp(-np.asarray(gaussian.free_energy(grid), "float64"))
    assert exact_log_partition(gaussian) == pytest.approx(np.log(np.trapezoid(density, dx=1e-3)))


@pytest.mark.parametrize("options", [{}, {"steps": 3}, {"persistent": True}], ids=str)
def test_likelihood_rises(options):
    keras.utils.set_random_seed(0)
    data = bars()
    rbm = RBM(10)
    settings = {"epochs": 1, "batch_size": 50, "learning_rate": 0.2, **options}
    ContrastiveDivergence(**settings).train(rbm, data)
    first, guessed = likelihood(rbm, data), pseudo_log_likelihood(rbm, data)
    errors = ContrastiveDivergence(**{**settings, "epochs": 60}).train(rbm, data)
    assert errors[-1] < 0.8 * errors[0]
    assert likelihood(rbm, data) > first + 1.0
    assert pseudo_log_likelihood(rbm, data) > guessed
    estimate, _ = annealed_log_partition(rbm, data.mean(0), betas=500, chains=200)
    assert estimate == pytest.approx(exact_log_partition(rbm), abs=0.3)


def test_products_in_bfloat16_learn_as_well():
    data, found = bars(), {}
    for products in ("float32", "bfloat16"):
        keras.utils.set_random_seed(0)
        rbm = RBM(10)
        settings = {"epochs": 60, "batch_size": 50, "learning_rate": 0.1, "persistent": True}
        ContrastiveDivergence(**settings, products=products).train(rbm, data)
        assert rbm.kernel.dtype == "float32"
        estimate, _ = annealed_log_partition(rbm, data.mean(0), betas=500, chains=200)
        assert estimate == pytest.approx(exact_log_partition(rbm), abs=0.3)
        found[products] = likelihood(rbm, data)
    assert found["bfloat16"] == pytest.approx(found["float32"], abs=0.1)
    assert found["bfloat16"] != found["float32"]


def test_gaussian_units_learn():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    centres = np.array([[3.0, 0, 0], [0, 3.0, 0]], "float32")
    data = centres[rng.integers(0, 2, 200)] + 0.3 * cases.random_input((200, 3))
    rbm = RBM(3, "gaussian")
    settings = {"batch_size": 20, "learning_rate": 0.02, "epochs": 40}
    errors = ContrastiveDivergence(**settings).train(rbm, data)
    assert errors[-1] < 0.8 * errors[0]


def test_sparsity_target_is_drawn_near():
    keras.utils.set_random_seed(0)
    data = bars()
    active = []
    for target in (None, 0.1):
        rbm = RBM(8)
        settings = {"epochs": 30, "batch_size": 50, "sparsity_weight": 5.0}
        ContrastiveDivergence(**settings, sparsity_target=target).train(rbm, data)
        active.append(float(np.asarray(rbm(data)).mean()))
    assert abs(active[1] - 0.1) < 0.05 < abs(active[0] - 0.1)


def test_same_seed_same_machine():
    found = []
    for _ in range(2):
        keras.utils.set_random_seed(0)
        rbm = RBM(4)
        ContrastiveDivergence(epochs=2, seed=3).train(rbm, bars())
        found.append(rbm.get_weights()[0])
    np.testing.assert_array_equal(*found)


def test_is_saved(tmp_path):
    rbm = random_rbm()
    model = keras.Sequential([keras.Input((6,)), rbm])
    model.save(tmp_path / "rbm.keras")
    again = keras.saving.load_model(tmp_path / "rbm.keras").layers[-1]
    for saved, back in zip(rbm.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(saved, back)
    assert again.get_config() == rbm.get_config()


def test_refusals():
    with pytest.raises(ValueError, match="Received: values from -1 to 1"):
        ContrastiveDivergence().train(RBM(2), np.array([[-1.0, 1.0]]))
    with pytest.raises(ValueError, match="visible='ternary'"):
        RBM(2, "ternary")
    with pytest.raises(ValueError, match="products='float8'"):
        ContrastiveDivergence(products="float8")
    with pytest.raises(ValueError, match="`steps` must be at least 1"):
        ContrastiveDivergence(steps=0)
    with pytest.raises(ValueError, match="units=21"):
        exact_log_partition(random_rbm(units=21))
    with pytest.raises(ValueError, match="binary"):
        annealed_log_partition(random_rbm("gaussian"), np.full(6, 0.5))


def test_frequencies_of_what_is_drawn():
    chances = np.array([0.0, 2**-12, 0.3, 0.5, 1.0], "float32")
    wanted = np.tile(chances, (40_001, 1))  # an odd number of numbers
    found = np.asarray(bernoulli(wanted, [1, 2]))
    assert set(np.unique(found)) == {0.0, 1.0}
    spread = 4 * np.sqrt(chances * (1 - chances) / len(wanted))
    assert (np.abs(found.mean(0) - chances) <= spread).all()
