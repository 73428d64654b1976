"""Splits text at spaces and punctuation so that joining restores the spaces. In the graph.

Punctuation that touches its neighbour carries a joiner on that side, as in OpenNMT's tokenizer:
"Well, (no) 3.5" is split into "Well", "￭,", "(￭", "no", "￭)", "3", "￭.￭", "5". So a word has one
form wherever it stands. Runs of white space become one space.
"""

import re

import tensorflow as tf

JOINER = "￭"
# What the text itself may hold of it: its compatibility form.
_PLAIN_JOINER = "■"
_SPACES = r"[\s\v\x1c-\x1f\x{85}\p{Z}]+"
# Whatever is neither letter, mark, digit, underscore nor space stands alone.
_SINGLE = r"([^\p{L}\p{M}\p{N}_ ])"
# A split between what touches, as long as original spaces must be told from it.
_SPLIT = "\x1f"


def split(strings: tf.Tensor) -> tf.RaggedTensor:
    """Splits UTF-8 strings [batch] into words and punctuation with joiners [batch, (words)]."""
    text = tf.strings.regex_replace(strings, JOINER, _PLAIN_JOINER)
    text = tf.strings.strip(tf.strings.regex_replace(text, _SPACES, " "))
    around = f"{_SPLIT}{JOINER}\\1{JOINER}{_SPLIT}"
    text = tf.strings.regex_replace(text, _SINGLE, around)
    # No joiner where a space, the beginning or the end is, and one between two marks.
    text = tf.strings.regex_replace(text, f"(^| ){_SPLIT}{JOINER}", "\\1")
    text = tf.strings.regex_replace(text, f"{JOINER}{_SPLIT}( |$)", "\\1")
    text = tf.strings.regex_replace(text, f"{JOINER}{_SPLIT}{_SPLIT}", _SPLIT)
    return tf.strings.split(tf.strings.regex_replace(text, _SPLIT, " "))


def join(words: tf.RaggedTensor) -> tf.Tensor:
    """Joins what `split` gave into strings [batch]."""
    text = tf.strings.reduce_join(words, axis=-1, separator=" ")
    return tf.strings.regex_replace(text, re.escape(JOINER).join((" ?", " ?")), "")
