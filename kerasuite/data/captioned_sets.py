"""Pictures of the catalogue with captions, without TensorFlow."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasuite.data.catalogue import find
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions
from kerasuite.data.fetch import paths


@dataclass(frozen=True)
class CaptionedSet:
    """Pictures with captions, of all splits together.

    Attributes:
        captions: per picture at least one.
        images: uint8 [n, height, width, 3], or None if they are files.
        files: n paths, or None.
    """

    captions: tuple[tuple[str, ...], ...]
    images: np.ndarray | None = None
    files: tuple[Path, ...] | None = None

    def __len__(self) -> int:
        return len(self.captions)

    def picture(self, index: int) -> np.ndarray:
        """One picture, uint8 [height, width, 3], on white."""
        from PIL import Image

        if self.images is not None:
            return self.images[index]
        with Image.open(self.files[index]) as picture:
            picture = picture.convert("RGBA")
            ground = Image.new("RGBA", picture.size, "white")
            return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))


def captioned_set(name: str) -> CaptionedSet:
    """The pictures and captions of a catalogue set of kind "captioned", fetched if need be."""
    find(name, kinds=("captioned",))
    return {"emoji_captioned": _emoji, "tuxpaint_captions": _stamps}[name]()


def _emoji() -> CaptionedSet:
    names = tuple((record["en"][0],) for record in emoji_captions())
    images = np.concatenate([emoji_atlas("noto_emoji"), emoji_atlas("twemoji")])
    return CaptionedSet(names * 2, images=images)


def _stamps() -> CaptionedSet:
    found = paths("tuxpaint_captions")
    files = tuple(p for p in found if p.suffix == ".png")
    # The first line is English; the others are "de.utf8=…".
    texts = (p.with_suffix(".txt").read_text("utf-8").splitlines()[0].strip() for p in files)
    return CaptionedSet(tuple((text,) for text in texts), files=files)
