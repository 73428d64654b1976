"""More to learn from than scenes are tested with: drawings of the same classes. No TensorFlow."""

from collections.abc import Sequence

from kerasuite.data.catalogue import find
from kerasuite.data.catalogue_tags import OPENCLIPART_ROOT
from kerasuite.data.compose import COVERED, CutOut
from kerasuite.data.fetch import paths
from kerasuite.data.scene_cutouts import cutout_file

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


def drawing_class(path: str) -> str | None:
    """The class of tuxpaint_scenes that a drawing of openclipart belongs to by its folder.

    Args:
        path: of its file in the package; None is the answer for drawings of anything else.
    """
    place = path.removeprefix(f"{OPENCLIPART_ROOT}/")
    return next((name for start, name in _DRAWINGS.items() if place.startswith(start)), None)


def drawings_of(classes: Sequence[str]) -> list[CutOut]:
    """Openclipart's drawings of these classes, but for those that are hardly more than lines.

    Args:
        classes: of tuxpaint_scenes; labels are their places, counted from 1.
    """
    members, files = find("openclipart_tags").members, paths("openclipart_tags")
    found = []
    for member, path in zip(members, files, strict=True):
        name = drawing_class(member.path)
        if name is not None:
            cutout = cutout_file(path, 1 + classes.index(name))
            if (cutout.image[..., 3] >= COVERED).mean() >= _LEAST_COVERED:
                found.append(cutout)
    return found
