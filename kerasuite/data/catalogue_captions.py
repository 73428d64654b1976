"""The catalogue's entries of pictures with captions."""

import csv
import functools
import lzma
from pathlib import Path

from kerasuite.data.catalogue_tags import OPENCLIPART_ROOT
from kerasuite.data.entry import Entry, Member, Source

STAMPS_ROOT = "usr/share/tuxpaint/stamps"
OPENCLIPART_CAPTIONS = Path(__file__).parent / "manifests" / "openclipart_captions.tsv.xz"
_MANIFEST = Path(__file__).parent / "manifests" / "tuxpaint_captions.tsv.xz"


@functools.cache
def openclipart_captions() -> dict[str, str]:
    """By the path of each of openclipart_tags' pictures its caption; see `openclipart_manifest`."""
    with lzma.open(OPENCLIPART_CAPTIONS, "rt", encoding="utf-8", newline="") as f:
        rows = csv.DictReader(f, delimiter="\t")
        return {f"{OPENCLIPART_ROOT}/{row['path']}": row["caption"] for row in rows}


def _stamps() -> tuple[Member, ...]:
    """Pictures and the texts beside them; the same file name is in several folders."""
    with lzma.open(_MANIFEST, "rt", encoding="utf-8", newline="") as f:
        return tuple(
            Member(
                f"{STAMPS_ROOT}/{row['path']}",
                int(row["size"]),
                row["sha256"],
                stored=row["path"].replace("/", "__"),
            )
            for row in csv.DictReader(f, delimiter="\t")
        )


def captioned(known: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries, some of which have the files of others in `known`."""
    files = {entry.name: entry.files for entry in known}
    sources = {entry.name: entry.sources for entry in known}
    return (
        Entry(
            name="emoji_captioned",
            title="Noto emoji and Twemoji, 64x64 in colour, with their English names",
            kind="captioned",
            licence="Apache-2.0 (Noto); CC-BY-4.0 (Twemoji); Unicode-3.0 (names)",
            citation="Google LLC: Noto emoji; Twitter, Inc and other contributors: Twemoji; "
            "Unicode, Inc.: Unicode Common Locale Data Repository, release 48.2",
            attribution="Google LLC; Twitter, Inc and other contributors; Unicode, Inc.; from npm "
            "emoji-datasource 16.0.0 and cldr-annotations-full 48.2.0",
            splits=(("train", 2290), ("validation", 490), ("test", 492)),
            files=(*files["noto_emoji"], *files["twemoji"], *files["emoji_captions"]),
            mirrors=False,
            note="both styles of an emoji, and emoji that differ only in who does it, are in one "
            "split",
        ),
        Entry(
            name="openclipart_captions",
            title="Drawings of Open Clip Art, with what their keywords and titles say",
            kind="captioned",
            licence="public domain",
            citation="Open Clip Art Library 0.18",
            attribution="the contributors of the Open Clip Art Library; from Debian "
            "openclipart-png 0.18",
            splits=(("train", 1811), ("validation", 322), ("test", 303)),
            sources=sources["openclipart_tags"],
            note="drawings of one series, and drawings that are all but equal, are in one split; "
            "series of more than 20 are in training",
        ),
        Entry(
            name="tuxpaint_captions",
            title="Tux Paint's stamps, drawings and photographs, with a sentence each",
            kind="captioned",
            licence="GPL-2",
            citation="Bill Kendrick and others: Tux Paint stamps 2022.06.04",
            attribution="the authors of Tux Paint's stamps; from Debian tuxpaint-stamps-default",
            splits=(("train", 549), ("validation", 118), ("test", 118)),
            sources=(
                Source("apt", "tuxpaint-stamps-default", "2022.06.04-1", 160880444, _stamps()),
            ),
            redistributable=False,
            mirrors=False,
            note="stamps of one series, and stamps with the same sentence, are in one split",
        ),
    )
