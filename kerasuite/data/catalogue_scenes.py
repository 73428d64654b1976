"""The catalogue's entries of scenes that are composed when they are loaded."""

import csv
from pathlib import Path

from kerasuite.data.entry import Entry, Member, Source

MANIFESTS = Path(__file__).parent / "manifests"
_COUNTS = (("train", 2000), ("validation", 300), ("test", 400))
_NOTE = "composed when loaded; no cut-out and no background is in two splits"


def _members(file: str) -> dict[str, tuple[Member, ...]]:
    """The files that a manifest names, by package."""
    found: dict[str, tuple[Member, ...]] = {}
    with (MANIFESTS / file).open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            member = Member(row["path"], int(row["size"]), row["sha256"])
            found[row["package"]] = (*found.get(row["package"], ()), member)
    return found


def _apt(package: str, version: str, download: int) -> Source:
    return Source("apt", package, version, download, _TUXPAINT[package])


_TUXPAINT = _members("tuxpaint_scenes.tsv") | _members("tuxpaint_grounds.tsv")

SCENES = (
    Entry(
        name="emoji_scenes",
        title="Noto emoji of 7 classes composed on textures and photographs, with masks and boxes",
        kind="scenes",
        licence="Apache-2.0",
        citation="Google LLC: Noto emoji; the photographs are scikit-learn's",
        attribution="Google LLC; from npm emoji-datasource 16.0.0; classes by Unicode, Inc.",
        splits=_COUNTS,
        files=(
            Member(
                "apache_2_0/noto_emoji.webp",
                1603106,
                "9066d00961e772b3c36e6caa47e870a3f673ec5a3cda9568a240d71fcdab93f2",
            ),
            Member(
                "unicode_3_0/emoji_captions.json.xz",
                124084,
                "d7b84e4355a74af3e5dce168db5b80aa55eb6957aa2c675fefbdf0d5dbacc32a",
            ),
        ),
        note=_NOTE,
    ),
    Entry(
        name="tuxpaint_scenes",
        title="Photographs of things, 8 classes, cut out and composed on other photographs",
        kind="scenes",
        licence="GPL-2 (cut-outs); GPL-2+, CC-BY, CC-BY-SA and others (backgrounds)",
        citation="Bill Kendrick and others: Tux Paint stamps 2022.06.04",
        attribution="the authors of Tux Paint's stamps, of MATE's and Lomiri's backgrounds and of "
        "scikit-image's data; from Debian tuxpaint-stamps-default, mate-backgrounds, "
        "lomiri-wallpapers-16.04, python3-skimage",
        splits=_COUNTS,
        sources=(
            _apt("tuxpaint-stamps-default", "2022.06.04-1", 160880444),
            _apt("mate-backgrounds", "1.26.0-1", 46638500),
            _apt("lomiri-wallpapers-16.04", "20.04.0-2", 15783184),
            _apt("python3-skimage", "0.19.3-8", 20713608),
        ),
        redistributable=False,
        note=_NOTE,
    ),
    Entry(
        name="tuxpaint_grounds",
        title="Photographs of rocks, trees, water and the like, without things to be found",
        kind="grounds",
        licence="GPL-2+",
        citation="Bill Kendrick and others: Tux Paint 0.9.28",
        attribution="the authors of Tux Paint's templates; from Debian tuxpaint-data",
        splits=(("train", 16),),
        sources=(_apt("tuxpaint-data", "1:0.9.28-sdl2-1", 7855540),),
        redistributable=False,
        note="more for the training scenes of tuxpaint_scenes to stand on",
    ),
)
