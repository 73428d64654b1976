"""More to learn from than scenes are tested with: drawings of the same classes, and other things.

No TensorFlow.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.data.catalogue import find
from kerasuite.data.catalogue_tags import OPENCLIPART_ROOT
from kerasuite.data.compose import COVERED, CutOut
from kerasuite.data.fetch import paths
from kerasuite.data.scene_cutouts import cutout_file, first_word

# Where openclipart has drawings of the classes of tuxpaint_scenes.
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

# Tux Paint's other stamps, and openclipart's other drawings, in groups of which each is drawn as
# often as a class. Letters, playing cards, flags and maps are no things.
_OTHER_STAMPS = (
    ("animals", "medical", "military", "people"),
    ("food", "plants", "seasonal"),
    ("clothes", "hobbies", "household", "naturalforces", "space", "sports", "town"),
)
_OTHER_DRAWINGS = (
    "animals/",
    "buildings/",
    "computer/",
    "education/",
    "food/",
    "people/",
    "plants/",
    "recreation/music",
    "recreation/sports",
    "recreation/toys",
    "tools/",
)


def drawing_class(path: str) -> str | None:
    """The class of tuxpaint_scenes that a drawing of openclipart belongs to by its folder.

    Args:
        path: of its file in the package; None is the answer for drawings of anything else.
    """
    place = path.removeprefix(f"{OPENCLIPART_ROOT}/")
    return next((name for start, name in _DRAWINGS.items() if place.startswith(start)), None)


def drawings_of(classes: Sequence[str]) -> list[CutOut]:
    """Openclipart's drawings of these classes (fetched if need be), labelled from 1 on."""

    def label(path: str) -> int | None:
        name = drawing_class(path)
        return None if name is None else 1 + classes.index(name)

    return _drawings(label)


def other_things(folders: Sequence[str], known: Sequence[CutOut]) -> list[CutOut]:
    """Stamps and drawings of things of no class (fetched if need be).

    Args:
        folders: the classes' folders among the stamps, in their order: whatever is in these is left
            out. The labels of other things are beyond those of the classes, by their groups.
        known: the cut-outs of the classes; stamps whose names begin with the same word are left
            out too, as they may show the same thing.
    """
    words = {first_word(cutout.name) for cutout in known}
    found = []
    for place, path in stamps():
        top = place.partition("/")[0]
        group = next((i for i, tops in enumerate(_OTHER_STAMPS, 1) if top in tops), None)
        named = Path(place).stem
        of_a_class = place.startswith(tuple(f"{folder}/" for folder in folders))
        if group and not of_a_class and first_word(named) not in words:
            found.append(cutout_file(path, len(folders) + group))
    last = len(folders) + len(_OTHER_STAMPS) + 1
    return [*found, *_drawings(lambda path: last if _is_other(path) else None)]


def stamps() -> list[tuple[str, Path]]:
    """All pictures of tuxpaint_captions, each with its place among the stamps."""
    members = find("tuxpaint_captions").members
    return [
        (member.path.partition("/tuxpaint/stamps/")[2], path)
        for member, path in zip(members, paths("tuxpaint_captions"), strict=True)
        if path.suffix == ".png"
    ]


def _is_other(path: str) -> bool:
    place = path.removeprefix(f"{OPENCLIPART_ROOT}/")
    return drawing_class(path) is None and place.startswith(_OTHER_DRAWINGS)


def _drawings(label_of: Callable[[str], int | None]) -> list[CutOut]:
    """Openclipart's drawings that have a label, but for those that are hardly more than lines."""
    members, files = find("openclipart_tags").members, paths("openclipart_tags")
    found = []
    for member, path in zip(members, files, strict=True):
        label = label_of(member.path)
        if label is not None and not _is_empty(path):
            cutout = cutout_file(path, label)
            if (cutout.image[..., 3] >= COVERED).mean() >= _LEAST_COVERED:
                found.append(cutout)
    return found


def _is_empty(path: Path) -> bool:
    with Image.open(path) as opened:
        return not np.asarray(opened.convert("RGBA"))[..., 3].any()
