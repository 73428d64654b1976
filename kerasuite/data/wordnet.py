"""What is a kind of what, by WordNet: which of ImageNet's classes a word means."""

import functools
from collections.abc import Sequence

from kerasuite.data import fetch

_ENTRY = "wordnet"


def groups_of_words(words: Sequence[str], synsets: Sequence[str]) -> list[list[int]]:
    """Finds the classes that are kinds of what each word means.

    Of a word's senses that is taken which has the most of these classes below it, the more usual
    one of equals. Of a compound that WordNet lacks, its last words count: "road sign" is a "sign".
    A plural with "s" is known too.

    Args:
        words: English nouns, such as the names of a detector's classes.
        synsets: of the classes, as ImageNet writes them: "n01440764".

    Returns:
        For each word the indices of `synsets` below it, which may be none.

    Raises:
        KerasuiteError: if WordNet cannot be fetched.

    Reference:
        Miller 1995, "WordNet: a lexical database for English".
    """
    above = _above()
    kinds = [_closure(synset[1:], above) for synset in synsets]
    found = []
    for word in words:
        senses = [[i for i, k in enumerate(kinds) if s in k] for s in _senses(word)]
        found.append(max(senses, key=len, default=[]))
    return found


def _senses(word: str) -> list[str]:
    """The synsets that a noun may mean, the most usual first."""
    parts = word.lower().replace("_", " ").split()
    for start in range(len(parts)):
        name = "_".join(parts[start:])
        for spelt in (name, name.removesuffix("s")):
            if spelt in _index():
                return _index()[spelt]
    return []


@functools.cache
def _index() -> dict[str, list[str]]:
    """Nouns and their synsets."""
    found = {}
    for line in wordnet_lines(1):
        fields = line.split()
        found[fields[0]] = fields[-int(fields[2]) :]
    return found


@functools.cache
def _above() -> dict[str, list[str]]:
    """Synsets and those that they are kinds or instances of."""
    found = {}
    for line in wordnet_lines(0):
        fields = line.partition(" | ")[0].split(" ")
        # Offset, file, kind, number of words in hexadecimal, two fields a word; then the number of
        # pointers and four fields each: symbol, offset, part of speech, words.
        start = 4 + 2 * int(fields[3], 16)
        pointers = fields[start + 1 :]
        found[fields[0]] = [
            pointers[i + 1]
            for i in range(0, 4 * int(fields[start]), 4)
            if pointers[i] in ("@", "@i") and pointers[i + 2] == "n"
        ]
    return found


def wordnet_lines(file: int) -> list[str]:
    """The lines of one of its files: 0 says what each synset is, 1 what each noun may mean."""
    lines = fetch.paths(_ENTRY)[file].read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("  ")]  # the licence


def _closure(synset: str, above: dict[str, list[str]]) -> set[str]:
    found, left = set(), [synset]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += above[one]
    return found
