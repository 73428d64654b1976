"""Pictures with masks from anywhere: the catalogue's composed scenes, or a folder."""

import concurrent.futures
import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from kerasuite.data import catalogue
from kerasuite.data.compose import Recipe, Scene, compose
from kerasuite.data.load import looks_like_path
from kerasuite.data.mask_folders import load_mask_folder
from kerasuite.data.reading import mean_and_std, picture_sums, with_bar
from kerasuite.data.scene_materials import BACKGROUND, Materials, materials
from kerasuite.data.scenes import Scenes
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

DEFAULT = "emoji_scenes"
DEFAULT_SIZE = 64
TURN, STRETCH = 20.0, 1.3


@dataclass(frozen=True)
class Composition:
    """How the scenes of a catalogue set are composed, where not as the set has it.

    Attributes:
        scenes: how many training scenes; None for the set's own number.
        things: the most things of a training scene; None for as many as in the other splits.
        vary_things: whether the things of training scenes are turned by up to `TURN` degrees and
            stretched by up to `STRETCH`.
        fold: which quarter of the cut-outs is for the test, see `scene_materials.folded_cutouts`;
            None for the set's own division.
        drawings: whether training scenes hold openclipart's drawings too; of tuxpaint_scenes.
        grounds: whether they stand on tuxpaint_grounds too; of tuxpaint_scenes.
    """

    scenes: int | None = None
    things: int | None = None
    vary_things: bool = False
    fold: int | None = None
    drawings: bool = False
    grounds: bool = False


AS_IT_IS = Composition()


def load_scenes(
    source: str | None = None,
    *,
    size: int = DEFAULT_SIZE,
    target: Literal["classes", "foreground"] = "classes",
    seed: int = 0,
    limit: int | None = None,
    composition: Composition = AS_IT_IS,
) -> Splits:
    """Loads pictures with a class for every pixel, divided into training, validation and test.

    Args:
        source: a name of the catalogue (fetched first if need be), or the path of a folder with
            images/ and masks/; see `mask_folders.load_mask_folder`. None for the embedded
            default.
        size: height and width that pictures and masks are brought to.
        target: "classes" as they are; or "foreground": whatever is no background is one class.
        seed: which pictures of a folder without given splits fall into which. Catalogue sets and
            their splits are fixed.
        limit: at most so many pictures per split, the first ones.
        composition: of catalogue sets.

    Raises:
        InputError: if there is no such data set or folder, or it cannot be used.
    """
    source = source or DEFAULT
    if source in catalogue.names():
        parts, info = _composed(source, size, limit, composition)
    elif looks_like_path(source):
        parts, info = load_mask_folder(Path(source).expanduser(), (size, size), seed, limit)
    else:
        raise InputError(
            f"There is no data set called {source!r}{catalogue.near(source, catalogue.names())}; "
            "expected a set of kind scenes that 'kerasuite data list' shows, or the path of a "
            "folder with images/ and masks/"
        )
    if target == "foreground":
        info = _two_classes(info)
        parts = {split: part.foreground() for split, part in parts.items()}
    mean, std = mean_and_std(picture_sums(parts["train"].images))
    known = {"shape": parts["train"].shape, "mean": mean, "std": std}
    return Splits(*(parts[split] for split in SPLITS), Info(**{**info, **known}))


def _two_classes(info: dict) -> dict:
    if info["class_names"][0] != BACKGROUND:
        raise InputError(
            f"{info['name']} has no background, so there is no foreground to find: expected a "
            f"first class called {BACKGROUND!r}. Received: {info['class_names'][0]!r}"
        )
    return {**info, "class_names": (BACKGROUND, "foreground"), "kinds": ()}


def _composed(
    name: str,
    size: int,
    limit: int | None,
    wanted: Composition,
) -> tuple[dict[str, Scenes], dict]:
    entry = catalogue.find(name, kinds=("scenes",))
    found = materials(name, wanted.fold, wanted.drawings, wanted.grounds)
    sizes = {**dict(entry.splits), **({"train": wanted.scenes} if wanted.scenes else {})}
    counts = {split: min(count, limit or count) for split, count in sizes.items()}
    recipes = dict.fromkeys(SPLITS, Recipe(size))
    if wanted.things is not None:
        recipes["train"] = Recipe(size, things=(1, wanted.things))
    if wanted.vary_things:
        recipes["train"] = dataclasses.replace(recipes["train"], turn=TURN, stretch=STRETCH)
    parts = {
        split: composed_scenes(found, split, counts[split], recipes[split]) for split in SPLITS
    }
    info = {
        "name": name,
        "class_names": found.class_names,
        "kinds": found.kinds,
        "licence": entry.licence,
        "citation": entry.citation,
    }
    return parts, info


def composed_scenes(found: Materials, split: str, count: int, recipe: Recipe) -> Scenes:
    """The first scenes of a split, as pictures with masks and boxes; see `composed`."""
    scenes = composed(found, split, count, recipe)
    return Scenes(
        np.stack([scene.image for scene in scenes]),
        np.stack([scene.mask for scene in scenes]),
        [scene.boxes for scene in scenes],
        [scene.labels for scene in scenes],
    )


def composed(found: Materials, split: str, count: int, recipe: Recipe) -> list[Scene]:
    """Composes the first scenes of a split.

    Args:
        found: cut-outs and backgrounds.
        split: "train", "validation" or "test": each is a series of its own.
        count: how many.
        recipe: size, numbers and limits.
    """

    def one(index: int) -> Scene:
        cutouts, backgrounds = found.cutouts[split], found.backgrounds[split]
        return compose(cutouts, backgrounds, recipe, SPLITS.index(split), index)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(with_bar(pool.map(one, range(count)), count, f"Composing {split} scenes"))
