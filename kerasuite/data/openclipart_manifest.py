"""Chooses openclipart's pictures, their tags and captions, and writes the manifests of them.

python -m kerasuite.data.openclipart_manifest FOLDER     where both Debian packages are unpacked

The manifests are part of the package. They hold the words too, which openclipart keeps in the SVG
files, so that only the package of PNG files is fetched.
"""

import collections
import csv
import gzip
import hashlib
import html
import io
import lzma
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.data.captioned_sets import openclipart_groups
from kerasuite.data.catalogue_captions import OPENCLIPART_CAPTIONS
from kerasuite.data.catalogue_tags import (
    OPENCLIPART_MANIFEST,
    OPENCLIPART_ROOT,
    openclipart_members,
)

# Keywords that name what can be seen, and other spellings of them. Those of a single series, such
# as "jigsaw", are left out: it is in one split only.
TAGS = {
    *("animal", "arrow", "beverage", "bird", "boat", "bodypart", "book", "building", "button"),
    *("card", "clock", "clothing", "dessert", "dog", "fish", "flag", "flower", "food", "fruit"),
    *("hardware", "hat", "holiday", "house", "icecream", "insect", "mammal", "map", "music"),
    *("people", "plant", "religion", "roadsign", "signalflag", "smiley", "sports", "stickmen"),
    *("tool", "toy", "transport", "tree", "vehicle", "weapon", "weather"),
}
_ALIASES = {
    "buttons": "button",
    "flags": "flag",
    "home": "house",
    "tools": "tool",
    "transportation": "transport",
}
# Series of all but equal shapes, colour gradients, and icons that were drawn for other sizes.
_LEFT_OUT = ("shapes/stars", "special/", "computer/icons")
_COLLECTION = "flat icon collection"
# More alike than this correlation of small versions is the same drawing.
_NEAR = 0.95
_SMALL = 16
# Words of captions occur in so many series at least: others could only be learnt by heart.
_LEAST_SERIES = 5
# Marks that programs left among keywords, and what says nothing of a picture.
_NO_KEYWORD = re.compile(r"hash|0x[0-9a-f]+|\d+|signs and symbols|architetto francesco rollandin")
_NO_WORDS = {
    *("and", "by", "for", "from", "in", "of", "on", "the", "to", "with", "di", "de", "one"),
    *("art", "bw", "clip", "clipart", "icon", "icons", "new", "openclipart", "simple", "svg"),
    *("contour", "etiquette", "rollandin", "sibmission", "stylized"),
}
# Some files unpack to 168 million pixels, for no more to be seen.
_MOST_PIXELS = 1_000_000


def records(folder: Path) -> list[tuple[Path, str, list[str]]]:
    """Per chosen picture its file, its name below the root, and its tags."""
    root = folder / OPENCLIPART_ROOT
    found, names = [], set()
    for path in sorted(root.rglob("*.png")):
        stem = str(path.relative_to(root).with_suffix(""))
        words = _keywords(folder / "usr/share/openclipart/svg" / stem)
        tags = sorted({_ALIASES.get(w, w) for w in words} & TAGS)
        if not tags or stem.startswith(_LEFT_OUT) or any(_COLLECTION in w for w in words):
            continue
        if path.is_symlink() or path.stat().st_nlink > 1:  # one drawing under several names
            continue
        if path.name in names or _pixels(path) > _MOST_PIXELS:
            continue  # in the cache, files lie side by side
        names.add(path.name)
        found.append((path, stem, tags))
    return found


def groups(found: list[tuple[Path, str, list[str]]]) -> list[int]:
    """Pictures of one series, by their names without digits, or all but equal, have one number."""
    series: dict[str, int] = {}
    first = [
        series.setdefault(re.sub(r"[\d_]+", "", stem), i) for i, (_, stem, _) in enumerate(found)
    ]
    group = np.array(first)
    prints = np.array([_fingerprint(path) for path, _, _ in found])
    for i, near in enumerate(prints @ prints.T > _NEAR):
        for other in set(group[near]) - {group[i]}:
            group[group == other] = group[i]
    return [int(g) for g in np.unique(group, return_inverse=True)[1]]


