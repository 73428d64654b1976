"""Words and punctuation marks are pieces."""

import collections
import itertools
from collections.abc import Iterable, Iterator

import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.text import spacing
from kerasuite.text.ids import SPECIAL
from kerasuite.text.rules import Rules
from kerasuite.text.tokenizer import Tokenizer, without_special
from kerasuite.text.vocabulary import Tables, to_content, to_entries

DEFAULT_SIZE = 20_000
_CHUNK = 1024


class WordTokenizer(Tokenizer):
    """The most frequent words as pieces; all others are UNKNOWN.

    Runs of white space come back as one space.
    """

    kind = "words"

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(content, rules)
        self._size = len(to_entries(content))
        self.tables = Tables(content)

    @classmethod
    def learn(cls, texts: Iterator[str], vocabulary_size: int | None, byte_fallback: bool) -> bytes:
        if byte_fallback:
            raise InputError("byte_fallback is not for words: take characters, unigram or bpe")
        counts = count_words(texts)
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        room = (vocabulary_size or DEFAULT_SIZE) - len(SPECIAL)
        return to_content([*SPECIAL, *ranked[:room]])

    @property
    def vocabulary_size(self) -> int:
        return self._size

    def tokenize(self, strings: tf.Tensor) -> tf.RaggedTensor:
        words = spacing.split(self.rules.apply(strings))
        return tf.ragged.map_flat_values(self.tables.ids, words)

    def detokenize(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        kept = without_special(ids)
        return spacing.join(tf.ragged.map_flat_values(self.tables.entries, kept))


def count_words(texts: Iterable[str]) -> collections.Counter[str]:
    """How often each word and punctuation mark occurs, as `spacing.split` splits."""
    counts: collections.Counter[str] = collections.Counter()
    texts = iter(texts)
    while chunk := list(itertools.islice(texts, _CHUNK)):
        words = spacing.split(tf.constant(chunk)).flat_values.numpy()
        counts.update(word.decode("utf-8") for word in words)
    for entry in ("", *SPECIAL):  # a word spelt as a special entry stays unknown
        counts.pop(entry, None)
    return counts
