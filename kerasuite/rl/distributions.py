"""Distributions of actions: drawn in NumPy while acting, differentiated in TensorFlow."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.rl.policy import masked

_NEVER = -1e9  # a logit of probability 0 whose gradient is no NaN
_LOG_STD = (-20.0, 2.0)


class Categorical:
    """One choice, or several independent ones (`MultiDiscrete`), by logits.

    Args:
        space: Discrete or MultiDiscrete.
    """

    def __init__(self, space: spaces.Discrete | spaces.MultiDiscrete) -> None:
        self.single = isinstance(space, spaces.Discrete)
        self.sizes = [int(space.n)] if self.single else [int(n) for n in space.nvec]
        self.parameters = sum(self.sizes)

    def sample(
        self, logits: np.ndarray, rng: np.random.Generator, masks: np.ndarray | None = None
    ) -> np.ndarray:
        """Draws actions, int64 [envs] or [envs, choices].

        Args:
            logits: [envs, parameters].
            rng: random numbers.
            masks: bool [envs, parameters], what is allowed; None for everything.
        """
        # The largest of logits with Gumbel noise is distributed as their softmax.
        return self.mode(logits + rng.gumbel(size=logits.shape), masks)

    def mode(self, logits: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """The likeliest actions; see `sample`."""
        parts = np.split(masked(logits, masks), np.cumsum(self.sizes)[:-1], axis=-1)
        choices = np.stack([part.argmax(-1) for part in parts], axis=-1)
        return choices[:, 0] if self.single else choices

    def log_prob(self, logits: tf.Tensor, actions: tf.Tensor, masks: Any = None) -> tf.Tensor:
        """Logarithms of the probabilities of `actions`, float32 [batch]."""
        actions = actions[:, None] if self.single else actions
        total = 0.0
        for i, part in enumerate(self._normalised(logits, masks)):
            total += tf.reduce_sum(part * tf.one_hot(actions[:, i], self.sizes[i]), axis=-1)
        return total

    def log_probs(self, logits: tf.Tensor, masks: Any = None) -> tf.Tensor:
        """Logarithms of the probabilities of all choices, float32 [batch, parameters]."""
        return tf.concat(self._normalised(logits, masks), axis=-1)

    def entropy(self, logits: tf.Tensor, masks: Any = None) -> tf.Tensor:
        """In nats, float32 [batch]."""
        parts = self._normalised(logits, masks)
        return -sum(tf.reduce_sum(tf.exp(part) * part, axis=-1) for part in parts)

    def _normalised(self, logits: tf.Tensor, masks: Any) -> list[tf.Tensor]:
        if masks is not None:
            logits = tf.where(masks, logits, _NEVER)
        return [tf.nn.log_softmax(part) for part in tf.split(logits, self.sizes, axis=-1)]


class DiagonalGaussian:
    """Independent normal numbers by means and logarithms of standard deviations.

    Args:
        space: a Box with one axis.
    """

    def __init__(self, space: spaces.Box) -> None:
        self.size = int(np.prod(space.shape))
        self.parameters = 2 * self.size

    def sample(
        self, parameters: np.ndarray, rng: np.random.Generator, masks: None = None
    ) -> np.ndarray:
        """Draws actions, float32 [envs, size], from parameters [envs, 2 * size]."""
        mean, log_std = np.split(parameters, 2, axis=-1)
        noise = rng.standard_normal(mean.shape, np.float32)
        return mean + np.exp(np.clip(log_std, *_LOG_STD)) * noise

    def mode(self, parameters: np.ndarray, masks: None = None) -> np.ndarray:
        """The means, float32 [envs, size]."""
        return parameters[:, : self.size]

    def log_prob(self, parameters: tf.Tensor, actions: tf.Tensor, masks: None = None) -> tf.Tensor:
        """Logarithms of the densities of `actions`, float32 [batch]."""
        mean, log_std = self._split(parameters)
        z = (actions - mean) / tf.exp(log_std)
        return -tf.reduce_sum(0.5 * z**2 + log_std + 0.5 * math.log(2 * math.pi), axis=-1)

    def entropy(self, parameters: tf.Tensor, masks: None = None) -> tf.Tensor:
        """In nats, float32 [batch]."""
        _, log_std = self._split(parameters)
        return tf.reduce_sum(log_std + 0.5 * math.log(2 * math.pi * math.e), axis=-1)

    def _split(self, parameters: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean, log_std = tf.split(parameters, 2, axis=-1)
        return mean, tf.clip_by_value(log_std, *_LOG_STD)


class SquashedGaussian:
    """`tanh` of normal numbers, by means and logarithms of standard deviations before it: actions
    within bounds.

    Densities are those of numbers from -1 to 1, whatever the bounds.

    Args:
        low: the least actions, float32 [size].
        high: the largest.

    Reference:
        Haarnoja et al. 2018, "Soft actor-critic algorithms and applications", appendix C.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray) -> None:
        self.middle, self.half = (high + low) / 2, (high - low) / 2
        self.size = len(low)

    def sample(self, parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws actions, float32 [envs, size], from parameters [envs, 2 * size]."""
        mean, log_std = np.split(parameters, 2, axis=-1)
        noise = rng.standard_normal(mean.shape, np.float32)
        return self._squash(mean + np.exp(np.clip(log_std, *_LOG_STD)) * noise)

    def mode(self, parameters: np.ndarray) -> np.ndarray:
        """The actions of the means, float32 [envs, size]."""
        return self._squash(parameters[:, : self.size])

    def draw(self, parameters: tf.Tensor, noise: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns actions [batch, size] and the logarithms of their densities [batch].

        Args:
            parameters: [batch, 2 * size].
            noise: standard normal [batch, size].
        """
        mean, log_std = tf.split(parameters, 2, axis=-1)
        log_std = tf.clip_by_value(log_std, *_LOG_STD)
        x = mean + tf.exp(log_std) * noise
        normal = 0.5 * noise**2 + log_std + 0.5 * math.log(2 * math.pi)
        # log(1 - tanh(x)^2), without the difference that is 0 for large x.
        slope = 2 * (math.log(2) - x - tf.nn.softplus(-2 * x))
        return self.middle + self.half * tf.tanh(x), -tf.reduce_sum(normal + slope, axis=-1)

    def _squash(self, x: np.ndarray) -> np.ndarray:
        return self.middle + self.half * np.tanh(x)


def distribution_of(space: spaces.Space) -> Categorical | DiagonalGaussian:
    """Returns the distribution for a space of actions.

    Raises:
        InputError: if there is none.
    """
    if isinstance(space, spaces.Discrete):
        return Categorical(space)
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return Categorical(space)
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return DiagonalGaussian(space)
    raise InputError(
        "The action space must be Discrete, or MultiDiscrete or Box with one axis. "
        f"Received: {space}"
    )
