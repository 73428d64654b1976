"""Pictures of the catalogue with any number of tags each, without TensorFlow."""

import collections
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasuite.data.catalogue import find
from kerasuite.data.catalogue_tags import openclipart_members
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions
from kerasuite.data.fetch import paths

# A tag of fewer emoji than this leaves too few test pictures to measure.
LEAST_EMOJI = 20
_PERSONS = re.compile(
    r"\b(man|men|woman|women|person|people|boy|girl|child|adult|older|old|prince|princess)\b"
    r"|facing right|facing left"
)


@dataclass(frozen=True)
class Tagged:
    """Pictures with tags.

    Attributes:
        labels: int32 [n, tags], 1 where a picture has a tag.
        tags: their names, sorted.
        groups: int [n]: pictures of one group are much alike and belong into one split.
        images: uint8 [n, height, width, 3], or None if they are files.
        files: n paths, or None.
    """

    labels: np.ndarray
    tags: tuple[str, ...]
    groups: np.ndarray
    images: np.ndarray | None = None
    files: tuple[Path, ...] | None = None


def tagged_set(name: str) -> Tagged:
    """The pictures and tags of a catalogue set of kind "tagged", fetched first if need be."""
    find(name, kinds=("tagged",))
    return {"emoji_tags": _emoji_tags, "openclipart_tags": _openclipart_tags}[name]()


def picture_of(found: Tagged, index: int) -> np.ndarray:
    """One picture, uint8 [height, width, 3], on white; those of files in the files' sizes."""
    from PIL import Image

    if found.images is not None:
        return found.images[index]
    with Image.open(found.files[index]) as picture:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))


def emoji_themes(names: list[str]) -> list[str]:
    """English names without who does it; one of nothing but such words stands for itself."""
    return [" ".join(_PERSONS.sub("", name).split()) or name for name in names]


def tag_matrix(
    words: list[list[str]], least: int
) -> tuple[np.ndarray, tuple[str, ...], dict[str, int]]:
    """Tags as columns of zeros and ones.

    Args:
        words: per example its tags.
        least: tags of fewer examples are left out.

    Returns:
        int32 [n, tags]; the tags, sorted; and how often each one left out occurs.
    """
    counts = collections.Counter(tag for row in words for tag in set(row))
    tags = tuple(sorted(tag for tag, count in counts.items() if count >= least))
    place = {tag: i for i, tag in enumerate(tags)}
    labels = np.zeros((len(words), len(tags)), "int32")
    for row, found in enumerate(words):
        labels[row, [place[tag] for tag in found if tag in place]] = 1
    return labels, tags, {tag: n for tag, n in sorted(counts.items()) if n < least}


def _emoji_tags() -> Tagged:
    """Both styles of each emoji, with its keywords that at least `LEAST_EMOJI` emoji have.

    Both styles, and the emoji that differ only in who does it ("man walking", "woman walking"),
    are one group.
    """
    records = emoji_captions()
    # Codes such as "143" are keywords too, but nothing that a picture shows.
    words = [[w for w in r["en"][1:] if not any(map(str.isdigit, w))] for r in records]
    labels, tags, _ = tag_matrix(words, LEAST_EMOJI)
    themes = emoji_themes([r["en"][0] for r in records])
    _, groups = np.unique(themes, return_inverse=True)
    images = np.concatenate([emoji_atlas("noto_emoji"), emoji_atlas("twemoji")])
    return Tagged(np.concatenate([labels, labels]), tags, np.tile(groups, 2), images=images)


def _openclipart_tags() -> Tagged:
    members = openclipart_members()
    labels, tags, _ = tag_matrix([list(m.tags) for m in members], 1)
    groups = np.array([m.group for m in members])
    return Tagged(labels, tags, groups, files=paths("openclipart_tags"))
