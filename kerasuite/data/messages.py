"""Messages with a class each, such as e-mails, from the catalogue or own files."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kerasuite.data import catalogue, folders
from kerasuite.data.labelled import split_indices
from kerasuite.data.made_messages import MADE, made_messages
from kerasuite.data.message_sets import Message, message_set
from kerasuite.data.sampling import stratified_sample
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
            path of a folder that holds a folder of message files per class, or train/ and maybe
            validation/ and test/, which do; or a .csv, .tsv or .jsonl file with the columns text
            and label. None for spam_assassin.
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
    messages, splits, info = _read(source)
    chosen = _first_copies(messages)
    kept, copies = [messages[i] for i in chosen], len(messages) - len(chosen)
    names, labels = np.unique([m.label for m in kept], return_inverse=True)
    if len(names) < 2:
        raise InputError(f"{source}: at least two classes are needed. Received: {', '.join(names)}")
    everything = Messages([m.raw for m in kept], labels.astype("int32"))
    marks = np.array([splits[i] for i in chosen], "U10")
    index = split_indices(labels, marks, seed if info is None else 0)
    if limit is not None:
        index = {s: i[stratified_sample(labels[i], limit, seed)] for s, i in index.items()}
    if not all(len(i) for i in index.values()):
        raise InputError(f"{source}: no class has 3 messages, one for each split")
    parts = {split: everything.take(index[split]) for split in SPLITS}
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


def _read(source: str) -> tuple[list[Message], list[str], catalogue.Entry | None]:
    """The messages, the split of each ("" if not given), and the entry of a catalogue set."""
    path, entry = Path(source).expanduser(), None
    if source == MADE:
        messages = made_messages()
    elif source in catalogue.names():
        messages, entry = message_set(source), catalogue.find(source)
    elif path.is_dir():
        return *_folder_messages(path), None
    elif path.suffix.lower() in TABLES and path.is_file():
        messages = _table_messages(path)
    elif path.exists():
        raise InputError(f"{source}: {_EXPECTED}")
    else:
        near = catalogue.near(source, (MADE, *catalogue.names()))
        raise InputError(f"There are no messages {source!r}{near}; {_EXPECTED}")
    return messages, [""] * len(messages), entry


def _folder_messages(root: Path) -> tuple[list[Message], list[str]]:
    names, found = folders.class_folders(root)
    messages, splits = [], []
    for split, classes in found.items():
        for name in names:
            files = [
                path
                for folder in classes.get(name, [])
                for path in sorted(folder.rglob("*"))
                if path.is_file() and not path.name.startswith(".")
            ]
            if not files and split in ("", "train"):
                raise InputError(f"{root}: the class {name!r} has no message; {_EXPECTED}")
            messages += [Message(_bytes(path), name) for path in files]
            splits += [split] * len(files)
    return messages, splits


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}") from e


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


def _first_copies(messages: list[Message]) -> list[int]:
    """Indices of the messages of which none before has the same words in its body."""
    first: dict[bytes, int] = {}
    for i, message in enumerate(messages):
        _, _, body = message.raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        words = _LETTERS.sub(b" ", body.lower()).strip()
        if words.count(b" ") < _FEW_WORDS:
            words = _LETTERS.sub(b" ", message.raw.lower())
        first.setdefault(words, i)
    return list(first.values())
