"""Pictures of the catalogue with captions, without TensorFlow."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kerasuite.data.catalogue import find
from kerasuite.data.catalogue_captions import openclipart_captions
from kerasuite.data.catalogue_tags import openclipart_members
from kerasuite.data.embedded_sets import emoji_atlas, emoji_captions, emoji_names
from kerasuite.data.fetch import paths
from kerasuite.data.sampling import SHARES, iterative_split
from kerasuite.data.tagged_sets import emoji_themes, tag_matrix
from kerasuite.errors import InputError

DEFAULT = "emoji_captioned"

# More pictures of one series than this are in training: in the test they would outweigh the rest.
_LARGEST = 20


@dataclass(frozen=True)
class CaptionedSet:
    """Pictures with captions, of all splits together.

    Attributes:
        captions: per picture at least one.
        images: uint8 [n, height, width, 3], or None if they are files.
        files: n paths, or None.
        splits: per picture the name of its split.
        languages: per caption the number of its language, if there are several.
    """

    captions: tuple[tuple[str, ...], ...]
    images: np.ndarray | None = None
    files: tuple[Path, ...] | None = None
    splits: np.ndarray | None = None
    languages: tuple[tuple[int, ...], ...] | None = None

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


def captioned_set(name: str, division: int = 0, languages: Sequence[str] = ()) -> CaptionedSet:
    """The pictures and captions of a catalogue set of kind "captioned", fetched if need be.

    Args:
        name: of the set.
        division: which of the equally good divisions into splits; 0 is the catalogue's.
        languages: codes of the captions' languages, of emoji alone; none for English.

    Raises:
        InputError: if there are no captions in one of these languages.
    """
    find(name, kinds=("captioned",))
    if name == DEFAULT:
        return _emoji(division, tuple(languages))
    if languages:
        raise InputError(
            f"--languages is for {DEFAULT}, whose names are known in many. Received: {name}"
        )
    made = {
        "openclipart_captions": _openclipart,
        "tuxpaint_captions": _stamps,
    }
    return made[name](division)


def _emoji(division: int, languages: tuple[str, ...]) -> CaptionedSet:
    names = [record["en"][0] for record in emoji_captions()]
    images = np.concatenate([emoji_atlas("noto_emoji"), emoji_atlas("twemoji")])
    # Both styles of each, and those that differ only in who does it, are together.
    splits = split_groups(np.tile(alike(emoji_themes(names)), 2), seed=division)
    if not languages:
        return CaptionedSet(tuple((name,) for name in names * 2), images=images, splits=splits)
    known = emoji_names()
    if missing := [code for code in languages if code not in known]:
        raise InputError(
            f"--languages must be of {', '.join(known)}. Received: {', '.join(missing)}"
        )
    # Some emoji have no name in some languages.
    named = [
        [(known[code][i], number) for number, code in enumerate(languages) if known[code][i]]
        for i in range(len(names))
    ] * 2
    kept = np.flatnonzero([bool(each) for each in named])
    captions, numbers = zip(*(zip(*named[i], strict=True) for i in kept), strict=True)
    return CaptionedSet(captions, images=images[kept], splits=splits[kept], languages=numbers)


def _openclipart(division: int) -> CaptionedSet:
    captions, splits = openclipart_drawings(division)
    return CaptionedSet(captions, files=paths("openclipart_captions"), splits=splits)


def _stamps(division: int) -> CaptionedSet:
    found = paths("tuxpaint_captions")
    files = tuple(p for p in found if p.suffix == ".png")
    # The first line is English; the others are "de.utf8=…".
    texts = [p.with_suffix(".txt").read_text("utf-8").splitlines()[0].strip() for p in files]
    # The same but for case and punctuation.
    said = [" ".join(re.findall(r"\w+", text.lower())) or text for text in texts]
    folders = [p.stem.rpartition("__") for p in files]
    groups = alike(said, [_series(folder, name) for folder, _, name in folders])
    splits = split_groups(groups, seed=division)
    return CaptionedSet(tuple((t,) for t in texts), files=files, splits=splits)


def openclipart_drawings(division: int = 0) -> tuple[tuple[tuple[str, ...], ...], np.ndarray]:
    """The captions of openclipart_tags' pictures, one for each, and the names of their splits.

    Args:
        division: which of the equally good divisions into splits.
    """
    captions = [openclipart_captions()[m.member.path] for m in openclipart_members()]
    groups = openclipart_groups()
    large = np.bincount(groups)[groups] > _LARGEST
    splits = np.full(len(captions), "train", "U10")
    # Each word is in all splits, as far as that goes.
    words, _, _ = tag_matrix(
        [c.split() for c, no in zip(captions, large, strict=True) if not no], 1
    )
    splits[~large] = split_groups(groups[~large], words, division)
    return tuple((caption,) for caption in captions), splits


def openclipart_groups() -> np.ndarray:
    """Numbers the series of openclipart_tags' pictures: by their names, or all but equal."""
    members = openclipart_members()
    names = [m.member.path.removesuffix(".png").rsplit("/", 1) for m in members]
    return alike([m.group for m in members], [_series(*name) for name in names])


def alike(*keys: Sequence[Hashable]) -> np.ndarray:
    """Numbers the groups of pictures of which one would give the other's caption away.

    Args:
        *keys: each with one key for each picture; pictures that have one of them in common belong
            together, and so do those that are joined by others in between.

    Returns:
        int [n].
    """
    numbers: dict[tuple[int, Hashable], int] = {}
    links = [numbers.setdefault((i, k), len(numbers)) for i, each in enumerate(keys) for k in each]
    count = len(keys[0])
    # Pictures and what they share are the nodes of a graph: its parts are the groups.
    size = count + len(numbers)
    ends = (np.tile(np.arange(count), len(keys)), count + np.array(links))
    graph = coo_array((np.ones(len(links)), ends), (size, size))
    return connected_components(graph, directed=False)[1][:count]


def split_groups(groups: np.ndarray, tags: np.ndarray | None = None, seed: int = 0) -> np.ndarray:
    """Per picture the name of its split: those of a group are in one.

    Args:
        groups: int [n].
        tags: int [n, tags], 1 where a picture has a tag, which is to be in each split in its share.
        seed: which of the divisions that do so.
    """
    splits = np.empty(len(groups), "U10")
    if tags is None:
        tags = np.zeros((len(groups), 0), "int32")
    parts = iterative_split(tags, groups, tuple(SHARES.values()), seed)
    for name, part in zip(SHARES, parts, strict=True):
        splits[part] = name
    return splits


def _series(folder: str, name: str) -> str:
    """A folder's files whose names begin with the same word, as "rabbit" and "rabbit-2" do.

    A name that begins with no letter, such as "005nickel", stands for itself.
    """
    word = re.match("[a-z]*", name.lower()).group()
    return f"{folder}/{word or name}"
