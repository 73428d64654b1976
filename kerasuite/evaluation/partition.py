"""How likely an RBM finds its data: the partition function, exactly or by annealing."""

import itertools

import numpy as np
from scipy.special import expit, logsumexp

from kerasuite.layers.rbm import RBM

_MOST_UNITS = 20


def exact_log_partition(rbm: RBM) -> float:
    """The logarithm of the sum of exp(-energy) over all states, of a small RBM.

    Raises:
        ValueError: if it has more than 20 hidden units.
    """
    if rbm.units > _MOST_UNITS:
        raise ValueError(
            f"An exact sum needs at most {_MOST_UNITS} hidden units. Received: units={rbm.units}"
        )
    kernel, bias, visible_bias = _weights(rbm)
    hidden = np.array(list(itertools.product((0.0, 1.0), repeat=rbm.units)))
    pushed = hidden @ kernel.T
    if rbm.visible == "gaussian":
        each = (visible_bias * pushed + pushed**2 / 2).sum(1) + 0.5 * len(visible_bias) * np.log(
            2 * np.pi
        )
    else:
        each = np.logaddexp(0, visible_bias + pushed).sum(1)
    return float(logsumexp(hidden @ bias + each))


def annealed_log_partition(
    rbm: RBM,
    base_rates: np.ndarray,
    betas: int = 1000,
    chains: int = 100,
    seed: int = 0,
) -> tuple[float, float]:
    """Estimates the logarithm of the partition function by annealed importance sampling.

    Chains go from units that are independent, with the data's means, to the RBM by so many small
    steps, and are weighed by what each step changes.

    Args:
        rbm: with binary visible units.
        base_rates: float [features], the mean of each visible unit in the data.
        betas: how many steps.
        chains: how many chains, side by side.
        seed: of the sampling.

    Returns:
        The estimate, and the standard deviation of the chains' weights as a share of their mean:
        well below 1, or the estimate is worth little.

    Raises:
        ValueError: if the visible units are not binary.

    Reference:
        Salakhutdinov & Murray 2008, "On the quantitative analysis of deep belief networks", section
        3; Neal 2001, "Annealed importance sampling".
    """
    if rbm.visible != "binary":
        raise ValueError(f"Annealing is for binary units. Received: visible={rbm.visible!r}")
    kernel, bias, visible_bias = _weights(rbm)
    rates = np.asarray(base_rates, "float64").clip(0.01, 0.99)
    base = np.log(rates / (1 - rates))
    rng = np.random.default_rng(seed)

    def unnormalised(visible: np.ndarray, beta: float) -> np.ndarray:
        linear = visible @ ((1 - beta) * base + beta * visible_bias)
        return linear + np.logaddexp(0, beta * (visible @ kernel + bias)).sum(1)

    visible = (rng.random((chains, len(base))) < rates).astype("float64")
    weights = np.zeros(chains)
    steps = np.linspace(0, 1, betas + 1)
    for before, beta in itertools.pairwise(steps):
        weights += unnormalised(visible, beta) - unnormalised(visible, before)
        hidden = rng.random((chains, rbm.units)) < expit(beta * (visible @ kernel + bias))
        mean = (1 - beta) * base + beta * (hidden @ kernel.T + visible_bias)
        visible = (rng.random(visible.shape) < expit(mean)).astype("float64")
    start = np.logaddexp(0, base).sum() + rbm.units * np.log(2)
    largest = weights.max()
    shares = np.exp(weights - largest)
    estimate = start + largest + np.log(shares.mean())
    return float(estimate), float(shares.std() / shares.mean())


def pseudo_log_likelihood(rbm: RBM, visible: np.ndarray, seed: int = 0) -> float:
    """The mean over rows of the sum, over units, of log p(unit | all others), by one unit a row.

    Args:
        rbm: with binary visible units.
        visible: rows of zeros and ones [n, features].
        seed: which unit of each row.
    """
    visible = np.asarray(visible, "float32")
    flipped = visible.copy()
    places = np.random.default_rng(seed).integers(0, visible.shape[1], len(visible))
    rows = np.arange(len(visible))
    flipped[rows, places] = 1 - flipped[rows, places]
    rise = np.asarray(rbm.free_energy(flipped)) - np.asarray(rbm.free_energy(visible))
    return float(-visible.shape[1] * np.logaddexp(0, -rise.astype("float64")).mean())


def _weights(rbm: RBM) -> list[np.ndarray]:
    return [np.asarray(w, "float64") for w in (rbm.kernel, rbm.bias, rbm.visible_bias)]
