"""Importance sampling against exact likelihoods, and the bound below them."""

import numpy as np
import pytest
from keras import ops
from scipy.stats import multivariate_normal, norm

from kerasuite.evaluation.likelihood import (
    bernoulli_log_likelihood,
    check_unit_interval,
    gaussian_log_likelihood,
    importance_sampled,
)
from kerasuite.training.reconstruction_losses import NegativeLogLikelihood, SummedSquaredError


def linear_model(seed=0, pixels=6, code=2, variance=0.05):
    """x = W z + b + noise, whose likelihood and posterior are known (probabilistic PCA)."""
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(size=(code, pixels)), rng.normal(size=pixels)
    x = rng.standard_normal((20, code)) @ weights + bias
    x += np.sqrt(variance) * rng.standard_normal(x.shape)
    marginal = multivariate_normal(bias, weights.T @ weights + variance * np.eye(pixels))
    covariance = np.linalg.inv(np.eye(code) + weights @ weights.T / variance)
    means = (x - bias) @ weights.T / variance @ covariance

    def decode(z, index):
        mean = (z @ weights + bias).astype("float32")
        return np.concatenate([mean, np.full_like(mean, np.log(variance))], axis=1)

    return x.astype("float32"), -marginal.logpdf(x).mean(), means, np.diag(covariance), decode


@pytest.mark.parametrize("seed", [0, 1])
def test_likelihood_of_a_linear_model_and_the_bound(seed):
    x, exact, means, variances, decode = linear_model(seed)
    # A code that is not the posterior: factorised, shifted and too wide.
    log_variances = np.broadcast_to(np.log(1.5 * variances), means.shape)
    codes = np.concatenate([means + 0.05, log_variances], axis=1)
    found = importance_sampled(x, codes, decode, "gaussian", 5000, seed=1)
    assert found["nll"] == pytest.approx(exact, abs=0.03)
    assert found["negative_elbo"] > exact + 0.05
    few = importance_sampled(x, codes, decode, "gaussian", 5, seed=1)
    assert found["nll"] < few["nll"] < found["negative_elbo"] + 0.2


def test_the_bound_is_tight_at_the_exact_posterior():
    x, exact, means, _, decode = linear_model(code=1)
    variance = 1 / (1 + _squares(decode) / 0.05)
    codes = np.concatenate([means, np.full_like(means, np.log(variance))], axis=1)
    found = importance_sampled(x, codes, decode, "gaussian", 100)
    assert found["negative_elbo"] == pytest.approx(exact, abs=1e-3)
    assert found["nll"] == pytest.approx(exact, abs=1e-3)


def _squares(decode):
    mean = [decode(np.array([[z]]), 0)[0, :6] for z in (0.0, 1.0)]
    return float(np.square(mean[1] - mean[0]).sum())


def test_bernoulli_likelihood_of_a_code_that_says_nothing():
    rng = np.random.default_rng(0)
    x = (rng.random((10, 3, 3, 1)) < 0.3).astype("float32")
    logits = rng.normal(size=(1, 3, 3, 1)).astype("float32")
    p = 1 / (1 + np.exp(-logits))
    exact = -np.log(np.where(x == 1, p, 1 - p)).sum((1, 2, 3)).mean()
    codes = np.zeros((10, 4), "float32")
    found = importance_sampled(x, codes, lambda z, i: np.repeat(logits, len(z), 0), "bernoulli", 7)
    assert found["nll"] == pytest.approx(exact, rel=1e-5)
    assert found["negative_elbo"] == pytest.approx(exact, rel=1e-5)
    assert found["kl"] == 0


def test_pixel_likelihoods_are_the_definitions():
    rng = np.random.default_rng(0)
    x = rng.random((4, 3, 2, 1)).astype("float32")
    mean, log_variance = rng.normal(size=(2, *x.shape)).astype("float32")
    parameters = np.concatenate([mean, log_variance], axis=-1)
    exact = norm(mean, np.exp(log_variance / 2)).logpdf(x).sum((1, 2, 3))
    np.testing.assert_allclose(gaussian_log_likelihood(x, parameters), exact, rtol=1e-4)
    p = 1 / (1 + np.exp(-mean))
    exact = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum((1, 2, 3))
    np.testing.assert_allclose(bernoulli_log_likelihood(x, mean), exact, rtol=1e-4)
    loss = NegativeLogLikelihood("bernoulli")
    assert float(loss(x, mean)) == pytest.approx(-exact.mean(), rel=1e-5)
    assert NegativeLogLikelihood.from_config(loss.get_config()).likelihood == "bernoulli"
    squared = float(SummedSquaredError()(x, mean))
    assert squared == pytest.approx(0.5 * np.square(x - mean).sum((1, 2, 3)).mean(), rel=1e-5)
    assert np.isfinite(ops.convert_to_numpy(bernoulli_log_likelihood(x, 1000 * mean))).all()


def test_refusals():
    with pytest.raises(ValueError, match=r"Received: values from -0.5 to 2"):
        check_unit_interval(np.array([-0.5, 2.0]), "pictures")
    with pytest.raises(ValueError, match="Bernoulli"):
        importance_sampled(
            np.full((1, 2), 3.0, "float32"), np.zeros((1, 2)), lambda z, i: z, "bernoulli"
        )
    with pytest.raises(ValueError, match="Received: none"):
        importance_sampled(np.zeros((0, 2)), np.zeros((0, 2)), lambda z, i: z, "bernoulli")
    with pytest.raises(ValueError, match="likelihood='poisson'"):
        NegativeLogLikelihood("poisson")