def captions(folder: Path) -> list[str]:
    """Per picture of the tags' manifest its keywords and its title's words, common ones first."""
    svg = folder / "usr/share/openclipart/svg"
    stems = [m.member.path.removeprefix(f"{OPENCLIPART_ROOT}/")[:-4] for m in openclipart_members()]
    found = [_said(_metadata(svg / stem)) for stem in stems]
    series = collections.defaultdict(set)
    for words, group in zip(found, openclipart_groups(), strict=True):
        for word in words:
            series[word].add(group)
    order = {w: (-len(s), w) for w, s in series.items() if w in TAGS or len(s) >= _LEAST_SERIES}
    return [" ".join(sorted(order.keys() & set(words), key=order.get)) for words in found]


def _said(metadata: tuple[list[str], list[str]]) -> list[str]:
    """Keywords, and the words of a title that they do not hold."""
    keywords, titles = metadata
    words = [_ALIASES.get(w, w).replace("_", " ") for w in map(html.unescape, keywords)]
    words = [w for w in words if not _NO_KEYWORD.fullmatch(w)]
    known = {part.removesuffix("s") for word in words for part in word.split()}
    # The first is the picture's, others are the authors' names. "Clipart by …" is the title of
    # whole series, with the name of one of its pictures.
    title = html.unescape(titles[0]) if titles and not titles[0].startswith("clipart by") else ""
    parts = dict.fromkeys(re.findall(r"[^\W\d_]{2,}", title))
    return words + [w for w in parts if w not in _NO_WORDS and w.removesuffix("s") not in known]


def _keywords(stem: Path) -> list[str]:
    """The keywords and titles in the metadata of the SVG file of that name, in lower case."""
    return [word for found in _metadata(stem) for word in found]


def _metadata(stem: Path) -> tuple[list[str], list[str]]:
    """Keywords and titles of the SVG file of that name, in lower case."""
    for path in (stem.with_name(stem.name + ending) for ending in (".svg", ".svgz", ".svg.gz")):
        if path.exists():
            data = path.read_bytes()
            text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode(
                "utf-8", "replace"
            )
            found = (
                re.findall(rf"<{t}[^>]*>\s*([^<]+?)\s*</", text) for t in ("rdf:li", "dc:title")
            )
            return tuple([html.unescape(word).lower() for word in words] for words in found)
    return [], []


def _values(text: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}[^>]*>\s*([^<]+?)\s*</", text)
    return [html.unescape(word).lower() for word in found]


def _pixels(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.width * picture.height


def _fingerprint(path: Path) -> np.ndarray:
    """A small version in colour, float [768], of mean 0 and length 1: products are correlations."""
    with Image.open(path) as picture:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        small = Image.alpha_composite(ground, picture).convert("RGB").resize((_SMALL, _SMALL))
    values = np.asarray(small, "float64").ravel()
    values -= values.mean()
    return values / max(float(np.linalg.norm(values)), 1e-6)


def _rows(folder: Path) -> Iterator[list[str]]:
    found = records(folder)
    for (path, stem, tags), group in zip(found, groups(found), strict=True):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        yield [f"{stem}.png", str(len(data)), digest, str(group), ";".join(tags)]


def main(folder: Path) -> None:
    """Writes the manifests from the unpacked packages openclipart-png and openclipart-svg."""
    # Opened to see how large they are, and then left out.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    _write(OPENCLIPART_MANIFEST, ["path", "size", "sha256", "group", "tags"], _rows(folder))
    openclipart_members.cache_clear()
    names = [m.member.path.removeprefix(f"{OPENCLIPART_ROOT}/") for m in openclipart_members()]
    rows = zip(names, captions(folder), strict=True)
    _write(OPENCLIPART_CAPTIONS, ["path", "caption"], rows)


def _write(manifest: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    manifest.write_bytes(lzma.compress(text.getvalue().encode(), preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
