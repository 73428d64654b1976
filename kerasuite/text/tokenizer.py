"""What every tokenizer is: trained from texts, kept in a folder, at work inside a SavedModel."""

import base64
import binascii
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.files import make_folder, read_json, write_bytes, write_json
from kerasuite.text.ids import END, PAD, SPECIAL, START
from kerasuite.text.rules import Rules

ABOUT_FILE = "tokenizer.json"
_CHUNK = 1024


class Tokenizer(tf.Module):
    """Strings to ids and back, in the graph.

    Ids 0 to 3 are `ids.PAD`, `UNKNOWN`, `START` and `END` in every tokenizer. To export one,
    name it in `Signature.resources`: its tables are saved as assets of the SavedModel.

    Args:
        content: the bytes of its vocabulary file.
        rules: what happens to a text before it is split.

    Raises:
        InputError: if `content` is no such file.
    """

    kind: ClassVar[str]
    """Its name among the tokenizers."""
    file: ClassVar[str] = "vocabulary.txt"
    """The name of its vocabulary file."""

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(name=self.kind)
        self.content = content
        self.rules = rules or Rules()

    @classmethod
    def train(
        cls,
        texts: Iterable[str | bytes],
        vocabulary_size: int | None = None,
        *,
        rules: Rules | None = None,
        byte_fallback: bool = False,
    ) -> Self:
        """Returns a tokenizer that learned its vocabulary from texts.

        Args:
            texts: lines or documents, as strings or UTF-8.
            vocabulary_size: how many ids there may be, the four special ones included; None for
                what the kind thinks right.
            rules: what happens to a text before it is split.
            byte_fallback: whether a character that is not in the vocabulary becomes the bytes of
                its UTF-8 form, with an id each, and not `UNKNOWN`.

        Raises:
            InputError: if there is no text, a text is not UTF-8, or the vocabulary is too small.
        """
        rules = rules or Rules()
        if vocabulary_size is not None and vocabulary_size <= len(SPECIAL):
            raise InputError(
                f"vocabulary_size must be above {len(SPECIAL)}, the number of special ids. "
                f"Received: {vocabulary_size}"
            )
        ruled = ruled_texts(texts, rules)
        first = next((text for text in ruled if text), None)
        if first is None:
            raise InputError(f"There is no text to train a {cls.kind} tokenizer on")
        content = cls.learn(itertools.chain([first], ruled), vocabulary_size, byte_fallback)
        return cls(content, rules)

    @classmethod
    def learn(cls, texts: Iterator[str], vocabulary_size: int | None, byte_fallback: bool) -> bytes:
        """Returns the vocabulary file learned from texts that went through the rules."""
        raise NotImplementedError

    @property
    def vocabulary_size(self) -> int:
        """How many ids there are, the special ones included."""
        raise NotImplementedError

    def tokenize(self, strings: tf.Tensor) -> tf.RaggedTensor:
        """Returns int32 ids [batch, (pieces)] of strings [batch], without START and END."""
        raise NotImplementedError

    def detokenize(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        """Returns strings [batch] of ids [batch, pieces], dense or ragged.

        PAD, START and END leave no trace, UNKNOWN is ⁇. Texts come back as the rules left them;
        each kind says what else is lost.
        """
        raise NotImplementedError

    def check_fits(self, vocabulary_size: int) -> None:
        """Checks that a model was made for this vocabulary.

        Args:
            vocabulary_size: how many ids the model knows.

        Raises:
            InputError: if it is another number than the tokenizer's.
        """
        if vocabulary_size != self.vocabulary_size:
            raise InputError(
                f"This {self.kind} tokenizer has {self.vocabulary_size:,} ids; the model was made "
                f"for {vocabulary_size:,}. Use the tokenizer it was trained with"
            )

    def save(self, folder: Path) -> None:
        """Writes the tokenizer into a folder: tokenizer.json and its vocabulary file."""
        make_folder(folder)
        write_bytes(folder / self.file, self.content)
        write_json(folder / ABOUT_FILE, self._about())

    def to_text(self) -> str:
        """Returns the whole tokenizer as one line of JSON, for `Info.tokenizer`."""
        return json.dumps({**self._about(), "content": base64.b64encode(self.content).decode()})

    def _about(self) -> dict[str, Any]:
        return {"kind": self.kind, "unicode": self.rules.unicode, "case": self.rules.case}


def ruled_texts(texts: Iterable[str | bytes], rules: Rules) -> Iterator[str]:
    """The texts as the graph's rules leave them.

    Raises:
        InputError: naming the number of the first text that is not UTF-8.
    """
    if isinstance(texts, str | bytes):
        texts = [texts]
    numbered = enumerate(texts, 1)
    while chunk := list(itertools.islice(numbered, _CHUNK)):
        checked = [_as_utf8(text, number) for number, text in chunk]
        for text in rules.apply(tf.constant(checked)).numpy():
            yield text.decode("utf-8")


def _as_utf8(text: str | bytes, number: int) -> bytes:
    try:
        return text.encode() if isinstance(text, str) else text.decode("utf-8").encode()
    except UnicodeError as e:
        raise InputError(f"Text {number} is not UTF-8: {e}") from e


def restore(text: str, kinds: dict[str, type[Tokenizer]]) -> Tokenizer:
    """The tokenizer that `to_text` wrote, one of `kinds`."""
    try:
        record = json.loads(text)
        content = base64.b64decode(record["content"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as e:
        raise InputError(f"The tokenizer's record is damaged: {e}") from e
    return _made(record, content, kinds, "The tokenizer's record")


def load(folder: Path, kinds: dict[str, type[Tokenizer]]) -> Tokenizer:
    """The tokenizer that `save` wrote, one of `kinds`."""
    record = read_json(folder / ABOUT_FILE)
    file = folder / _kind(record, kinds, str(folder / ABOUT_FILE)).file
    try:
        content = file.read_bytes()
    except OSError as e:
        raise InputError(f"{file} cannot be read: {e.strerror or e}") from e
    return _made(record, content, kinds, str(folder / ABOUT_FILE))


def _made(record: Any, content: bytes, kinds: dict[str, type[Tokenizer]], where: str) -> Tokenizer:
    kind = _kind(record, kinds, where)
    return kind(content, Rules(record.get("unicode"), record.get("case")))


def _kind(record: Any, kinds: dict[str, type[Tokenizer]], where: str) -> type[Tokenizer]:
    name = record.get("kind") if isinstance(record, dict) else None
    if not isinstance(name, str) or name not in kinds:
        raise InputError(f"{where} must name a kind of {', '.join(kinds)}. Received: {name!r}")
    return kinds[name]


def without_special(ids: tf.Tensor | tf.RaggedTensor) -> tf.RaggedTensor:
    """The ids [batch, (pieces)] without PAD, START and END."""
    if not isinstance(ids, tf.RaggedTensor):
        ids = tf.convert_to_tensor(ids)
    keep = tf.logical_and(ids != PAD, tf.logical_and(ids != START, ids != END))
    return tf.ragged.boolean_mask(ids, keep)
