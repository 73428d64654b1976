"""What happens to a text before it is split: encoding, Unicode's forms, case. In the graph."""

from dataclasses import dataclass
from typing import Literal

import tensorflow as tf
import tensorflow_text as tf_text

from kerasuite.errors import InputError

UNICODE_FORMS = ("none", "NFC", "NFKC")
CASES = ("keep", "lower")
# Whole texts of these characters are UTF-8, and no form but NFKC changes them: Latin, Cyrillic,
# dashes and quotation marks, kana, Chinese characters, Korean syllables; nothing that combines.
COMPOSED = (
    r"[\x{0}-\x{2ff}\x{400}-\x{482}\x{2010}-\x{203a}\x{3041}-\x{3096}\x{4e00}-\x{9fff}"
    r"\x{ac00}-\x{d7a3}]*"
)
_ASCII = r"[\x00-\x7f]*"


@dataclass(frozen=True)
class Rules:
    """Which spellings count as one.

    Attributes:
        unicode: "NFC" joins letters with their accents; "NFKC" also replaces ligatures, wide
            letters and the like by their plain forms, which cannot be undone; "none" does nothing.
        case: "lower" makes every letter small, which cannot be undone; "keep" does nothing.

    Raises:
        InputError: if an attribute is another word.

    Reference:
        Unicode Standard Annex 15, section 1.1 (the forms).
    """

    unicode: Literal["none", "NFC", "NFKC"] = "NFC"
    case: Literal["keep", "lower"] = "keep"

    def __post_init__(self) -> None:
        for name, known in (("unicode", UNICODE_FORMS), ("case", CASES)):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name} must be one of {', '.join(known)}. Received: {getattr(self, name)}"
                )

    def apply(self, strings: tf.Tensor) -> tf.Tensor:
        """Returns the strings by these rules; bytes that are not UTF-8 become U+FFFD.

        Args:
            strings: string tensor of any shape.
        """
        strings = tf.convert_to_tensor(strings, tf.string)
        # Most batches need none of it, which a look at the bytes tells faster.
        kept = _ASCII if self.unicode == "NFKC" else COMPOSED
        plain = tf.reduce_all(tf.strings.regex_full_match(strings, kept))
        return tf.cond(plain, lambda: self._lower(strings), lambda: self._apply(strings))

    def _apply(self, strings: tf.Tensor) -> tf.Tensor:
        strings = tf.strings.unicode_transcode(strings, "UTF-8", "UTF-8", errors="replace")
        if self.unicode != "none":
            strings = tf_text.normalize_utf8(strings, self.unicode)
        return self._lower(strings)

    def _lower(self, strings: tf.Tensor) -> tf.Tensor:
        return tf.strings.lower(strings, encoding="utf-8") if self.case == "lower" else strings
