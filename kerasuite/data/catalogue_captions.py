"""The catalogue's entries of pictures with captions."""

import csv
import lzma
from pathlib import Path

from kerasuite.data.entry import Entry, Member, Source

STAMPS_ROOT = "usr/share/tuxpaint/stamps"
_MANIFEST = Path(__file__).parent / "manifests" / "tuxpaint_captions.tsv.xz"


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
            splits=(("train", 2290), ("validation", 491), ("test", 491)),
            files=(*files["noto_emoji"], *files["twemoji"], *files["emoji_captions"]),
            mirrors=False,
            note="split by picture: one style of an emoji may be in training, the other in test",
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
