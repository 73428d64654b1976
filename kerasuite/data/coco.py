"""Own pictures with boxes: COCO's JSON files. No TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kerasuite.errors import InputError
from kerasuite.files import read_json

_PARTS = ("images", "annotations", "categories")
# Boxes are written with few decimals, and may reach out by the rounding.
_ROUNDING = 0.5


@dataclass(frozen=True)
class BoxedFile:
    """One picture file and what is in it.

    Attributes:
        path: the picture.
        size: its height and width.
        boxes: float32 [things, 4]: left, top, right, bottom in pixels.
        labels: int32 [things], indices into the names of the classes.
    """

    path: Path
    size: tuple[int, int]
    boxes: np.ndarray
    labels: np.ndarray


def read_coco(file: Path, images: Path) -> tuple[list[BoxedFile], tuple[str, ...], tuple[str, ...]]:
    """Reads a JSON file in COCO's form.

    Annotations of crowds (`iscrowd`) are left out: they are no boxes around one thing.

    Args:
        file: the JSON file, with "images", "annotations" and "categories".
        images: the folder that its file names are relative to.

    Returns:
        The pictures in the file's order, those without a thing among them; the names of the classes
        in the order of their ids; and the supercategory of each, empty if they tell nothing: if
        some class has none, or all have the same, or each its own.

    Raises:
        InputError: if the file is damaged or refers to what is not there; or a picture is
            missing or of another size; or a box is empty or reaches out of its picture.
    """
    record = read_json(file)
    rows = {part: _rows(file, record, part) for part in _PARTS}
    try:
        categories = sorted(rows["categories"], key=lambda c: c["id"])
        names = tuple(str(c["name"]) for c in categories)
        label_of = {c["id"]: label for label, c in enumerate(categories)}
        pictures = {p["id"]: _picture(file, images, p) for p in rows["images"]}
        found: dict[Any, list[tuple[np.ndarray, int]]] = {number: [] for number in pictures}
        for row in rows["annotations"]:
            if row.get("iscrowd"):
                continue
            if row["image_id"] not in pictures:
                raise InputError(
                    f"{file}: annotation {row['id']} is of image {row['image_id']}, which is not "
                    "among its images"
                )
            if row["category_id"] not in label_of:
                raise InputError(
                    f"{file}: annotation {row['id']} has the unknown category "
                    f"{row['category_id']}; expected one of: {_listed(label_of)}"
                )
            path, size = pictures[row["image_id"]]
            box = _box(f"{file}: annotation {row['id']}, in {path.name},", row["bbox"], size)
            found[row["image_id"]].append((box, label_of[row["category_id"]]))
    except (KeyError, TypeError, ValueError) as e:
        if isinstance(e, InputError):
            raise
        raise InputError(f"{file} is not in COCO's form: {e!r}") from e
    if len(set(names)) < len(names) or not names:
        raise InputError(f"{file} must name at least one category, each differently")
    boxed = [_boxed(*pictures[number], found[number]) for number in pictures]
    return boxed, names, _supercategories(categories)


def _supercategories(categories: list[dict[str, Any]]) -> tuple[str, ...]:
    kinds = tuple(str(c.get("supercategory") or "") for c in categories)
    return kinds if all(kinds) and 1 < len(set(kinds)) < len(kinds) else ()


def _rows(file: Path, record: Any, part: str) -> list[dict[str, Any]]:
    rows = record.get(part) if isinstance(record, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{file} is not in COCO's form: expected a list {part!r} in it")
    return rows


def _picture(file: Path, images: Path, row: dict[str, Any]) -> tuple[Path, tuple[int, int]]:
    path = images / str(row["file_name"])
    if not path.resolve().is_relative_to(images.resolve()):
        raise InputError(f"{file} names the picture {row['file_name']}, outside of {images}")
    try:
        with Image.open(path) as picture:
            width, height = picture.size
    except FileNotFoundError as e:
        raise InputError(f"{file} names the picture {path}, which does not exist") from e
    except OSError as e:
        raise InputError(f"The picture {path} cannot be read: {e}") from e
    given = (row.get("width", width), row.get("height", height))
    if given != (width, height):
        raise InputError(
            f"{file} says that {path.name} has {given[0]}x{given[1]} pixels; it has "
            f"{width}x{height}, so its boxes cannot be trusted"
        )
    return path, (height, width)


def _box(what: str, bbox: Any, size: tuple[int, int]) -> np.ndarray:
    """COCO's left, top, width, height as left, top, right, bottom."""
    values = np.array(bbox, "float64")
    if values.shape != (4,) or not np.isfinite(values).all():
        raise InputError(f"{what} must have a bbox of four numbers. Received: {bbox}")
    left, top, width, height = values
    if width <= 0 or height <= 0:
        raise InputError(f"{what} has an empty box: width {width:g}, height {height:g}")
    box = np.array([left, top, left + width, top + height])
    limits = np.array([size[1], size[0], size[1], size[0]], "float64")
    inside = box.clip(0, limits)
    reaches_out = (box < -_ROUNDING).any() or (box > limits + _ROUNDING).any()
    if reaches_out or (inside[2:] <= inside[:2]).any():
        raise InputError(
            f"{what} has a box outside of its picture of {size[1]}x{size[0]} pixels. Received: "
            f"left {left:g}, top {top:g}, width {width:g}, height {height:g}"
        )
    return inside


def _boxed(path: Path, size: tuple[int, int], things: list[tuple[np.ndarray, int]]) -> BoxedFile:
    boxes = np.array([box for box, _ in things], "float32").reshape(-1, 4)
    return BoxedFile(path, size, boxes, np.array([label for _, label in things], "int32"))


def _listed(ids: dict[Any, int]) -> str:
    return ", ".join(map(str, list(ids)[:10]))
