"""Random changes of what a discriminator sees, through which the generator's gradients pass.

With few pictures a discriminator soon knows them by heart. If real and generated ones are changed
in the same random ways before it sees them, there is no end of them; and since its view of the
generated ones is changed when the generator learns too, the changes do not end up in the pictures.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

KINDS = ("color", "translation", "cutout")
MOVED, CUT = 0.125, 0.5  # shares of the sides, the paper's


def check_kinds(kinds: Sequence[str]) -> None:
    """Refuses a change that there is not.

    Args:
        kinds: any of `KINDS`.

    Raises:
        ValueError: if one of them is another word.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ValueError(f"`kinds` must be of {', '.join(KINDS)}. Received: {unknown}")


def changed(pictures: Any, kinds: Sequence[str], seed: keras.random.SeedGenerator) -> Any:
    """Changes each picture of a batch in its own random way.

    `color` draws anew how light a picture is (by up to 0.5 either way), how saturated (up to twice)
    and how rich in contrast (half to one and a half times); `translation` moves it by up to an
    eighth of its sides; `cutout` covers a square of half of its sides, part of which may lie
    outside. What is moved in, or covered, is grey. Every change is affine in the picture.

    Args:
        pictures: float tensor (batch, height, width, channels), from -1 to 1.
        kinds: any of `KINDS`; they happen in the order of `KINDS`.
        seed: of the draws.

    Returns:
        The changed pictures, of the same shape and dtype.

    Raises:
        ValueError: if a kind is another word.

    Reference:
        Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", equations
        4 to 6 and appendix A.
    """
    check_kinds(kinds)
    pictures = ops.convert_to_tensor(pictures)
    if "color" in kinds:
        pictures = _recoloured(pictures, seed)
    if "translation" in kinds:
        pictures = _moved(pictures, seed)
    if "cutout" in kinds:
        pictures = _covered(pictures, seed)
    return pictures


def _recoloured(pictures: Any, seed: keras.random.SeedGenerator) -> Any:
    lighter = _drawn(pictures, -0.5, 0.5, seed)
    pictures = pictures + lighter
    grey = ops.mean(pictures, axis=-1, keepdims=True)
    pictures = grey + (pictures - grey) * _drawn(pictures, 0.0, 2.0, seed)
    mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
    return mean + (pictures - mean) * _drawn(pictures, 0.5, 1.5, seed)


def _moved(pictures: Any, seed: keras.random.SeedGenerator) -> Any:
    """Products with shifted unit matrices: quick, and so are their gradients."""
    _, height, width, _ = pictures.shape
    down = _shifts(pictures, height, seed)
    across = _shifts(pictures, width, seed)
    pictures = ops.einsum("bij,bjwc->biwc", down, pictures)
    return ops.einsum("bij,bhjc->bhic", across, pictures)


def _shifts(pictures: Any, side: int, seed: keras.random.SeedGenerator) -> Any:
    """Matrices (batch, side, side) that move a side by so many places, a random number each."""
    most = int(side * MOVED + 0.5)
    steps = keras.random.randint((ops.shape(pictures)[0], 1, 1), -most, most + 1, seed=seed)
    places = ops.arange(side)
    moved = ops.equal(places[None, :, None], places[None, None, :] + steps)
    return ops.cast(moved, pictures.dtype)


def _covered(pictures: Any, seed: keras.random.SeedGenerator) -> Any:
    down, across = (_inside(pictures, side, seed) for side in pictures.shape[1:3])
    covered = ops.logical_and(down[:, :, None, None], across[:, None, :, None])
    return pictures * ops.cast(ops.logical_not(covered), pictures.dtype)


def _inside(pictures: Any, side: int, seed: keras.random.SeedGenerator) -> Any:
    """Which places of a side lie in a piece of it about a random place, bool (batch, side)."""
    piece = int(side * CUT + 0.5)
    middle = keras.random.randint((ops.shape(pictures)[0], 1), 0, side + 1 - piece % 2, seed=seed)
    first = middle - piece // 2
    places = ops.arange(side)[None]
    return ops.logical_and(places >= first, places < first + piece)


def _drawn(pictures: Any, low: float, high: float, seed: keras.random.SeedGenerator) -> Any:
    """A number for each picture, (batch, 1, 1, 1)."""
    shape = (ops.shape(pictures)[0], 1, 1, 1)
    return ops.cast(keras.random.uniform(shape, low, high, seed=seed), pictures.dtype)
