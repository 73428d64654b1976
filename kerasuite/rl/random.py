"""Noise that is added to continuous actions, for several environments at once."""

from typing import Any

import numpy as np


class AnnealedGaussianProcess:
    """Gaussian noise whose standard deviation falls along a straight line.

    Args:
        mu: mean.
        sigma: standard deviation at first.
        sigma_min: standard deviation at last; None keeps `sigma`.
        n_steps_annealing: over how many draws it falls.
        size: how many numbers an action has.

    Raises:
        ValueError: if a standard deviation is negative or `n_steps_annealing` is not positive.
    """

    def __init__(
        self,
        mu: float = 0.0,
        sigma: float = 1.0,
        sigma_min: float | None = None,
        n_steps_annealing: int = 1000,
        size: int = 1,
    ) -> None:
        if sigma < 0 or (sigma_min or 0) < 0:
            raise ValueError(
                "`sigma` and `sigma_min` must be at least 0. "
                f"Received: sigma={sigma}, sigma_min={sigma_min}"
            )
        if n_steps_annealing <= 0:
            raise ValueError(
                "`n_steps_annealing` must be positive. "
                f"Received: n_steps_annealing={n_steps_annealing}"
            )
        self.mu, self.sigma, self.size = mu, sigma, size
        self.sigma_min = sigma if sigma_min is None else sigma_min
        self.n_steps_annealing = n_steps_annealing
        self.n_steps = 0

    @property
    def current_sigma(self) -> float:
        """The standard deviation of the next draw."""
        done = min(self.n_steps / self.n_steps_annealing, 1.0)
        return self.sigma + (self.sigma_min - self.sigma) * done

    def sample(self, nb_envs: int, rng: np.random.Generator) -> np.ndarray:
        """Returns the noise of one step, float64 [nb_envs, size]."""
        raise NotImplementedError

    def reset_states(self, ended: np.ndarray | None = None) -> None:
        """Forgets what came before where `ended`, bool [envs]; everywhere for None."""

    def state(self) -> dict[str, Any]:
        """Plain values that `restore` takes."""
        return {"n_steps": self.n_steps}

    def restore(self, values: dict[str, Any]) -> None:
        """Puts back what `state` gave."""
        self.n_steps = values["n_steps"]


class GaussianWhiteNoiseProcess(AnnealedGaussianProcess):
    """Each step's noise is drawn anew. Args: see `AnnealedGaussianProcess`."""

    def sample(self, nb_envs: int, rng: np.random.Generator) -> np.ndarray:
        noise = rng.normal(self.mu, self.current_sigma, (nb_envs, self.size))
        self.n_steps += nb_envs
        return noise


class OrnsteinUhlenbeckProcess(AnnealedGaussianProcess):
    """Noise with a memory: `x += theta * (mu - x) * dt + sigma * sqrt(dt) * normal`.

    Every episode begins at a draw of mean `mu` and standard deviation `sigma`.

    Args:
        theta: how strongly it is drawn to `mu`.
        mu: mean.
        sigma: see `AnnealedGaussianProcess`.
        dt: duration of a step.
        size: how many numbers an action has.
        sigma_min: see `AnnealedGaussianProcess`.
        n_steps_annealing: see `AnnealedGaussianProcess`.

    Reference:
        Lillicrap et al. 2016, "Continuous control with deep reinforcement learning", section 3.
    """

    def __init__(
        self,
        theta: float,
        mu: float = 0.0,
        sigma: float = 1.0,
        dt: float = 1e-2,
        size: int = 1,
        sigma_min: float | None = None,
        n_steps_annealing: int = 1000,
    ) -> None:
        super().__init__(mu, sigma, sigma_min, n_steps_annealing, size)
        self.theta, self.dt = theta, dt
        self.reset_states()

    def sample(self, nb_envs: int, rng: np.random.Generator) -> np.ndarray:
        start = rng.normal(self.mu, self.current_sigma, (nb_envs, self.size))
        x = start if self._x is None else np.where(self._fresh[:, None], start, self._x)
        noise = rng.normal(size=x.shape)
        pull = self.theta * (self.mu - x) * self.dt
        self._x = x + pull + self.current_sigma * np.sqrt(self.dt) * noise
        self._fresh = np.zeros(nb_envs, bool)
        self.n_steps += nb_envs
        return self._x

    def reset_states(self, ended: np.ndarray | None = None) -> None:
        if ended is None:
            self._x = None
        elif self._x is not None:
            self._fresh = self._fresh | ended
