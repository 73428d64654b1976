"""Messages with a class each, such as e-mails, from the catalogue or own files."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kerasuite.data import catalogue, folders
from kerasuite.data.labelled import SHARES
from kerasuite.data.made_messages import MADE, made_messages
from kerasuite.data.message_sets import Message, message_set
from kerasuite.data.sampling import stratified_sample, stratified_split
from kerasuite.data.splits import SPLITS, Info, Splits
from kerasuite.data.text_files import read_lines
from kerasuite.errors import InputError

DEFAULT = "spam_assassin"
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
_EXPECTED = (
    "expected a folder of message files per class, or a .csv, .tsv or .jsonl file with the columns "
    "text and label"
)
_LETTERS = re.compile(rb"[^a-z\x80-\xff]+")
# With fewer words than this a body does not tell one message from another.
_FEW_WORDS = 3


@dataclass(frozen=True)
class Messages:
    """Messages as they arrived, and their classes.

    Attributes:
        raw: bytes per message, such as an e-mail's header fields, an empty line and its body.
        labels: int32 [n].
    """

    raw: list[bytes]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.raw)

    def take(self, indices: Sequence[int] | np.ndarray) -> "Messages":
        """The messages at `indices`, in that order."""
        chosen = np.asarray(indices, "int64")
        return Messages([self.raw[i] for i in chosen], self.labels[chosen])


def load_messages(source: str | None = None, *, seed: int = 0, limit: int | None = None) -> Splits:
    """Loads messages with a class each, 70 % for training, 15 % each for validation and test.

    Of messages whose bodies have the same words only the first is kept, wherever they were sent
    to. Each split holds each class in its share.

    Args:
        source: a catalogue name (fetched first if need be); "made" for short made-up ones; the
            path of a folder that holds a folder of message files per class; or a .csv, .tsv or
            .jsonl file with the columns text and label. None for spam_assassin.
        seed: which own messages fall into which split, and which ones `limit` takes. The splits of
            catalogue sets are fixed.
        limit: at most so many messages per split, each class in its share.

    Returns:
        Three `Messages` and their `Info`.

    Raises:
        InputError: if there is no such source, or its messages cannot be used.
        KerasuiteError: if it cannot be fetched.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1. Received: {limit}")
    source = DEFAULT if source is None else source
    messages, info = _read(source)
    kept, copies = _without_copies(messages)
    names, labels = np.unique([m.label for m in kept], return_inverse=True)
    if len(names) < 2:
        raise InputError(f"{source}: at least two classes are needed. Received: {', '.join(names)}")
    everything = Messages([m.raw for m in kept], labels.astype("int32"))
    split_seed = seed if info is None else 0
    index = stratified_split(labels, tuple(SHARES.values()), split_seed)
    if limit is not None:
        index = [i[stratified_sample(labels[i], limit, seed)] for i in index]
    if not all(len(i) for i in index):
        raise InputError(f"{source}: no class has 3 messages, one for each split")
    parts = {split: everything.take(i) for split, i in zip(SPLITS, index, strict=True)}
    return Splits(
        **parts,
        info=Info(
            source,
            class_names=tuple(str(name) for name in names),
            skipped=((source, f"{copies} copies of messages left out"),) if copies else (),
            licence=info.licence if info else "",
            citation=info.citation if info else "",
        ),
    )


def _read(source: str) -> tuple[list[Message], catalogue.Entry | None]:
    """The messages, and the catalogue's entry if they are from it."""
    if source == MADE:
        return made_messages(), None
    if source in catalogue.names():
        return message_set(source), catalogue.find(source)
    path = Path(source).expanduser()
    if path.is_dir():
        return _folder_messages(path), None
    if path.suffix.lower() in TABLES and path.is_file():
        return _table_messages(path), None
    if path.exists():
        raise InputError(f"{source}: {_EXPECTED}")
    near = catalogue.near(source, (MADE, *catalogue.names()))
    raise InputError(f"There are no messages {source!r}{near}; {_EXPECTED}")


def _folder_messages(root: Path) -> list[Message]:
    names, found = folders.class_folders(root)
    messages = []
    for name in names:
        files = [
            path
            for classes in found.values()
            for folder in classes.get(name, [])
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        ]
        if not files:
            raise InputError(f"{root}: the class {name!r} has no message; {_EXPECTED}")
        for path in files:
            try:
                messages.append(Message(path.read_bytes(), name))
            except OSError as e:
                raise InputError(f"{path} cannot be read: {e.strerror or e}") from e
    return messages


def _table_messages(path: Path) -> list[Message]:
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = [_json_row(path, i, line) for i, line in enumerate(read_lines(path), 1) if line]
    else:
        read_lines(path)  # names the line that is not UTF-8
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        try:
            table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
        except ValueError as e:
            reason = str(e).strip().splitlines()[0]
            raise InputError(f"{path} cannot be read as a table: {reason}") from e
        if not {"text", "label"} <= set(table.columns):
            raise InputError(
                f"{path}: expected the columns text and label. "
                f"Received: {', '.join(map(str, table.columns[:20]))}"
            )
        rows = list(zip(table["text"], table["label"], strict=True))
    messages = [
        Message(text.encode(), label.strip())
        for text, label in rows
        if text.strip() and label.strip()
    ]
    if not messages:
        raise InputError(f"{path} holds no row with a text and a label")
    return messages


def _json_row(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        row = json.loads(line)
        return str(row["text"]), str(row["label"])
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise InputError(
            f"{path}, line {number}: expected an object with text and label. Received: {line[:80]}"
        ) from e


def _without_copies(messages: list[Message]) -> tuple[list[Message], int]:
    """The messages of which none before has the same words in its body."""
    first: dict[bytes, Message] = {}
    for message in messages:
        _, _, body = message.raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        words = _LETTERS.sub(b" ", body.lower()).strip()
        if words.count(b" ") < _FEW_WORDS:
            words = _LETTERS.sub(b" ", message.raw.lower())
        first.setdefault(words, message)
    return list(first.values()), len(messages) - len(first)
