"""Pictures with maps of where people look: composed scenes, or a folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from kerasuite.data import catalogue
from kerasuite.data.batches import Examples
from kerasuite.data.compose import Recipe
from kerasuite.data.fixations import drawn_fixations, fixation_map
from kerasuite.data.folder_splits import fill_splits
from kerasuite.data.folders import ENDINGS, SPLIT_NAMES
from kerasuite.data.load import looks_like_path
from kerasuite.data.reading import mean_and_std, picture_sums, read_pictures, sizes_note
from kerasuite.data.scene_materials import materials
from kerasuite.data.scene_sets import composed
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

DEFAULT = "emoji_scenes"
FIXATIONS = 30  # of each composed scene
BLUR = 1 / 24  # of the picture's side
_SALIENT = ("face",)
_SEED = 17  # of the fixations
_EXPECTED = "expected images/ and maps/ with files of the same names"


class SaliencyMaps(Examples):
    """The pictures and maps of one split.

    Args:
        images: uint8 [n, height, width, 3].
        maps: float32 [n, height, width], from 0 to 1.
        fixations: bool [n, height, width], true where somebody looked; None if that is not known.
    """

    def __init__(
        self, images: np.ndarray, maps: np.ndarray, fixations: np.ndarray | None = None
    ) -> None:
        self.images, self.maps, self.fixations = images, maps, fixations

    def __len__(self) -> int:
        return len(self.images)

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of pictures, uint8 [batch, h, w, 3], and maps, float32 [batch, h, w, 1]."""
        with tf.device("CPU"):
            images, maps = tf.constant(self.images), tf.constant(self.maps[..., None])
        return index.map(
            lambda rows: (tf.gather(images, rows), tf.gather(maps, rows)),
            num_parallel_calls=tf.data.AUTOTUNE,
        ).prefetch(tf.data.AUTOTUNE)


def load_saliency(
    source: str | None, *, size: int = 64, seed: int = 0, limit: int | None = None
) -> Splits:
    """Loads pictures and maps.

    Args:
        source: "emoji_scenes" (None means that) or "tuxpaint_scenes", composed, with 30 fixations
            each that `fixations` draws; or the path of a folder with images/ and maps/, grey
            pictures, light where people looked, and maybe fixations/, black pictures with a light
            pixel at each fixation, all with the same names; or with train/, validation/ and test/
            that are such folders. Splits that are missing are taken out of training.
        size: height and width that all are brought to.
        seed: which pictures fall into the splits that are not given.
        limit: at most so many pictures per split.

    Returns:
        Three `SaliencyMaps` and their `Info`.

    Raises:
        InputError: if there is no such source, or a file cannot be used: it is named.
    """
    source = source or DEFAULT
    if source in catalogue.names():
        entry, found = catalogue.find(source, kinds=("scenes",)), materials(source)
        salient = {i for i, name in enumerate(found.class_names) if name in _SALIENT}
        parts = []
        for split, count in entry.splits:
            scenes = composed(found, split, min(count, limit or count), Recipe(size))
            points = [
                drawn_fixations(scene, salient, FIXATIONS, np.random.default_rng(key))
                for scene, key in zip(scenes, _keys(split, len(scenes)), strict=True)
            ]
            parts.append(_of_points(np.stack([s.image for s in scenes]), points, size))
        info = {"name": source, "licence": entry.licence, "citation": entry.citation}
    elif looks_like_path(source):
        root = Path(source).expanduser()
        listed = fill_splits(root, _scan(root), seed)
        parts = _read([listed[split][:limit] for split in SPLITS], size)
        files = [row[0] for part in listed.values() for row in part]
        info = {"name": str(root), "note": sizes_note(files, (size, size))}
    else:
        raise InputError(
            f"There is no data set called {source!r}; expected emoji_scenes, tuxpaint_scenes or "
            "the path of a folder with images/ and maps/"
        )
    mean, std = mean_and_std(picture_sums(parts[0].images))
    return Splits(*parts, Info(**info, shape=(size, size, 3), mean=mean, std=std))


