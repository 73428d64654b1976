"""Pictures with boxes from anywhere: the catalogue's composed scenes, or a folder."""

import dataclasses
from pathlib import Path
from typing import Literal

from kerasuite.data import catalogue
from kerasuite.data.boxed import Boxed
from kerasuite.data.boxed_folders import load_boxed_folder
from kerasuite.data.load import looks_like_path
from kerasuite.data.reading import mean_and_std, picture_sums
from kerasuite.data.scene_sets import AS_IT_IS, Composition, load_scenes
from kerasuite.data.scenes import Scenes
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

DEFAULT = "emoji_scenes"
THING = "thing"


def load_boxed(
    source: str | None = None,
    *,
    size: int,
    target: Literal["classes", "kinds", "foreground"] = "classes",
    seed: int = 0,
    limit: int | None = None,
    composition: Composition = AS_IT_IS,
) -> Splits:
    """Loads pictures with boxes around things, divided into training, validation and test.

    Args:
        source: a name of the catalogue (fetched first if need be), or the path of a folder with
            COCO's JSON files; see `boxed_folders.load_boxed_folder`. None for the embedded
            default.
        size: height and width that pictures are brought to, and their boxes with them, without
            keeping proportions.
        target: "classes" as they are; "kinds": the wider kinds of the classes, for sets that name
            them (COCO's supercategories); or "foreground": everything is a "thing".
        seed: which pictures of a folder without given splits fall into which.
        limit: at most so many pictures per split, the first ones.
        composition: of catalogue sets, how their scenes are composed.

    Returns:
        Three `Boxed` and their `Info`; the background is no class.

    Raises:
        InputError: if there is no such data set or folder, or it cannot be used.
    """
    source = source or DEFAULT
    if source in catalogue.names():
        splits = load_scenes(source, size=size, limit=limit, composition=composition)
        names, kinds = splits.info.class_names[1:], splits.info.kinds[1:]
        parts = {split: _without_background(getattr(splits, split)) for split in SPLITS}
        info = dataclasses.replace(splits.info, class_names=names, kinds=kinds)
    elif looks_like_path(source):
        for name, value in dataclasses.asdict(composition).items():
            if value != getattr(AS_IT_IS, name):
                raise InputError(
                    f"--{name.replace('_', '-')} is for scenes of the catalogue, which are "
                    f"composed; {source} has the pictures that it has. Received: {value}"
                )
        parts, info = load_boxed_folder(Path(source).expanduser(), (size, size), seed, limit)
        mean, std = mean_and_std(picture_sums(parts["train"].images))
        info = dataclasses.replace(info, shape=parts["train"].shape, mean=mean, std=std)
    else:
        raise InputError(
            f"There is no data set called {source!r}{catalogue.near(source, catalogue.names())}; "
            "expected a set of kind scenes that 'kerasuite data list' shows, or the path of a "
            "folder with COCO's annotations.json"
        )
    if target == "kinds":
        info, parts = _by_kind(info, parts)
    if target == "foreground":
        one = [0] * len(info.class_names)
        parts = {split: part.relabelled(one) for split, part in parts.items()}
        info = dataclasses.replace(info, class_names=(THING,), kinds=())
    return Splits(*(parts[split] for split in SPLITS), info)


def _without_background(scenes: Scenes) -> Boxed:
    return Boxed(scenes.images, scenes.boxes, [labels - 1 for labels in scenes.labels])


def _by_kind(info: Info, parts: dict[str, Boxed]) -> tuple[Info, dict[str, Boxed]]:
    if not info.kinds:
        raise InputError(
            f"{info.name} names no wider kinds of its classes: expected a 'supercategory' of each "
            f"category, of which some are alike. Received: {', '.join(info.class_names[:8])}"
        )
    names = tuple(dict.fromkeys(info.kinds))
    kind_of = [names.index(kind) for kind in info.kinds]
    parts = {split: part.relabelled(kind_of) for split, part in parts.items()}
    return dataclasses.replace(info, class_names=names, kinds=()), parts
