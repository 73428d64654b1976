"""What the catalogue's scenes are composed of: cut-outs and backgrounds, split. No TensorFlow."""

import functools
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.data.catalogue import find
from kerasuite.data.compose import CutOut
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions
from kerasuite.data.fetch import paths
from kerasuite.data.scene_cutouts import (
    cut_from_white,
    cutout_file,
    divided_cutouts,
    folded_cutouts,
)
from kerasuite.data.scene_drawings import drawings_of
from kerasuite.data.splits import SPLITS
from kerasuite.data.textures import texture
from kerasuite.errors import InputError

BACKGROUND = "background"

# Class, category and keyword of the emoji that become cut-outs.
_EMOJI_CLASSES = (
    ("animal", "Animals & Nature", "animal"),
    ("ball", "Activities", "ball"),
    ("building", "Travel & Places", "building"),
    ("clothing", "Objects", "clothing"),
    ("face", "Smileys & Emotion", "face"),
    ("fruit", "Food & Drink", "fruit"),
    ("instrument", "Objects", "instrument"),
)
_MOST_EMOJI = 60  # of one class
_TEXTURES = {"train": range(60), "validation": range(60, 75), "test": range(75, 90)}
_LIBRARY_PHOTOGRAPHS = {"train": ("china.jpg",), "test": ("flower.jpg",)}

_STAMP_CLASSES = {
    "animals/birds": "bird",
    "food/fruit": "fruit",
    "plants/flowers": "flower",
    "animals/insects": "insect",
    "animals/mammals": "mammal",
    "town/roadsigns": "road sign",
    "food/vegetables": "vegetable",
    "vehicles": "vehicle",
}
# Wider kinds of the same classes, as COCO has supercategories.
_STAMP_KINDS = {
    "bird": "animal",
    "fruit": "food",
    "flower": "plant",
    "insect": "animal",
    "mammal": "animal",
    "road sign": "road sign",
    "vegetable": "food",
    "vehicle": "vehicle",
}
# Photographs that show nothing of these classes; those not named here are for training. Some of
# those do show a thing, such as a cup or a person. In validation and test there is none: what is
# ground and what is not would be a matter of opinion.
_PHOTOGRAPH_SPLITS = {
    "RainDrops.jpg": "validation",
    "gravel.png": "validation",
    "moon.png": "validation",
    "sunset_by_Aitzol_Berasategi.jpg": "validation",
    "Bridge_by_Sander_Klootwijk.jpg": "test",
    "Dune.jpg": "test",
    "Storm.jpg": "test",
    "brick.png": "test",
    "grass.png": "test",
    "picosdeeuropa_by_Aitzol_Berasategi.jpg": "test",
}
_LARGEST_PHOTOGRAPH = 768


@dataclass(frozen=True)
class Materials:
    """What scenes are composed of.

    Attributes:
        cutouts: by split; no cut-out is in two.
        backgrounds: by split uint8 [height, width, 3]; none is in two.
        class_names: "background" first, then the classes of the cut-outs from 1 on.
        kinds: of each of these a wider kind, "background" first; empty if there are none.
    """

    cutouts: dict[str, list[CutOut]]
    backgrounds: dict[str, list[np.ndarray]]
    class_names: tuple[str, ...]
    kinds: tuple[str, ...] = ()


@functools.cache
def materials(
    name: str, fold: int | None = None, drawings: bool = False, grounds: bool = False
) -> Materials:
    """The materials of a data set of kind "scenes", fetched first if need be.

    Args:
        name: "emoji_scenes" or "tuxpaint_scenes".
        fold: which quarter of the cut-outs is for the test, see `folded_cutouts`; None for the
            set's own division, see `divided_cutouts`.
        drawings: whether openclipart's drawings of the same classes (fetched as well) are among the
            cut-outs for training, each half as often as a photograph; of tuxpaint_scenes.
        grounds: whether tuxpaint_grounds (fetched as well) are among the backgrounds for training;
            of tuxpaint_scenes.

    Raises:
        InputError: if there is no such set of scenes, or no drawings or grounds for it.
    """
    find(name, kinds=("scenes",))
    if name == "tuxpaint_scenes":
        return _of_stamps(fold, drawings, grounds)
    for what, wanted in (("drawings", drawings), ("grounds", grounds)):
        if wanted:
            raise InputError(f"There are {what} for tuxpaint_scenes alone. Received: {name}")
    return _of_emoji(fold)


