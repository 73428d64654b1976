"""How likely pictures are under a model with hidden codes: bounds, and importance sampling."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops

LOG_2PI = float(np.log(2 * np.pi))
# Below this standard deviation a pixel's value is known to about three grey levels, and more
# sharpness would only reward pixels that never change.
_LEAST_LOG_VARIANCE = -9.0
_CHUNK = 1000


def bernoulli_log_likelihood(values: Any, logits: Any) -> Any:
    """The logarithm of the probability of values from 0 to 1, in nats.

    Args:
        values: float tensor (batch, ...), each a 0 or 1, or the probability of a 1.
        logits: of the same shape, or one that is broadcast with it.

    Returns:
        A tensor (batch,), the sum over all but the first axis.
    """
    return _sums(values * logits - ops.softplus(logits))


def gaussian_log_likelihood(values: Any, parameters: Any) -> Any:
    """The logarithm of the density of values under normal distributions, in nats.

    Args:
        values: float tensor (batch, ..., channels).
        parameters: (batch, ..., 2 * channels): means, then logarithms of variances, which count as
            at least -9.

    Returns:
        A tensor (batch,), the sum over all but the first axis.
    """
    mean, log_variance = ops.split(parameters, 2, axis=-1)
    log_variance = ops.maximum(log_variance, _LEAST_LOG_VARIANCE)
    squares = ops.square(values - mean) * ops.exp(-log_variance)
    return _sums(-0.5 * (squares + log_variance + LOG_2PI))


LOG_LIKELIHOODS: Mapping[str, Callable[[Any, Any], Any]] = {
    "bernoulli": bernoulli_log_likelihood,
    "gaussian": gaussian_log_likelihood,
}


def log_weights(
    values: np.ndarray,
    code: np.ndarray,
    decode: Callable[[np.ndarray], Any],
    likelihood: str,
    samples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws codes of one picture and returns log p(x, z) - log q(z | x) of each.

    Their mean estimates the evidence lower bound; the logarithm of the mean of their exponentials
    estimates log p(x), from below on average.

    Args:
        values: float [...], the picture.
        code: float [2 * code], means and logarithms of variances of q(z | x).
        decode: codes float32 [n, code] → the parameters of p(x | z), [n, ...].
        likelihood: a key of `LOG_LIKELIHOODS`.
        samples: how many codes are drawn.
        rng: that draws them.

    Returns:
        float64 [samples], in nats.
    """
    mean, log_variance = np.split(np.asarray(code, "float32"), 2)
    found = []
    for start in range(0, samples, _CHUNK):
        noise = rng.standard_normal((min(_CHUNK, samples - start), len(mean)), "float32")
        z = mean + np.exp(log_variance / 2) * noise
        seen = LOG_LIKELIHOODS[likelihood](values[None], decode(z))
        # The constants of both normal densities are the same.
        latent = 0.5 * (np.square(noise) - np.square(z)).sum(1, dtype="float64")
        latent += 0.5 * log_variance.sum(dtype="float64")
        found.append(ops.convert_to_numpy(seen).astype("float64") + latent)
    return np.concatenate(found)


def importance_sampled(
    pictures: np.ndarray,
    codes: np.ndarray,
    decode: Callable[[np.ndarray, int], Any],
    likelihood: str,
    samples: int = 5000,
    seed: int = 0,
) -> dict[str, Any]:
    """Estimates the negative log-likelihood of pictures, and the bound that training minimised.

    Args:
        pictures: float32 [n, ...], values from 0 to 1.
        codes: float32 [n, 2 * code], what the encoder says of them.
        decode: codes float32 [m, code], and the index of their picture → parameters [m, ...].
        likelihood: a key of `LOG_LIKELIHOODS`.
        samples: codes drawn for each picture, k in the paper.
        seed: of the draws.

    Returns:
        "nll" and "negative_elbo", means in nats, "kl", and "standard_error" of nll over the
        pictures.

    Raises:
        ValueError: if there is no picture, or a value is not between 0 and 1 where the likelihood
            wants that.

    Reference:
        Burda, Grosse, Salakhutdinov 2016, "Importance weighted autoencoders", equation 8, and
        section 5 for k = 5000.
    """
    if not len(pictures):
        raise ValueError("`pictures` must hold a picture. Received: none")
    if likelihood == "bernoulli":
        check_unit_interval(pictures, "pictures")
    rng = np.random.default_rng(seed)
    nll, bound = np.empty(len(pictures)), np.empty(len(pictures))
    for i, (picture, code) in enumerate(zip(pictures, codes, strict=True)):
        weights = log_weights(picture, code, lambda z, i=i: decode(z, i), likelihood, samples, rng)
        largest = weights.max()
        nll[i] = -(largest + np.log(np.mean(np.exp(weights - largest))))
        bound[i] = -weights.mean()
    mean, log_variance = np.split(codes.astype("float64"), 2, axis=1)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1).sum(1)
    return {
        "nll": float(nll.mean()),
        "negative_elbo": float(bound.mean()),
        "kl": float(divergence.mean()),
        "standard_error": float(nll.std() / np.sqrt(len(nll))),
    }


def check_unit_interval(values: np.ndarray, name: str) -> None:
    """Checks that all values are between 0 and 1.

    Raises:
        ValueError: naming the argument `name` and the range of its values, if they are not.
    """
    low, high = float(np.min(values)), float(np.max(values))
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"`{name}` must hold values from 0 to 1, for a Bernoulli likelihood. Received: values "
            f"from {low:g} to {high:g}"
        )


def _sums(values: Any) -> Any:
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))
