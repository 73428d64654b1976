"""Vocabulary files and the tables made from them, which a SavedModel keeps as assets."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.text.ids import SPECIAL, UNKNOWN


def to_content(entries: Sequence[str]) -> bytes:
    """The vocabulary file of entries without line breaks, whose first are the special ones."""
    return "".join(f"{entry}\n" for entry in entries).encode()


def to_entries(content: bytes) -> list[str]:
    """The entries of a vocabulary file.

    Raises:
        InputError: if it is damaged.
    """
    try:
        entries = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as e:
        raise InputError(f"The vocabulary is damaged: it is not UTF-8 ({e})") from e
    if len(entries) <= len(SPECIAL) + 1 or entries.pop():
        raise InputError("The vocabulary is damaged: it is empty or cut short")
    if len(set(entries)) < len(entries):
        raise InputError("The vocabulary is damaged: an entry appears twice")
    return entries


class Tables(tf.Module):
    """Entries to ids and back, both from one file.

    Args:
        content: of the vocabulary file: an entry a line, in the order of the ids.
        numbers: whether an entry is a whole number and not a string; what follows it after a tab
            is for human readers.
    """

    def __init__(self, content: bytes, numbers: bool = False) -> None:
        super().__init__(name="tables")
        # A table reads its file when it is made and again when it is exported, where the file
        # becomes an asset: so it lives as long as the tables do.
        self._folder = tempfile.TemporaryDirectory(prefix="kerasuite-")
        file = Path(self._folder.name) / "vocabulary.txt"
        file.write_bytes(content)
        entry_type = tf.int64 if numbers else tf.string
        entry = 0 if numbers else tf.lookup.TextFileIndex.WHOLE_LINE
        line = tf.lookup.TextFileIndex.LINE_NUMBER
        self._ids = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(str(file), entry_type, entry, tf.int64, line),
            UNKNOWN,
        )
        self._entries = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(str(file), tf.int64, line, entry_type, entry),
            -1 - UNKNOWN if numbers else SPECIAL[UNKNOWN],
        )

    def ids(self, entries: tf.Tensor) -> tf.Tensor:
        """int32 ids of entries, of any shape; UNKNOWN for those that are not in the file."""
        return tf.cast(self._ids.lookup(entries), tf.int32)

    def entries(self, ids: tf.Tensor) -> tf.Tensor:
        """Entries of ids, of any shape; that of UNKNOWN for those that are out of range."""
        return self._entries.lookup(tf.cast(ids, tf.int64))
