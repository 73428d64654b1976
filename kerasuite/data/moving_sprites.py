"""Clips of one thing that moves: what happens is told by the order of the frames alone."""

import functools
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kerasuite.data.compose import CutOut
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions
from kerasuite.data.scene_cutouts import cut_from_white, divided_cutouts
from kerasuite.data.splits import SPLITS

NAME = "moving_emoji"

# Each action with what it looks like when it is played backwards.
OPPOSITES = {
    "clockwise": "counterclockwise",
    "counterclockwise": "clockwise",
    "down": "up",
    "grows": "shrinks",
    "left": "right",
    "right": "left",
    "shrinks": "grows",
    "up": "down",
}
ACTIONS = tuple(OPPOSITES)

# The longer side of a sprite, as a share of the frame's.
_SCALES = (0.3, 0.6)
# How far an action goes over a clip: in frames' sides, in turns, in cycles of growth.
_MOVES, _TURNS, _GROWTHS = (0.4, 1.0), (0.35, 0.9), (0.5, 1.0)
# Least difference of grey levels between a sprite and its ground, and between a sprite and itself
# turned: a ball that turns looks like a ball at rest.
_CONTRAST, _TURN_DIFFERENCE = 50, 30


@dataclass(frozen=True)
class _State:
    """Where and how the sprite is seen in one frame; all numbers run through [0, 1) and wrap."""

    x: float
    y: float
    turn: float
    growth: float


def moving_sprites(
    split: str, count: int, frames: int, size: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Makes clips of emoji that move, turn, grow or shrink on a plain ground.

    Place, angle and size are drawn at random, and the action moves one of the three on; what
    leaves the frame on one side enters on the other, and what has grown to the end begins small.
    So each frame alone has the same distribution whatever the action is, and a clip played
    backwards is a clip of the opposite action: only the order of the frames tells.

    Args:
        split: "train", "validation" or "test". No sprite is in two of them.
        count: how many clips; clip i follows from `split` and i alone.
        frames: frames of a clip, at least 2.
        size: height and width.
        channels: 1 for grey, 3 for colour.

    Returns:
        uint8 [count, frames, size, size, channels]; and int32 [count], indices into `ACTIONS`,
        which come in equal numbers.
    """
    sprites = _sprites(size, channels)[split]
    labels = (np.arange(count) % len(ACTIONS)).astype("int32")
    clips = np.empty((count, frames, size, size, channels), "uint8")
    for i, label in enumerate(labels):
        rng = np.random.default_rng([SPLITS.index(split), i])
        sprite = sprites[rng.integers(len(sprites))]
        states = _states(ACTIONS[label], frames, rng)
        clips[i] = _drawn(sprite, states, size, rng)
    return clips, labels


def _states(action: str, frames: int, rng: np.random.Generator) -> list[_State]:
    """The states of a clip: one number runs on evenly, the others stay."""
    start = dict(zip(("x", "y", "turn", "growth"), rng.random(4), strict=True))
    moves, turns, growths = (rng.uniform(*far) for far in (_MOVES, _TURNS, _GROWTHS))
    moved, by = {
        "left": ("x", -moves),
        "right": ("x", moves),
        "up": ("y", -moves),
        "down": ("y", moves),
        "clockwise": ("turn", turns),
        "counterclockwise": ("turn", -turns),
        "grows": ("growth", growths),
        "shrinks": ("growth", -growths),
    }[action]
    return [
        _State(**{**start, moved: (start[moved] + by * t) % 1.0}) for t in np.linspace(0, 1, frames)
    ]


def _drawn(
    sprite: Image.Image, states: list[_State], size: int, rng: np.random.Generator
) -> np.ndarray:
    """uint8 [frames, size, size, channels], drawn at twice the size and brought back."""
    ground = _ground(sprite, rng)
    side, seen = 2 * size, {}
    frames = np.empty((len(states), side, side, len(ground)), "float32")
    for frame, state in zip(frames, states, strict=True):
        look = (state.turn, state.growth)
        if look not in seen:
            turned = np.asarray(_transformed(sprite, *look, side), "float32")
            alpha = turned[..., -1:] / 255
            seen[look] = turned[..., :-1] * alpha + ground * (1 - alpha)
        frame[:] = np.roll(seen[look], (round(state.y * side), round(state.x * side)), (0, 1))
    rows = frames[:, ::2] + frames[:, 1::2]
    return np.round((rows[:, :, ::2] + rows[:, :, 1::2]) / 4).astype("uint8")


def _transformed(sprite: Image.Image, turn: float, growth: float, side: int) -> Image.Image:
    """The sprite in the middle of a square, turned clockwise and brought to its size."""
    small, large = _SCALES
    factor = max(sprite.size) / (side * small * (large / small) ** growth)
    cosine, sine = np.cos(2 * np.pi * turn) * factor, np.sin(2 * np.pi * turn) * factor
    middle, (x, y) = side / 2, (n / 2 for n in sprite.size)
    matrix = (
        cosine, sine, x - (cosine + sine) * middle,
        -sine, cosine, y - (cosine - sine) * middle,
    )  # fmt: skip
    return sprite.transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def _ground(sprite: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """A random grey or colour, float32 [channels], that differs from the sprite in its level."""
    level, channels = _level(sprite), len(sprite.getbands()) - 1
    while True:
        tint = rng.uniform(-40, 40, channels) if channels > 1 else 0.0
        colour = np.clip(np.full(channels, rng.uniform(0, 255)) + tint, 0, 255)
        if abs(colour.mean() - level) >= _CONTRAST:
            return colour.astype("float32")


def _level(sprite: Image.Image) -> float:
    """The mean of what is seen of the sprite, from 0 to 255."""
    pixels = np.asarray(sprite, "float64")
    return float(np.average(pixels[..., :-1].mean(-1), weights=pixels[..., -1]))


@functools.cache
def _sprites(size: int, channels: int) -> dict[str, list[Image.Image]]:
    """The sprites of each split, with alpha; their longer side is as large as a frame."""
    mode = "LA" if channels == 1 else "RGBA"
    return {
        split: [_fitted(c, size).convert(mode) for c in part] for split, part in _cutouts().items()
    }


@functools.cache
def _cutouts() -> dict[str, list[CutOut]]:
    names = [record["en"][0] for record in emoji_captions()]
    found = (cut_from_white(p, 1, n) for p, n in zip(emoji_atlas(), names, strict=True))
    return divided_cutouts([c for c in found if c is not None and _turn_shows(c.picture)])


def _fitted(cutout: CutOut, size: int) -> Image.Image:
    factor = size / max(cutout.picture.size)
    width, height = (max(1, round(n * factor)) for n in cutout.picture.size)
    return cutout.picture.resize((width, height), Image.Resampling.LANCZOS)


def _turn_shows(sprite: Image.Image) -> bool:
    """Whether the sprite differs from itself turned by 30 to 90 degrees, small as it is seen."""
    level = 255.0 if _level(sprite) < 128 else 0.0

    def small(turn: float) -> np.ndarray:
        pixels = np.asarray(_transformed(sprite, turn, 1.0, 32), "float64")
        alpha = pixels[..., -1] / 255
        return pixels[..., :-1].mean(-1) * alpha + level * (1 - alpha)

    still = small(0.0)
    covered = max(1.0, float((still != level).sum()))
    turned = [np.abs(small(k / 12) - still).sum() / covered for k in range(1, 4)]
    return min(turned) >= _TURN_DIFFERENCE
