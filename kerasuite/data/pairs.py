"""Sentences with their translations, from anywhere, in three splits by whole documents."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kerasuite.data import catalogue, pair_files
from kerasuite.data.document_splits import document_splits, without_overlap, words_of
from kerasuite.data.embedded_sets import emoji_names
from kerasuite.data.pair_sets import EMOJI, emoji_documents, emoji_pairs, pair_set
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.errors import InputError

DEFAULT = "bible_en_es"
_LISTS = ("sources", "targets", "documents", "source_languages", "target_languages")


@dataclass(frozen=True)
class Pairs:
    """Sentences, their translations, and where they are from: five lists of one length.

    Attributes:
        sources: the sentences.
        targets: their translations.
        documents: the name of each pair's document.
        source_languages: the code of each source's language, such as "en".
        target_languages: likewise for the targets.
    """

    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    source_languages: list[str] = field(default_factory=list)
    target_languages: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sources)

    def take(self, indices: Sequence[int] | np.ndarray) -> "Pairs":
        """The pairs at `indices`, in that order."""
        return Pairs(*([getattr(self, name)[i] for i in indices] for name in _LISTS))

    def reversed(self) -> "Pairs":
        """The same pairs in the other direction."""
        return Pairs(
            self.targets,
            self.sources,
            self.documents,
            self.target_languages,
            self.source_languages,
        )

    def directions(self) -> tuple[tuple[str, str], ...]:
        """The (source language, target language) that occur, in the order they first do."""
        return tuple(dict.fromkeys(zip(self.source_languages, self.target_languages, strict=True)))


def joined(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of `parts`, one after the other."""
    return Pairs(*([x for part in parts for x in getattr(part, name)] for name in _LISTS))


