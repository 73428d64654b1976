"""Pictures of the catalogue with captions, without TensorFlow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

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
        groups: int [n]: pictures of one group are much alike and belong into one split; None if
            each stands for itself.
    """

    captions: tuple[tuple[str, ...], ...]
    images: np.ndarray | None = None
    files: tuple[Path, ...] | None = None
    groups: np.ndarray | None = None

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
    texts = [p.with_suffix(".txt").read_text("utf-8").splitlines()[0].strip() for p in files]
    groups = alike([p.stem for p in files], texts)
    return CaptionedSet(tuple((text,) for text in texts), files=files, groups=groups)


def alike(names: Sequence[str], captions: Sequence[str]) -> np.ndarray:
    """Numbers the groups of pictures of which one would give the other's caption away.

    Those belong together whose captions are the same but for case and punctuation, and those of one
    folder whose names begin with the same word, as "rodents__rabbit" and "rodents__rabbit-2" do.

    Args:
        names: of the files, folders before "__".
        captions: one for each.

    Returns:
        int [n].
    """
    said = [" ".join(re.findall(r"\w+", caption.lower())) or caption for caption in captions]
    # A name that begins with no letter, such as "005nickel", stands for itself.
    series = [re.sub(r"(^|__)([a-z]+)(?!.*__).*", r"\1\2", name.lower()) for name in names]
    _, links = np.unique([*said, *(f"/{s}" for s in series)], return_inverse=True)
    pictures = np.tile(np.arange(len(names)), 2)
    # Pictures and what they share are the nodes of a graph: its parts are the groups.
    size = len(names) + links.max() + 1
    graph = coo_array((np.ones(len(links)), (pictures, len(names) + links)), (size, size))
    return connected_components(graph, directed=False)[1][: len(names)]
