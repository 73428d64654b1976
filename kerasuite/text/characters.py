"""Every character is a piece."""

import unicodedata
from collections import Counter
from collections.abc import Iterator

import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.text.ids import SPECIAL, UNKNOWN
from kerasuite.text.rules import Rules
from kerasuite.text.tokenizer import Tokenizer, without_special
from kerasuite.text.vocabulary import Tables, to_content, to_entries

# An entry is a code point. Special ids and bytes have none and get numbers below zero.
_FIRST_SPECIAL, _FIRST_BYTE, _BYTES = -1, -256, 256
_OF_UNKNOWN = _FIRST_SPECIAL - UNKNOWN


class CharacterTokenizer(Tokenizer):
    """Characters (Unicode code points) as pieces; with byte fallback nothing is ever lost."""

    kind = "characters"

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(content, rules)
        codes = _codes(to_entries(content))
        self._size = len(codes)
        self._first_byte = codes.index(_FIRST_BYTE) if _FIRST_BYTE in codes else None
        self.tables = Tables(content, numbers=True)

    @classmethod
    def learn(cls, texts: Iterator[str], vocabulary_size: int | None, byte_fallback: bool) -> bytes:
        counts = Counter()
        for text in texts:
            counts.update(text)
        taken = len(SPECIAL) + _BYTES * byte_fallback
        ranked = sorted(counts, key=lambda c: (-counts[c], c))
        room = len(ranked) if vocabulary_size is None else vocabulary_size - taken
        if room < (0 if byte_fallback else len(ranked)):
            hint = "" if byte_fallback else f" and {len(ranked):,} characters; or set byte_fallback"
            raise InputError(
                f"vocabulary_size must have room for {taken} ids{hint}. Received: {vocabulary_size}"
            )
        entries = [f"{_FIRST_SPECIAL - i}\t{name}" for i, name in enumerate(SPECIAL)]
        if byte_fallback:
            entries += [f"{_FIRST_BYTE - b}\t<0x{b:02X}>" for b in range(_BYTES)]
        entries += [f"{ord(c)}\t{_shown(c)}" for c in ranked[:room]]
        return to_content(entries)

    @property
    def vocabulary_size(self) -> int:
        return self._size

    def tokenize(self, strings: tf.Tensor) -> tf.RaggedTensor:
        codes = tf.strings.unicode_decode(self.rules.apply(strings), "UTF-8")
        ids = tf.ragged.map_flat_values(
            lambda values: self.tables.ids(tf.cast(values, tf.int64)), codes
        )
        return ids if self._first_byte is None else self._with_bytes(codes, ids)

    def detokenize(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        kept = without_special(ids)
        pieces = tf.ragged.map_flat_values(self._pieces, kept)
        joined = tf.strings.reduce_join(pieces, axis=-1)
        # Bytes that a model chose need not form characters.
        return tf.strings.unicode_transcode(joined, "UTF-8", "UTF-8", errors="replace")

    def _with_bytes(self, codes: tf.RaggedTensor, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Puts bytes in the place of what is unknown."""
        known = ids.flat_values != UNKNOWN
        characters = tf.strings.unicode_encode(codes.flat_values[:, None], "UTF-8")
        spelt = tf.strings.bytes_split(tf.where(known, "", characters))
        values = tf.io.decode_raw(spelt.flat_values, tf.uint8, fixed_length=1)[:, 0]
        spelt = spelt.with_values(tf.cast(values, tf.int32) + self._first_byte)
        single = tf.RaggedTensor.from_row_lengths(
            tf.boolean_mask(ids.flat_values, known), tf.cast(known, tf.int64)
        )
        pieces = tf.concat([single, tf.cast(spelt, tf.int32)], axis=1)
        return codes.with_flat_values(pieces).merge_dims(1, 2)

    def _pieces(self, ids: tf.Tensor) -> tf.Tensor:
        codes = tf.cast(self.tables.entries(ids), tf.int32)
        characters = tf.strings.unicode_encode(tf.maximum(codes, 0)[:, None], "UTF-8")
        every_byte = tf.constant([bytes([b]) for b in range(_BYTES)])
        spelt = tf.gather(every_byte, tf.clip_by_value(_FIRST_BYTE - codes, 0, _BYTES - 1))
        pieces = tf.where(codes >= 0, characters, spelt)
        return tf.where(codes == _OF_UNKNOWN, SPECIAL[UNKNOWN], pieces)


def _codes(entries: list[str]) -> list[int]:
    try:
        return [int(entry.partition("\t")[0]) for entry in entries]
    except ValueError as e:
        raise InputError(f"The vocabulary is damaged: {e}") from e


def _shown(character: str) -> str:
    """The character, or its name where it would break the line or not be seen."""
    if unicodedata.category(character)[0] in "CZ":
        return unicodedata.name(character, "control")
    return character
