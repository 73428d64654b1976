"""Scenes composed of cut-outs on backgrounds, with exact masks and boxes. No TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

# A pixel belongs to the cut-out that covers at least half of it.
COVERED = 128
_TRIES = 20


@dataclass(frozen=True)
class CutOut:
    """A thing without its surroundings.

    Attributes:
        image: uint8 [height, width, 4], colour and alpha, cropped to what is seen of it.
        label: its class, from 1: 0 is the background.
        name: where it comes from.
    """

    image: np.ndarray
    label: int
    name: str = ""

    @cached_property
    def picture(self) -> Image.Image:
        """The same for Pillow."""
        return Image.fromarray(self.image)


@dataclass(frozen=True)
class Recipe:
    """How scenes are composed.

    Attributes:
        size: side of the scenes in pixels.
        things: the fewest and the most cut-outs in a scene.
        scale: the smallest and the largest longer side of a cut-out, as shares of the scene's.
        hidden: the largest share of a cut-out's pixels that others may cover.
        mirrors: whether half of all cut-outs and backgrounds are mirrored.
        turn: cut-outs are turned by up to so many degrees to either side.
        stretch: and made wider or narrower by up to this factor, at least 1.
    """

    size: int
    things: tuple[int, int] = (1, 3)
    scale: tuple[float, float] = (0.3, 0.7)
    hidden: float = 0.25
    mirrors: bool = True
    turn: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True)
class Scene:
    """One composed picture and all that is to be found in it.

    Attributes:
        image: uint8 [size, size, 3].
        instances: uint8 [size, size]: 0 for the background, k for thing k, counted from 1.
        labels: int32 [things], their classes.
        boxes: int32 [things, 4]: left, top, right, bottom of what is seen of each thing; the last
            two are the first column and row beyond it.
        names: the names of their cut-outs.
    """

    image: np.ndarray
    instances: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    names: tuple[str, ...]

    @property
    def mask(self) -> np.ndarray:
        """uint8 [size, size], the class of each pixel."""
        return np.concatenate([[0], self.labels]).astype("uint8")[self.instances]


def compose(
    cutouts: Sequence[CutOut],
    backgrounds: Sequence[np.ndarray],
    recipe: Recipe,
    seed: int,
    index: int,
) -> Scene:
    """Composes scene number `index` of the endless series that `seed` stands for.

    Each scene follows from its two numbers alone, so any of them can be made at any time.

    Args:
        cutouts: at least one. Classes are drawn evenly, whatever their numbers of cut-outs.
        backgrounds: at least one, uint8 [height, width, 3].
        recipe: size, numbers and limits.
        seed: which series.
        index: which scene of it.

    Returns:
        The scene, with at least one thing in it.

    Raises:
        ValueError: if there is no cut-out or no background.
    """
    if not cutouts or not backgrounds:
        raise ValueError(
            "At least one cut-out and one background are needed. Received: "
            f"{len(cutouts)} cut-outs, {len(backgrounds)} backgrounds"
        )
    rng = np.random.default_rng([seed, index])
    ground = _background(backgrounds[rng.integers(len(backgrounds))], recipe, rng)
    instances = np.zeros((recipe.size, recipe.size), "uint8")
    placed: list[CutOut] = []
    wanted = rng.integers(recipe.things[0], recipe.things[1] + 1)
    for _ in range(_TRIES * wanted):
        if len(placed) == wanted:
            break
        cutout = _drawn(cutouts, rng)
        picture, place = _placed(cutout, recipe, rng)
        after = _with(instances, picture, place, len(placed) + 1)
        if _fits(after, instances, len(placed) + 1, recipe.hidden):
            ground.alpha_composite(picture, place)
            instances = after
            placed.append(cutout)
    if not placed:
        raise ValueError(
            f"No cut-out can be placed in scenes of {recipe.size} pixels: the scale is too small. "
            f"Received: scale={recipe.scale}"
        )
    return Scene(
        np.asarray(ground.convert("RGB")),
        instances,
        np.array([c.label for c in placed], "int32"),
        np.array([tight_box(instances == k + 1) for k in range(len(placed))], "int32"),
        tuple(c.name for c in placed),
    )


def tight_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the smallest box around the true pixels of a mask.

    Args:
        mask: bool [height, width], true somewhere.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _background(whole: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> Image.Image:
    """A random square of a background at the scene's size."""
    height, width = whole.shape[:2]
    largest = min(height, width)
    side = int(rng.integers(min(recipe.size, largest), largest + 1))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    part = Image.fromarray(whole[top : top + side, left : left + side])
    part = part.resize((recipe.size, recipe.size), Image.Resampling.BOX).convert("RGBA")
    return _mirrored(part) if recipe.mirrors and rng.random() < 0.5 else part


def _drawn(cutouts: Sequence[CutOut], rng: np.random.Generator) -> CutOut:
    labels = sorted({c.label for c in cutouts})
    label = labels[rng.integers(len(labels))]
    those = [c for c in cutouts if c.label == label]
    return those[rng.integers(len(those))]


def _placed(
    cutout: CutOut, recipe: Recipe, rng: np.random.Generator
) -> tuple[Image.Image, tuple[int, int]]:
    """The cut-out at a random size, and where its upper left corner comes to lie."""
    longer = rng.uniform(*recipe.scale) * recipe.size
    whole = _turned(cutout.picture, recipe.turn, rng) if recipe.turn else cutout.picture
    sides = whole.size
    if recipe.stretch > 1:
        wider = recipe.stretch ** rng.uniform(-0.5, 0.5)
        sides = sides[0] * wider, sides[1] / wider
    factor = longer / max(sides)
    size = tuple(min(recipe.size, max(1, round(n * factor))) for n in sides)
    picture = whole.resize(size, Image.Resampling.LANCZOS)
    if recipe.mirrors and rng.random() < 0.5:
        picture = _mirrored(picture)
    left, top = (int(rng.integers(recipe.size - n + 1)) for n in picture.size)
    return picture, (left, top)


def _with(
    instances: np.ndarray, picture: Image.Image, place: tuple[int, int], number: int
) -> np.ndarray:
    """The instances once thing `number` lies on top of them."""
    left, top = place
    covered = np.asarray(picture.getchannel("A")) >= COVERED
    after = instances.copy()
    after[top : top + picture.height, left : left + picture.width][covered] = number
    return after


def _fits(after: np.ndarray, before: np.ndarray, number: int, hidden: float) -> bool:
    """Whether the new thing is seen at all, and covers no other by more than `hidden`.

    Shares are of what was seen before, which differs from the whole only where three overlap.
    """
    seen = np.bincount(after.ravel(), minlength=number + 1)
    was = np.bincount(before.ravel(), minlength=number + 1)
    return bool(seen[number]) and bool((seen[1:number] >= (1 - hidden) * was[1:number]).all())


def _turned(picture: Image.Image, most: float, rng: np.random.Generator) -> Image.Image:
    turned = picture.rotate(rng.uniform(-most, most), Image.Resampling.BICUBIC, expand=True)
    seen = turned.getchannel("A").point(lambda alpha: 255 * (alpha >= COVERED)).getbbox()
    return turned.crop(seen) if seen else picture


def _mirrored(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
