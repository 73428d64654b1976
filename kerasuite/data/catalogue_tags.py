"""The catalogue's entries of pictures with any number of tags."""

import csv
import functools
import lzma
from dataclasses import dataclass
from pathlib import Path

from kerasuite.data.entry import Entry, Member, Source

OPENCLIPART_MANIFEST = Path(__file__).parent / "manifests" / "openclipart_tags.tsv.xz"
OPENCLIPART_ROOT = "usr/share/openclipart/png"


@dataclass(frozen=True)
class TaggedMember:
    """One picture of openclipart: its file, the series it belongs to, and its tags."""

    member: Member
    group: int
    tags: tuple[str, ...]


@functools.cache
def openclipart_members() -> tuple[TaggedMember, ...]:
    """The pictures that the manifest lists; `openclipart_manifest` says how they were chosen."""
    with lzma.open(OPENCLIPART_MANIFEST, "rt", encoding="utf-8", newline="") as f:
        return tuple(
            TaggedMember(
                Member(f"{OPENCLIPART_ROOT}/{row['path']}", int(row["size"]), row["sha256"]),
                int(row["group"]),
                tuple(row["tags"].split(";")),
            )
            for row in csv.DictReader(f, delimiter="\t")
        )


def tagged(known: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries, some of which have the files of others in `known`."""
    files = {entry.name: entry.files for entry in known}
    return (
        Entry(
            name="emoji_tags",
            title="Noto emoji and Twemoji, 64x64 in colour, with the keywords of each",
            kind="tagged",
            licence="Apache-2.0 (Noto); CC-BY-4.0 (Twemoji); Unicode-3.0 (keywords)",
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
            name="openclipart_tags",
            title="Drawings of Open Clip Art with keywords of what they show",
            kind="tagged",
            licence="public domain",
            citation="Open Clip Art Library 0.18",
            attribution="the contributors of the Open Clip Art Library; from Debian "
            "openclipart-png 0.18",
            splits=(("train", 1762), ("validation", 347), ("test", 327)),
            sources=(
                Source(
                    client="apt",
                    package="openclipart-png",
                    version="1:0.18+dfsg-19",
                    download=130910028,
                    members=tuple(m.member for m in openclipart_members()),
                ),
            ),
            note="drawings of one series, and drawings that are all but equal, are in one split",
        ),
    )
