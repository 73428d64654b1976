"""What the catalogue's scenes are composed of: cut-outs and backgrounds, split. No TensorFlow."""

import functools
import importlib.resources
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from kerasuite.data.catalogue import find
from kerasuite.data.catalogue_tags import OPENCLIPART_ROOT
from kerasuite.data.compose import COVERED, CutOut
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions
from kerasuite.data.fetch import paths
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
_WHITE = 225
_TEXTURES = {"train": range(60), "validation": range(60, 75), "test": range(75, 90)}
_LIBRARY_PHOTOGRAPHS = {"train": ("china.jpg",), "test": ("flower.jpg",)}
FOLDS = 4

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
# Where openclipart has drawings of them.
_DRAWINGS = {
    "animals/birds/": "bird",
    "food/fruit/": "fruit",
    "plants/flowers/": "flower",
    "animals/bugs/": "insect",
    "animals/mammals/": "mammal",
    "transportation/roadsigns/": "road sign",
    "food/vegetables/": "vegetable",
    "transportation/": "vehicle",
}
_LEAST_COVERED = 0.15  # of a drawing's own rectangle
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
_LARGEST_CUTOUT = 256
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
def materials(name: str, fold: int | None = None, drawings: bool = False) -> Materials:
    """The materials of a data set of kind "scenes", fetched first if need be.

    Args:
        name: "emoji_scenes" or "tuxpaint_scenes".
        fold: which quarter of the cut-outs is for the test, see `folded_cutouts`; None for the
            set's own division, see `divided_cutouts`.
        drawings: whether openclipart's drawings of the same classes (fetched as well) are among the
            cut-outs for training, each half as often as a photograph; of tuxpaint_scenes.

    Raises:
        InputError: if there is no such set of scenes, or no drawings of its classes.
    """
    find(name, kinds=("scenes",))
    if name == "tuxpaint_scenes":
        return _of_stamps(fold, drawings)
    if drawings:
        raise InputError(f"There are drawings for tuxpaint_scenes alone. Received: {name}")
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


def _of_stamps(fold: int | None, drawings: bool) -> Materials:
    classes = list(_STAMP_CLASSES)
    cutouts = []
    for inside, path in _stamp_files():
        if inside:
            label = next(i for i, c in enumerate(classes, 1) if inside.startswith(c + "/"))
            cutouts.append(_cutout_file(path, label))
    backgrounds = photographs()
    # They are too few to learn from that any colour may be ground: each is also there with its
    # colours exchanged, and textures of all colours stand beside them.
    exchanged = [np.roll(photo, k, axis=-1) for photo in backgrounds["train"] for k in range(3)]
    backgrounds["train"] = exchanged + [texture(i) for i in _TEXTURES["train"]]
    names = (BACKGROUND, *_STAMP_CLASSES.values())
    kinds = tuple(_STAMP_KINDS.get(name, name) for name in names)
    parts = _divided(cutouts, fold)
    if drawings:
        parts["train"] = 2 * parts["train"] + _drawings(list(_STAMP_CLASSES.values()))
    return Materials(parts, backgrounds, names, kinds)


def _divided(cutouts: Sequence[CutOut], fold: int | None) -> dict[str, list[CutOut]]:
    return divided_cutouts(cutouts) if fold is None else folded_cutouts(cutouts, fold)


def drawing_class(path: str) -> str | None:
    """The class of tuxpaint_scenes that a drawing of openclipart belongs to by its folder.

    Args:
        path: of its file in the package; None is the answer for drawings of anything else.
    """
    place = path.removeprefix(f"{OPENCLIPART_ROOT}/")
    return next((name for start, name in _DRAWINGS.items() if place.startswith(start)), None)


def _drawings(classes: Sequence[str]) -> list[CutOut]:
    """Openclipart's drawings of these classes, but for those that are hardly more than lines."""
    members, files = find("openclipart_tags").members, paths("openclipart_tags")
    found = []
    for member, path in zip(members, files, strict=True):
        name = drawing_class(member.path)
        if name is not None:
            cutout = _cutout_file(path, 1 + classes.index(name))
            if (cutout.image[..., 3] >= COVERED).mean() >= _LEAST_COVERED:
                found.append(cutout)
    return found


def photographs() -> dict[str, list[np.ndarray]]:
    """The photographs that tuxpaint_scenes is composed on, and one of scikit-learn's for training.

    Returns:
        By split uint8 [height, width, 3], the longer side at most 768 pixels.
    """
    found: dict[str, list[np.ndarray]] = {split: [] for split in SPLITS}
    for inside, path in _stamp_files():
        if not inside:
            found[_PHOTOGRAPH_SPLITS.get(path.name, "train")].append(_photograph(path))
    found["train"].append(library_photograph("china.jpg"))
    return found