def _keys(split: str, count: int) -> list[list[int]]:
    return [[_SEED, SPLITS.index(split), i] for i in range(count)]


def _of_points(images: np.ndarray, points: Sequence[np.ndarray], size: int) -> SaliencyMaps:
    maps = np.stack([fixation_map(p, (size, size), BLUR * size) for p in points])
    fixations = np.zeros(maps.shape, bool)
    for fixated, where in zip(fixations, points, strict=True):
        fixated[tuple(where.T)] = True
    return SaliencyMaps(images, maps, fixations)


def _scan(root: Path) -> dict[str, list[tuple[Path, ...]]]:
    """Pictures, maps and maybe fixations by split; "" where there are no split folders."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; {_EXPECTED}")
    if (root / "images").is_dir():
        return {"": _together(root)}
    found = {
        SPLIT_NAMES[p.name.lower()]: _together(p)
        for p in sorted(root.iterdir())
        if p.name.lower() in SPLIT_NAMES and (p / "images").is_dir()
    }
    if "train" not in found:
        raise InputError(f"{root} has no folder images/, nor train/images/; {_EXPECTED}")
    return found


def _together(folder: Path) -> list[tuple[Path, ...]]:
    kinds = [kind for kind in ("images", "maps", "fixations") if (folder / kind).is_dir()]
    if "maps" not in kinds:
        raise InputError(f"There is no folder {folder / 'maps'}; {_EXPECTED}")
    listed = {
        kind: {p.stem: p for p in sorted((folder / kind).iterdir()) if p.suffix.lower() in ENDINGS}
        for kind in kinds
    }
    for kind in kinds[1:]:
        if alone := sorted(listed["images"].keys() ^ listed[kind].keys()):
            raise InputError(
                f"{folder}: {alone[0]} is in only one of images/ and {kind}/; {_EXPECTED}"
            )
    if not listed["images"]:
        raise InputError(f"{folder / 'images'} holds no picture; {_EXPECTED}")
    return [tuple(listed[kind][stem] for kind in kinds) for stem in sorted(listed["images"])]


def _read(parts: Sequence[Sequence[tuple[Path, ...]]], size: int) -> list[SaliencyMaps]:
    """The files of all splits, read together."""
    rows = [row for part in parts for row in part]
    if len({len(row) for row in rows}) > 1:
        raise InputError("fixations/ must stand beside images/ in every split, or in none")
    columns = list(zip(*rows, strict=True))
    images, maps = (_pictures(columns[i], size, channels) for i, channels in ((0, 3), (1, 1)))
    highest = maps.max(axis=(1, 2, 3), keepdims=True)
    for path, top in zip(columns[1], highest.ravel(), strict=True):
        if not top:
            raise InputError(f"{path} is all black; expected a map, light where people looked")
    arrays = [images, (maps / highest).astype("float32")[..., 0]]
    if len(columns) == 3:
        arrays.append(np.stack([_points(path, size) for path in columns[2]]))
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return [
        SaliencyMaps(*split) for split in zip(*(np.split(x, ends) for x in arrays), strict=True)
    ]


def _pictures(files: Sequence[Path], size: int, channels: int) -> np.ndarray:
    reading = read_pictures(files, (size, size), channels)
    if reading.skipped:
        path, reason = reading.skipped[0]
        raise InputError(f"{path} cannot be used: {reason}; take it and its partners away")
    if reading.images is None:
        raise InputError(f"{len(files)} pictures do not fit into memory; use a smaller image size")
    return reading.images


def _points(path: Path, size: int) -> np.ndarray:
    """The light pixels of a picture, at their places in one of another size; bool [size, size]."""
    try:
        with Image.open(path) as opened:
            picture = np.asarray(opened.convert("L"))
    except (OSError, ValueError, Image.DecompressionBombError) as e:
        raise InputError(f"{path} cannot be used: {e}") from e
    where = np.argwhere(picture > 127)
    if not len(where):
        raise InputError(f"{path} has no light pixel; expected one at each fixation")
    fixated = np.zeros((size, size), bool)
    fixated[tuple((where * size // np.array(picture.shape)).T)] = True
    return fixated