def _of_emoji(fold: int | None) -> Materials:
    captions, atlas = emoji_captions(), emoji_atlas("noto_emoji")
    cutouts = []
    for label, (_, category, keyword) in enumerate(_EMOJI_CLASSES, 1):
        chosen = [i for i, c in enumerate(captions) if c["cat"] == category and keyword in c["en"]]
        found = [cut_from_white(atlas[i], label, captions[i]["en"][0]) for i in chosen]
        cutouts += [c for c in found if c is not None][:_MOST_EMOJI]
    backgrounds = {split: [texture(i) for i in _TEXTURES[split]] for split in SPLITS}
    for split, names in _LIBRARY_PHOTOGRAPHS.items():
        # A photograph counts as much as eight textures: it is richer.
        backgrounds[split] += [library_photograph(name) for name in names] * 8
    names = (BACKGROUND, *(name for name, _, _ in _EMOJI_CLASSES))
    return Materials(_divided(cutouts, fold), backgrounds, names)


def _of_stamps(fold: int | None, drawings: bool, grounds: bool) -> Materials:
    classes = list(_STAMP_CLASSES)
    cutouts = []
    for inside, path in _stamp_files():
        if inside:
            label = next(i for i, c in enumerate(classes, 1) if inside.startswith(c + "/"))
            cutouts.append(cutout_file(path, label))
    backgrounds = photographs()
    if grounds:
        backgrounds["train"] += [photograph(path) for path in paths("tuxpaint_grounds")]
    # They are too few to learn from that any colour may be ground: each is also there with its
    # colours exchanged, and textures of all colours stand beside them.
    exchanged = [np.roll(photo, k, axis=-1) for photo in backgrounds["train"] for k in range(3)]
    backgrounds["train"] = exchanged + [texture(i) for i in _TEXTURES["train"]]
    names = (BACKGROUND, *_STAMP_CLASSES.values())
    kinds = tuple(_STAMP_KINDS.get(name, name) for name in names)
    parts = _divided(cutouts, fold)
    if drawings:
        parts["train"] = 2 * parts["train"] + drawings_of(list(_STAMP_CLASSES.values()))
    return Materials(parts, backgrounds, names, kinds)


def _divided(cutouts: Sequence[CutOut], fold: int | None) -> dict[str, list[CutOut]]:
    return divided_cutouts(cutouts) if fold is None else folded_cutouts(cutouts, fold)


def photographs() -> dict[str, list[np.ndarray]]:
    """The photographs that tuxpaint_scenes is composed on, and one of scikit-learn's for training.

    Returns:
        By split uint8 [height, width, 3], the longer side at most 768 pixels.
    """
    found: dict[str, list[np.ndarray]] = {split: [] for split in SPLITS}
    for inside, path in _stamp_files():
        if not inside:
            found[_PHOTOGRAPH_SPLITS.get(path.name, "train")].append(photograph(path))
    found["train"].append(library_photograph("china.jpg"))
    return found


def _stamp_files() -> list[tuple[str, Path]]:
    """The files of tuxpaint_scenes, each with its place among the stamps, "" for photographs."""
    members = find("tuxpaint_scenes").members
    return [
        (member.path.partition("/tuxpaint/stamps/")[2], path)
        for member, path in zip(members, paths("tuxpaint_scenes"), strict=True)
    ]


def photograph(path: Path) -> np.ndarray:
    """uint8 [height, width, 3], the longer side at most 768 pixels."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((_LARGEST_PHOTOGRAPH, _LARGEST_PHOTOGRAPH), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def library_photograph(name: str) -> np.ndarray:
    """One of the two photographs that come with scikit-learn."""
    path = importlib.resources.files("sklearn") / "datasets" / "images" / name
    with path.open("rb") as f, Image.open(f) as opened:
        return np.asarray(opened.convert("RGB"))