def load_pairs(
    source: str | None = None,
    *,
    directions: Sequence[tuple[str, str]] = (),
    seed: int = 0,
    limit: int | None = None,
) -> Splits:
    """Loads sentence pairs, divided into training, validation and test by whole documents.

    Validation and test are about 5 % of the pairs each. A pair of training goes if one of its
    sentences, in the same language, is in validation or test, whatever its punctuation and case;
    so does one of validation that is in test. Validation and test hold each source once.

    Args:
        source: one of the following, or several joined by "+". A name of the catalogue, fetched
            first if need be: a set of pairs, or "emoji_names_30". "tfds:NAME" for a translation
            set. The path of own pairs: see `pair_files.read_pairs`. None for the embedded default.
        directions: the (source language, target language) wanted, such as ("en", "es"). A set
            serves both of its languages as the source. Left out, each set as it is, and emoji's
            names from English to Spanish.
        seed: which of own documents fall into which split, and which pairs `limit` takes. The
            splits of catalogue sets are fixed.
        limit: at most so many pairs per split.

    Returns:
        Three `Pairs`, and `Info` with the `languages` that occur.

    Raises:
        InputError: if there is no such source, or its pairs cannot be used.
        KerasuiteError: if it cannot be fetched.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1. Received: {limit}")
    source = DEFAULT if source is None else source
    found = [_loaded(name, directions, seed) for name in _names(source)]
    pairs = joined([part.pairs for part in found])
    splits = [split for part in found for split in part.splits]
    if directions:
        pairs, splits = _in_directions(pairs, splits, directions, source)
    return _cleaned(pairs, splits, _info(source, [part.info for part in found]), seed, limit)


@dataclass(frozen=True)
class _Part:
    """The pairs of one source with their splits."""

    pairs: Pairs
    splits: list[str]
    info: Info


def _names(source: str) -> list[str]:
    """The sources that are joined by "+", unless the whole is one path."""
    return [source] if Path(source).expanduser().exists() else source.split("+")


def _loaded(name: str, directions: Sequence[tuple[str, str]], seed: int) -> _Part:
    if name.startswith("tfds:"):
        from kerasuite.data.pairs_tfds import read_tfds  # here: its import takes seconds

        return _own(*read_tfds(name.removeprefix("tfds:")), Info(name), seed)
    if name in catalogue.names():
        return _catalogue_set(name, directions)
    if not pair_files.is_meant(name):
        raise InputError(
            f"There is no data set called {name!r}{catalogue.near(name, catalogue.names())}; "
            "expected a name that 'kerasuite data list' shows, tfds:NAME, or the path of pairs"
        )
    found = pair_files.read_pairs(name)
    info = Info(name, skipped=found.skipped)
    return _own(Pairs(*(found.columns[c] for c in _LISTS)), found.splits, info, seed)


def _catalogue_set(name: str, directions: Sequence[tuple[str, str]]) -> _Part:
    entry = catalogue.find(name, kinds=("pairs", "captions"))
    info = Info(name, licence=entry.licence, citation=entry.citation)
    if entry.kind == "pairs":
        rows = pair_set(name)
        *_, source, target = name.split("_")
        chosen = document_splits([row.document for row in rows], seed=0)
        pairs = _as_pairs(rows, source, target)
    elif name == EMOJI:
        names = emoji_names()
        for code in (code for direction in directions for code in direction):
            if code not in names:
                raise InputError(
                    f"{name} has no language {code!r}; it has {', '.join(sorted(names))}"
                )
        # The same emoji are held out in every language: a pair of languages never learned from
        # is measured on emoji never seen.
        chosen = document_splits(emoji_documents(), seed=0)
        pairs = joined([_as_pairs(emoji_pairs(*d), *d) for d in directions or (("en", "es"),)])
    else:
        raise InputError(f"{name} holds no pairs; expected {EMOJI} or a set of pairs")
    return _Part(pairs, [chosen[d] for d in pairs.documents], info)


def _as_pairs(rows: Sequence[tuple[str, str, str]], source: str, target: str) -> Pairs:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return Pairs(*columns, [source] * len(rows), [target] * len(rows))


def _own(pairs: Pairs, given: list[str], info: Info, seed: int) -> _Part:
    """Own pairs: the splits that are not given are taken out of training."""
    if len(pairs) < len(SPLITS):
        raise InputError(f"{info.name}: expected at least 3 pairs. Received: {len(pairs)}")
    missing = [split for split in SPLITS if split not in given]
    if not missing:
        return _Part(pairs, given, info)
    documents = [d for d, split in zip(pairs.documents, given, strict=True) if split == "train"]
    chosen = document_splits(documents, seed)
    splits = [
        chosen[document] if split == "train" and chosen[document] in missing else split
        for document, split in zip(pairs.documents, given, strict=True)
    ]
    return _Part(pairs, splits, info)


def _in_directions(
    pairs: Pairs, splits: list[str], directions: Sequence[tuple[str, str]], source: str
) -> tuple[Pairs, list[str]]:
    """The pairs of the wanted directions, either way round."""
    parts, marks = [], []
    for direction in dict.fromkeys(directions):
        count = 0
        for part in (pairs, pairs.reversed()):
            found = zip(part.source_languages, part.target_languages, strict=True)
            index = [i for i, d in enumerate(found) if d == direction]
            parts.append(part.take(index))
            marks += [splits[i] for i in index]
            count += len(index)
        if not count:
            known = ", ".join(f"{a}-{b}" for a, b in pairs.directions())
            raise InputError(f"{source} has no pairs {'-'.join(direction)}; it has {known}")
    return joined(parts), marks


def _cleaned(pairs: Pairs, splits: list[str], info: Info, seed: int, limit: int | None) -> Splits:
    """Divides the pairs, without copies and without sentences that are in two splits."""
    source_keys = _keys(pairs.source_languages, pairs.sources)
    target_keys = _keys(pairs.target_languages, pairs.targets)
    keep, gone = without_overlap(splits, list(zip(source_keys, target_keys, strict=True)))
    if gone:
        reason = f"{gone} pairs left out, of which a sentence is in validation or test"
        info = dataclasses.replace(info, skipped=(*info.skipped, (info.name, reason)))
    parts = {}
    for split in SPLITS:
        index = [i for i, s in enumerate(splits) if s == split and keep[i]]
        if split == "train":
            index = _first(index, lambda i: (pairs.sources[i], pairs.targets[i], *_way(pairs, i)))
        else:
            index = _first(index, lambda i: (source_keys[i], *_way(pairs, i)))
        if not index:
            raise InputError(
                f"{info.name}: no pair is left for {split}; expected more documents or pairs. "
                f"Received: {len(pairs)} pairs of {len(set(pairs.documents))} documents"
            )
        if limit is not None and len(index) > limit:
            chosen = np.random.default_rng(seed).permutation(len(index))[:limit]
            index = [index[i] for i in np.sort(chosen)]
        parts[split] = pairs.take(index)
    languages = tuple(dict.fromkeys([*pairs.source_languages, *pairs.target_languages]))
    return Splits(*parts.values(), dataclasses.replace(info, languages=languages))


def _keys(languages: list[str], sentences: list[str]) -> list[tuple[str, str]]:
    return [(code, words_of(text)) for code, text in zip(languages, sentences, strict=True)]


def _way(pairs: Pairs, i: int) -> tuple[str, str]:
    return pairs.source_languages[i], pairs.target_languages[i]


def _first(index: list[int], key: Callable[[int], tuple]) -> list[int]:
    """The first of those with the same key."""
    found: dict[tuple, int] = {}
    for i in index:
        found.setdefault(key(i), i)
    return list(found.values())


def _info(source: str, parts: list[Info]) -> Info:
    def together(name: str) -> str:
        return "; ".join(dict.fromkeys(getattr(p, name) for p in parts if getattr(p, name)))

    return Info(
        source,
        skipped=tuple(s for part in parts for s in part.skipped),
        licence=together("licence"),
        citation=together("citation"),
    )
