"""Words split into the longest pieces of a vocabulary."""

from collections.abc import Iterator

import tensorflow as tf
import tensorflow_text as tf_text

from kerasuite.errors import InputError
from kerasuite.text import spacing
from kerasuite.text.ids import SPECIAL, UNKNOWN
from kerasuite.text.rules import Rules
from kerasuite.text.tokenizer import Tokenizer, without_special
from kerasuite.text.vocabulary import Tables, to_content, to_entries
from kerasuite.text.words import count_words

DEFAULT_SIZE = 8_000
SUFFIX = "##"
MOST_CHARACTERS = 1_000
# The learner takes minutes for more; the rest are rare words.
MOST_WORDS = 50_000


class WordPieceTokenizer(Tokenizer):
    """WordPiece: each word is split from the left into the longest pieces there are.

    Runs of white space come back as one space.

    Reference:
        Wu et al. 2016, Google's neural machine translation system, section 4.1.
    """

    kind = "wordpiece"

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(content, rules)
        entries = to_entries(content)
        if tuple(entries[: len(SPECIAL)]) != SPECIAL:
            raise InputError(f"The vocabulary is damaged: it must begin with {', '.join(SPECIAL)}")
        self._size = len(entries)
        self.tables = Tables(content)
        self.splitter = tf_text.FastWordpieceTokenizer(
            entries,
            suffix_indicator=SUFFIX,
            token_out_type=tf.int32,
            unknown_token=SPECIAL[UNKNOWN],
            no_pretokenization=True,
        )

    @classmethod
    def learn(cls, texts: Iterator[str], vocabulary_size: int | None, byte_fallback: bool) -> bytes:
        from tensorflow_text.tools.wordpiece_vocab import wordpiece_tokenizer_learner_lib as learner

        if byte_fallback:
            raise InputError("byte_fallback is not for wordpiece: take characters, unigram or bpe")
        counts = count_words(texts)
        size = vocabulary_size or DEFAULT_SIZE
        alphabet = len(set("".join(counts)))
        least = len(SPECIAL) + 2 * min(alphabet, MOST_CHARACTERS)
        if size < least:
            raise InputError(
                f"vocabulary_size must be at least {least}: {len(SPECIAL)} special ids and each "
                f"of {alphabet} characters at the beginning and within a word. Received: {size}"
            )
        pieces = learner.learn(
            list(counts.items()),
            vocab_size=size,
            reserved_tokens=list(SPECIAL),
            max_unique_chars=MOST_CHARACTERS,
            joiner=SUFFIX,
            lower_thresh=2,
            max_input_tokens=MOST_WORDS,
        )
        return to_content(pieces[:size])

    @property
    def vocabulary_size(self) -> int:
        return self._size

    def tokenize(self, strings: tf.Tensor) -> tf.RaggedTensor:
        words = spacing.split(self.rules.apply(strings))
        return self.splitter.tokenize(words).merge_dims(-2, -1)

    def detokenize(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        pieces = tf.ragged.map_flat_values(self.tables.entries, without_special(ids))
        text = tf.strings.reduce_join(pieces, axis=-1, separator=" ")
        return spacing.join(tf.strings.regex_replace(text, f" {SUFFIX}", "")[:, None])
