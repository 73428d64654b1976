"""The ids of both sides: pieces of words, and of the source also the wanted language."""

from collections.abc import Sequence

import tensorflow as tf

from kerasuite import text
from kerasuite.data.pairs import Pairs
from kerasuite.errors import InputError
from kerasuite.text import sequences

_CHARACTERS_PER_PIECE = 16
"""Texts are cut to so many characters for each piece that fits, before they are split."""


def train_tokenizers(
    pairs: Pairs, kind: str, vocabulary_size: int, shared: bool
) -> list[text.Tokenizer]:
    """Returns one tokenizer for both sides, or the source's and the target's.

    Args:
        pairs: to learn from.
        kind: one of `text.KINDS`.
        vocabulary_size: of each tokenizer.
        shared: whether there is one for both.
    """
    if shared:
        sentences = dict.fromkeys([*pairs.sources, *pairs.targets])
        return [text.train(kind, sentences, vocabulary_size)]
    return [text.train(kind, side, vocabulary_size) for side in (pairs.sources, pairs.targets)]


class Vocabulary:
    """Turns sentences into ids and back.

    Args:
        record: the tokenizers as `record_of` wrote them.
        languages: the codes of the languages that can be asked for by a token in front of the
            source; empty where there is but one target language.
        longest: how many pieces of a text are kept.

    Raises:
        InputError: if the record is damaged.
    """

    def __init__(self, record: str, languages: Sequence[str], longest: int) -> None:
        self.tokenizers = [text.restore(line) for line in record.splitlines()]
        if len(self.tokenizers) not in (1, 2):
            raise InputError("The record of the tokenizers is damaged: it holds none")
        self.source, self.target = self.tokenizers[0], self.tokenizers[-1]
        self.languages = tuple(languages)
        self.longest = longest

    @staticmethod
    def record_of(tokenizers: Sequence[text.Tokenizer]) -> str:
        """A line for each tokenizer, for `Info.tokenizer`."""
        return "\n".join(tokenizer.to_text() for tokenizer in tokenizers)

    @property
    def source_size(self) -> int:
        """How many source ids there are: pieces, and after them the languages."""
        return self.source.vocabulary_size + len(self.languages)

    @property
    def target_size(self) -> int:
        """How many target ids there are."""
        return self.target.vocabulary_size

    def check_fits(self, source_size: int, target_size: int) -> None:
        """Checks that a model was made for these ids.

        Raises:
            InputError: if it was made for others.
        """
        self.source.check_fits(source_size - len(self.languages))
        self.target.check_fits(target_size)

    def sources(
        self, strings: tf.Tensor, languages: tf.Tensor, seed: int | None = None
    ) -> tf.RaggedTensor:
        """int32 [batch, (length)]: the wanted language's id, if there are several; pieces; END.

        Args:
            strings: [batch].
            languages: int32 [batch], indices into `self.languages`; not looked at if there are
                none.
            seed: of ways to split drawn by chance; None for the best.
        """
        ids = sequences.with_ends(_pieces(self.source, strings, seed), start=False)
        if not self.languages:
            return ids
        first = tf.cast(languages, tf.int32)[:, None] + self.source.vocabulary_size
        return tf.concat([first, ids], axis=1)

    def targets(self, strings: tf.Tensor, seed: int | None = None) -> tf.RaggedTensor:
        """int32 [batch, (length)]: START, pieces, END; `seed` as of `sources`."""
        return sequences.with_ends(_pieces(self.target, strings, seed))

    def cut(self, strings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Texts of any kind and length, made fit to be translated.

        Args:
            strings: [batch], any bytes.

        Returns:
            int32 ids [batch, (length)], at most `longest` pieces and END, and whether anything was
            cut off, bool [batch].
        """
        # Wrong bytes become �, so that lengths can be counted in characters.
        clean = tf.strings.unicode_transcode(strings, "UTF-8", "UTF-8")
        most = self.longest * _CHARACTERS_PER_PIECE
        short = tf.strings.substr(clean, 0, most, unit="UTF8_CHAR")
        ids, cut = sequences.truncate(self.source.tokenize(short), self.longest)
        return ids, cut | (tf.strings.length(short) < tf.strings.length(clean))


def _pieces(tokenizer: text.Tokenizer, strings: tf.Tensor, seed: int | None) -> tf.RaggedTensor:
    return tokenizer.tokenize(strings) if seed is None else tokenizer.draw(strings, seed)
