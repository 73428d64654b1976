"""Tokenizers that learn from the user's texts and work inside a SavedModel.

tokenizer = text.train("unigram", lines, vocabulary_size=4000)
ids = tokenizer.tokenize(["so it goes"])        # int32 [batch, (pieces)]
tokenizer.detokenize(ids)                       # b"so it goes"
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kerasuite.errors import InputError
from kerasuite.text import buckets, sequences
from kerasuite.text import tokenizer as _tokenizer
from kerasuite.text.characters import CharacterTokenizer
from kerasuite.text.ids import END, PAD, START, UNKNOWN
from kerasuite.text.rules import Rules
from kerasuite.text.sentencepiece import BytePairTokenizer, UnigramTokenizer
from kerasuite.text.tokenizer import Tokenizer
from kerasuite.text.wordpiece import WordPieceTokenizer
from kerasuite.text.words import WordTokenizer

__all__ = [
    "END",
    "KINDS",
    "PAD",
    "START",
    "UNKNOWN",
    "Rules",
    "Tokenizer",
    "buckets",
    "load",
    "restore",
    "sequences",
    "train",
]

KINDS: dict[str, type[Tokenizer]] = {
    kind.kind: kind
    for kind in (
        CharacterTokenizer,
        WordTokenizer,
        WordPieceTokenizer,
        UnigramTokenizer,
        BytePairTokenizer,
    )
}
"""The kinds of tokenizer by name."""


def train(
    kind: str, texts: Iterable[str | bytes], vocabulary_size: int | None = None, **options: Any
) -> Tokenizer:
    """Trains a tokenizer.

    Args:
        kind: "characters", "words", "wordpiece", "unigram" or "bpe".
        texts: lines or documents.
        vocabulary_size: how many ids there may be; None for what the kind thinks right.
        **options: `rules` and `byte_fallback`, as for `Tokenizer.train`.

    Raises:
        InputError: if there is no such kind, or it cannot learn from these texts.
    """
    if kind not in KINDS:
        raise InputError(f"tokenizer must be one of {', '.join(KINDS)}. Received: {kind}")
    return KINDS[kind].train(texts, vocabulary_size, **options)


def load(folder: Path) -> Tokenizer:
    """Reads the tokenizer that `Tokenizer.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    return _tokenizer.load(folder, KINDS)


def restore(text: str) -> Tokenizer:
    """Makes the tokenizer that `Tokenizer.to_text` wrote.

    Raises:
        InputError: if the text is damaged.
    """
    return _tokenizer.restore(text, KINDS)
