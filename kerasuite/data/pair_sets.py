"""The catalogue's sets of sentence pairs, read without TensorFlow."""

import functools
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kerasuite.data.catalogue import find
from kerasuite.data.embedded_sets import emoji_captions, emoji_names, unpacked
from kerasuite.data.fetch import paths
from kerasuite.data.tagged_sets import emoji_themes

EMOJI = "emoji_names_30"


class Pair(NamedTuple):
    """A sentence, its translation, and the document that both are from."""

    source: str
    target: str
    document: str


def pair_set(name: str) -> list[Pair]:
    """The pairs of a catalogue set of kind "pairs", each once, fetched first if need be."""
    find(name, kinds=("pairs",))
    readers = {
        "software": catalogue_pairs,
        "wesnoth": catalogue_pairs,
        "fillets": dialogue_pairs,
        "bible_full": verse_pairs,
    }
    family = name.split("_en_")[0]
    return _once(readers[family](paths(name)) if family in readers else _embedded(name))


def emoji_pairs(source: str, target: str) -> list[Pair]:
    """Emoji's names in two languages, of those that have both.

    Args:
        source: code of a language, one of those of `embedded_sets.emoji_names`.
        target: likewise.

    Returns:
        The document of a pair is the theme of the emoji in English, the same for those that differ
        only in who does it: "man walking", "woman walking".
    """
    names = emoji_names()
    found = zip(names[source], names[target], emoji_documents(), strict=True)
    return _once(Pair(a, b, theme) for a, b, theme in found if a and b)


@functools.cache
def emoji_documents() -> list[str]:
    """The document of each of the 1,636 emoji: see `emoji_pairs`."""
    return emoji_themes([record["en"][0] for record in emoji_captions()])


def _once(pairs: Iterator[Pair]) -> list[Pair]:
    """The pairs without those that occurred before, in whatever document."""
    first: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        first.setdefault((pair.source, pair.target), pair)
    return list(first.values())


def _embedded(name: str) -> Iterator[Pair]:
    for line in unpacked(name).splitlines():
        yield Pair(*line.split("\t"))


# --- catalogues of programs' messages -------------------------------------------------------------

# What a program fills in, markup and escapes: such messages are no sentences.
_PLACES = re.compile(
    r"%\d*\$?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]|%\d|\{[^}]*\}|<[^>]+>|\$\{?\w+|&\w+;|\\[nt]"
)
_LEAST_WORDS, _MOST_WORDS = 2, 40
_LETTERS = 0.8


def catalogue_pairs(files: tuple[Path, ...]) -> Iterator[Pair]:
    """The sentences in compiled message catalogues (.mo); documents are the files.

    Messages of one word, of more than one line, with places to be filled in or mark-up are left
    out.
    """
    import polib

    for path in files:
        for entry in polib.mofile(str(path)):
            if "\n" in entry.msgid.strip():
                continue  # a table or a list of options
            # In front of "^" some games say where a message stands.
            source, target = (_message(s.rsplit("^", 1)[-1]) for s in (entry.msgid, entry.msgstr))
            if _is_sentence(source, target):
                yield Pair(source, target, path.stem)


def _message(text: str) -> str:
    """A message on one line, without the marks of keyboard shortcuts."""
    return " ".join(re.sub("[_&](?=\\w)", "", text).split())


def _is_sentence(source: str, target: str) -> bool:
    """Whether both sides are words and neither holds places to be filled in."""
    letters = sum(c.isalpha() or c == " " for c in source)
    return (
        bool(target)
        and source != target
        and _LEAST_WORDS <= len(source.split()) <= _MOST_WORDS
        and letters >= _LETTERS * len(source)
        and len(target) <= 3 * len(source) + 20
        and not _PLACES.search(source)
        and not _PLACES.search(target)
    )


# --- dialogues ------------------------------------------------------------------------------------

_STRING = r'"((?:[^"\\]|\\.)*)"'
_DIALOGUE = re.compile(
    rf"dialogId\(\s*{_STRING}\s*,\s*{_STRING}\s*,\s*{_STRING}\s*\)\s*dialogStr\(\s*{_STRING}\s*\)"
)


def dialogue_pairs(files: tuple[Path, ...]) -> Iterator[Pair]:
    """The lines of the game's Lua scripts, each with the English one; documents are levels."""
    for path in files:
        for _, _, english, other in _DIALOGUE.findall(path.read_text(encoding="utf-8")):
            source, target = (re.sub(r"\\(.)", r"\1", s).strip() for s in (english, other))
            if source and target and source != target:
                yield Pair(source, target, path.parent.name)


# --- Bibles ---------------------------------------------------------------------------------------

_ASIDE = re.compile(r"<note.*?</note>|<title.*?</title>", re.DOTALL)
# How the modules' own descriptions say that verses are numbered.
VERSIFICATIONS = {"engWEB2015eb": "nrsva", "spaRV1909eb": "kjv"}
_SPACE_BEFORE = re.compile(r"\s+([,.;:!?])")


def verse_pairs(files: tuple[Path, ...]) -> Iterator[Pair]:
    """The verses that both Bibles have; documents are books."""
    english, other = (_bible(folder) for folder in dict.fromkeys(path.parent for path in files))
    for key, source in english.items():
        if target := other.get(key):
            yield Pair(source, target, key[0])


def _bible(folder: Path) -> dict[tuple[str, int, int], str]:
    """The verses of a SWORD module of compressed text, by book, chapter and verse."""
    from pysword.books import BibleStructure

    structure = BibleStructure(VERSIFICATIONS[folder.name])
    verses = {}
    for testament, books in structure.get_books().items():
        texts = _testament(folder, testament)
        for book in books:
            for chapter in range(1, book.num_chapters + 1):
                places = structure.ref_to_indicies(books=[book.name], chapters=[chapter])
                for verse, place in enumerate(places[testament], 1):
                    if place < len(texts) and (text := _plain(texts[place])):
                        verses[book.name, chapter, verse] = text
    return verses


def _testament(folder: Path, name: str) -> list[str]:
    """The verses of the Old or the New Testament ("ot", "nt"), marked up, in the module's order.

    The file .bzz holds packed blocks, .bzs where each begins and its length, .bzv each verse's
    block, and where in it the verse begins and its length.
    """
    packed = (folder / f"{name}.bzz").read_bytes()
    blocks = [
        zlib.decompress(packed[start : start + size])
        for start, size, _ in struct.iter_unpack("<III", (folder / f"{name}.bzs").read_bytes())
    ]
    verses = struct.iter_unpack("<IIH", (folder / f"{name}.bzv").read_bytes())
    return [
        blocks[block][start : start + size].decode("utf-8") if block < len(blocks) else ""
        for block, start, size in verses
    ]


def _plain(marked: str) -> str:
    plain = re.sub(r"<[^>]+>", "", _ASIDE.sub(" ", marked))
    return _SPACE_BEFORE.sub(r"\1", " ".join(plain.split()))
