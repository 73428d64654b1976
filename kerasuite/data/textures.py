"""Backgrounds made by a formula: clouds of random colours, stripes and checks. No TensorFlow."""

import numpy as np
from PIL import Image


def texture(seed: int, size: int = 192) -> np.ndarray:
    """A random texture: clouds in two colours, on half of them stripes or checks, and grain.

    Args:
        seed: which one.
        size: side in pixels.

    Returns:
        uint8 [size, size, 3].
    """
    rng = np.random.default_rng([7, seed])
    dark, light = rng.uniform(0, 255, (2, 3))
    pattern = _clouds(size, rng)
    kind = rng.integers(4)
    if kind > 1:
        pattern = 0.6 * pattern + 0.4 * _waves(size, rng, checked=kind == 3)
    picture = dark + (light - dark) * pattern[..., None]
    grain = rng.uniform(0, 12) * rng.standard_normal((size, size, 1))
    return np.clip(picture + grain, 0, 255).astype("uint8")


def _clouds(size: int, rng: np.random.Generator) -> np.ndarray:
    """Random grids of doubling fineness, each half as strong; from 0 to 1."""
    total = np.zeros((size, size))
    for octave in range(6):
        cells = 2 ** (octave + 1)
        grid = Image.fromarray(rng.random((cells, cells)).astype("float32"))
        smooth = np.asarray(grid.resize((size, size), Image.Resampling.BICUBIC))
        total += smooth * rng.uniform(0.3, 0.8) ** octave
    total -= total.min()
    return total / total.max()


def _waves(size: int, rng: np.random.Generator, checked: bool) -> np.ndarray:
    """Stripes in a random direction, or two of them crossed; from 0 to 1."""
    y, x = np.mgrid[:size, :size] / size
    angle, count = rng.uniform(0, np.pi), rng.uniform(4, 24)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    waves = np.sin(2 * np.pi * count * along)
    if checked:
        waves = waves * np.sin(2 * np.pi * count * across)
    return 0.5 + 0.5 * np.tanh(3 * waves)
