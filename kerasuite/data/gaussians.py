"""Mixtures of Gaussians in the plane: the toys that show which modes a generator has lost."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError

MADE_UP = ("ring", "grid")


@dataclass(frozen=True)
class Mixture:
    """Gaussians of equal weight and spread.

    Attributes:
        centres: float32 [modes, 2].
        std: standard deviation of each, in both directions.
    """

    centres: np.ndarray
    std: float

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Points of the mixture, float32 [count, 2]."""
        chosen = self.centres[rng.integers(len(self.centres), size=count)]
        return (chosen + self.std * rng.standard_normal((count, 2))).astype("float32")


def mixture(name: str) -> Mixture:
    """The mixture of a name.

    Args:
        name: "ring", 8 modes on a circle of radius 2, of standard deviation 0.02; or "grid", 5 by 5
            modes at -4, -2, 0, 2 and 4, of standard deviation 0.05.

    Raises:
        InputError: if there is no such mixture.

    Reference:
        Gulrajani et al. 2017, "Improved training of Wasserstein GANs", section 3.1, whose code has
        these sizes; the ring: Metz et al. 2017, "Unrolled generative adversarial networks".
    """
    if name == "ring":
        angle = 2 * np.pi * np.arange(8) / 8
        return Mixture(np.column_stack([2 * np.cos(angle), 2 * np.sin(angle)]), 0.02)
    if name == "grid":
        steps = np.arange(-4.0, 5.0, 2.0)
        return Mixture(np.array([(x, y) for x in steps for y in steps]), 0.05)
    raise InputError(f"A mixture must be one of {', '.join(MADE_UP)}. Received: {name}")


class Samples:
    """Examples without labels, in memory.

    Args:
        values: float32 [n, ...].
    """

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.asarray(values, "float32")

    def __len__(self) -> int:
        return len(self.values)

    def steps_per_epoch(self, batch_size: int) -> int:
        """How many batches of `shuffled_batches` make one epoch."""
        return steps_per_epoch(len(self), batch_size)

    def shuffled_batches(self, batch_size: int, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches, float32 [batch, ...]; see `batches.shuffled_indices`."""
        values = tf.constant(self.values)
        index = shuffled_indices(len(self), batch_size, seed, first_epoch)
        return index.map(lambda rows: tf.gather(values, rows)).prefetch(tf.data.AUTOTUNE)


def load_gaussians(name: str, points: int, seed: int) -> Splits:
    """Draws points of a mixture: `points` to learn from, and 2,500 each to watch and to measure by.

    Args:
        name: "ring" or "grid".
        points: how many to learn from.
        seed: which points.

    Returns:
        Three `Samples` and their `Info`.
    """
    drawn, rng = mixture(name), np.random.default_rng(seed)
    parts = [Samples(drawn.draw(count, rng)) for count in (points, 2500, 2500)]
    title = f"{name} of {len(drawn.centres)} Gaussians"
    return Splits(*parts, Info(title, shape=(2,)))
