"""What the numbers or colours in mask files mean. No TensorFlow.

Masks are PNG files of one of these kinds:

* numbers (grey, or with a palette, as VOC's): the class of each pixel. The classes are the lines
  of classes.txt, counted from 0; without it "background", "class 1", and so on. 255 is a pixel
  that is not known, neither learned nor measured.
* black and white: masks that hold 0 and 255 alone, for "background" and "foreground".
* colours: as classes.csv says, which has the columns name, r, g, b (CamVid's class_dict.csv).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.errors import InputError

# The class of pixels that nobody knows the class of: neither learned from nor measured.
IGNORED = 255
CLASS_FILES = ("classes.csv", "class_dict.csv", "classes.txt")
_MOST_CLASSES = 255
_NUMBERED = ("1", "L", "P", "I", "I;16", "I;16B")


@dataclass(frozen=True)
class Labels:
    """The classes of a folder of masks.

    Attributes:
        names: of the classes.
        colours: uint8 [classes, 3] if the masks are coloured, else None.
        black_and_white: whether 255 stands for class 1.
    """

    names: tuple[str, ...]
    colours: np.ndarray | None = None
    black_and_white: bool = False

    def classes(self, path: Path, mask: np.ndarray) -> np.ndarray:
        """The class of each pixel.

        Args:
            path: of the mask, for messages.
            mask: what `read_mask` returns.

        Returns:
            uint8 [height, width], classes and `IGNORED`.

        Raises:
            InputError: if the mask holds an unknown number or colour, or is of another kind.
        """
        if self.colours is not None:
            return self._of_colours(path, mask)
        if mask.ndim != 2:
            raise InputError(
                f"{path} is a mask in colours; expected numbers, or a classes.csv with the columns "
                "name, r, g, b beside images/ and masks/"
            )
        if self.black_and_white:
            return (mask > 0).astype("uint8")
        known = (mask < len(self.names)) | (mask == IGNORED)
        if not known.all():
            raise InputError(
                f"{path} holds the unknown class {mask[~known].max()}; expected numbers from 0 to "
                f"{len(self.names) - 1} ({', '.join(self.names[:8])}), or {IGNORED} for pixels "
                "that are not known"
            )
        return mask.astype("uint8")

    def _of_colours(self, path: Path, mask: np.ndarray) -> np.ndarray:
        if mask.ndim != 3:
            raise InputError(f"{path} is a mask of numbers; expected the colours of classes.csv")
        weights = np.array([65536, 256, 1], "int64")
        values, codes = mask.astype("int64") @ weights, self.colours.astype("int64") @ weights
        order = np.argsort(codes)
        place = np.searchsorted(codes[order], values).clip(0, len(codes) - 1)
        found = order[place]
        if not (codes[found] == values).all():
            colour = tuple(int(c) for c in mask[codes[found] != values][0])
            raise InputError(
                f"{path} holds the unknown colour {colour}; expected one of the "
                f"{len(codes)} colours of classes.csv"
            )
        return found.astype("uint8")


def read_labels(root: Path, masks: Sequence[Path]) -> Labels:
    """The classes of the masks: from a file beside them, or as the masks themselves tell.

    Args:
        root: may hold one of `CLASS_FILES`.
        masks: all mask files.

    Raises:
        InputError: if the file or the masks cannot be used.
    """
    for name in CLASS_FILES:
        path = root / name
        if path.is_file():
            return _from_table(path) if path.suffix == ".csv" else _from_lines(path, masks)
    values = _values(masks)
    if values <= {0, IGNORED} and IGNORED in values:
        return Labels(("background", "foreground"), black_and_white=True)
    most = max(values - {IGNORED}, default=0)
    if not 1 <= most < _MOST_CLASSES:
        raise InputError(
            f"{root}: expected masks with numbers of classes from 0 to at most "
            f"{_MOST_CLASSES - 1}, and more than one class. Received: {most} as the largest number"
        )
    if most == 1:
        return Labels(("background", "foreground"))
    return Labels(("background", *(f"class {i}" for i in range(1, most + 1))))


def read_mask(path: Path) -> np.ndarray:
    """A mask as it is in its file: int [height, width], or uint8 [height, width, 3].

    Raises:
        InputError: if it cannot be read.
    """
    try:
        with Image.open(path) as picture:
            numbered = picture.mode in _NUMBERED
            values = np.asarray(picture if numbered else picture.convert("RGB"))
            return values * 255 if picture.mode == "1" else values
    except (OSError, SyntaxError, ValueError) as e:
        raise InputError(f"The mask {path} cannot be read: {e}") from e


def _from_lines(path: Path, masks: Sequence[Path]) -> Labels:
    lines = [line.strip() for line in _text(path).splitlines()]
    names = _checked(path, tuple(line for line in lines if line))
    two = len(names) == 2 and _values(masks) <= {0, IGNORED}
    return Labels(names, black_and_white=two)


def _from_table(path: Path) -> Labels:
    rows = list(csv.DictReader(_text(path).splitlines()))
    try:
        names = tuple(row["name"].strip() for row in rows)
        colours = np.array([[int(row[c]) for c in "rgb"] for row in rows])
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise InputError(f"{path} must have the columns name, r, g and b; {e!r}") from e
    _checked(path, names)
    if colours.min() < 0 or colours.max() > 255 or len(np.unique(colours, axis=0)) < len(names):
        raise InputError(f"{path} must give each class a colour of its own, from 0 to 255")
    return Labels(names, colours.astype("uint8"))


def _checked(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    if not 2 <= len(names) <= _MOST_CLASSES or len(set(names)) < len(names):
        raise InputError(
            f"{path} must name from 2 to {_MOST_CLASSES} different classes. "
            f"Received: {len(names)} names, {len(set(names))} of them different"
        )
    return names


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"{path} cannot be read as UTF-8 text: {e}") from e


def _values(masks: Sequence[Path]) -> set[int]:
    """All numbers that occur in masks of numbers."""
    found: set[int] = set()
    for path in masks:
        values = read_mask(path)
        if values.ndim != 2:
            raise InputError(
                f"{path} is a mask in colours; expected a classes.csv with the columns name, r, g, "
                "b beside images/ and masks/"
            )
        found.update(np.unique(values).tolist())
    return found