def _stamp_files() -> list[tuple[str, Path]]:
    """The files of tuxpaint_scenes, each with its place among the stamps, "" for photographs."""
    members = find("tuxpaint_scenes").members
    return [
        (member.path.partition("/tuxpaint/stamps/")[2], path)
        for member, path in zip(members, paths("tuxpaint_scenes"), strict=True)
    ]


def cut_from_white(picture: np.ndarray, label: int, name: str = "") -> CutOut | None:
    """Cuts a drawn thing out of its white ground: white that touches the border is ground.

    Args:
        picture: uint8 [height, width, 3].
        label: the class of the thing.
        name: what to call it.

    Returns:
        The cut-out; None if it is hardly larger than its outline, as rings and glasses are.
    """
    light = np.pad(picture.min(-1) >= _WHITE, 1, constant_values=True)
    regions, _ = ndimage.label(light)
    thing = (regions != regions[0, 0])[1:-1, 1:-1]
    # The outermost pixels are mixed with white: on another ground they would be a halo.
    thing = ndimage.binary_opening(ndimage.binary_erosion(thing))
    if thing.mean() < 0.15:
        return None
    alpha = np.round(255 * ndimage.gaussian_filter(thing.astype("float64"), 0.5))
    return _cropped(np.dstack([picture, alpha.astype("uint8")]), label, name)


def divided_cutouts(cutouts: Sequence[CutOut], seed: int = 0) -> dict[str, list[CutOut]]:
    """Divides cut-outs into training, validation and test (about 70, 15 and 15 % of each class).

    Those whose names begin with the same word stay together, as they often show the same thing:
    "rabbit-2" and "rabbit_little".

    Args:
        cutouts: of all classes.
        seed: which go where.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, list[CutOut]] = {split: [] for split in SPLITS}
    for series in _series(cutouts, rng):
        wanted = max(1, round(0.15 * sum(map(len, series))))
        room = {"test": wanted, "validation": wanted}
        for group in series:
            split = next((s for s, left in room.items() if len(group) <= left), "train")
            parts[split] += group
            if split in room:
                room[split] -= len(group)
    return parts


def folded_cutouts(cutouts: Sequence[CutOut], fold: int, seed: int = 0) -> dict[str, list[CutOut]]:
    """Divides cut-outs so that over the folds each is tested once: cross-validation.

    Class by class, those whose names begin with the same word go together, the most first, to the
    quarter that has the fewest. One quarter is the test; of the rest about a tenth is for
    validation.

    Args:
        cutouts: of all classes.
        fold: which quarter is the test, from 0 to `FOLDS` - 1.
        seed: the order in which they are dealt.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, list[CutOut]] = {split: [] for split in SPLITS}
    for series in _series(cutouts, rng):
        quarters: list[list[CutOut]] = [[] for _ in range(FOLDS)]
        others = []
        for group in sorted(series, key=len, reverse=True):
            least = min(range(FOLDS), key=lambda k: len(quarters[k]))
            quarters[least] += group
            if least != fold:
                others.append(group)
        parts["test"] += quarters[fold]
        room = max(1, round(0.1 * sum(map(len, others))))
        for group in reversed(others):
            split = "validation" if len(group) <= room else "train"
            parts[split] += group
            room -= len(group) * (split == "validation")
    return parts


def _series(cutouts: Sequence[CutOut], rng: np.random.Generator) -> Iterator[list[list[CutOut]]]:
    """Per class its cut-outs by the first word of their names, in random order."""
    for label in sorted({c.label for c in cutouts}):
        groups: dict[str, list[CutOut]] = {}
        for cutout in (c for c in cutouts if c.label == label):
            groups.setdefault(_first_word(cutout.name), []).append(cutout)
        yield [groups[sorted(groups)[i]] for i in rng.permutation(len(groups))]


def _first_word(name: str) -> str:
    return re.split(r"[^a-z]", name.lower(), maxsplit=1)[0] or name


def _cutout_file(path: Path, label: int) -> CutOut:
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((_LARGEST_CUTOUT, _LARGEST_CUTOUT), Image.Resampling.LANCZOS)
    return _cropped(np.asarray(picture), label, path.stem)


def _cropped(picture: np.ndarray, label: int, name: str) -> CutOut:
    left, top, right, bottom = Image.fromarray(picture[..., 3]).getbbox()
    return CutOut(np.ascontiguousarray(picture[top:bottom, left:right]), label, name)


def _photograph(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((_LARGEST_PHOTOGRAPH, _LARGEST_PHOTOGRAPH), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def library_photograph(name: str) -> np.ndarray:
    """One of the two photographs that come with scikit-learn."""
    path = importlib.resources.files("sklearn") / "datasets" / "images" / name
    with path.open("rb") as f, Image.open(f) as opened:
        return np.asarray(opened.convert("RGB"))
