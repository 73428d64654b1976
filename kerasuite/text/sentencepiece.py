"""SentencePiece: the unigram model and byte pair encoding, over text with its spaces."""

import hashlib
import io
import itertools
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import tensorflow as tf
import tensorflow_text as tf_text

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.text.ids import END, PAD, SPECIAL, START, UNKNOWN
from kerasuite.text.rules import Rules
from kerasuite.text.tokenizer import Tokenizer, without_special

DEFAULT_SIZE = 8_000
# Pieces of their own: SentencePiece itself cannot learn from texts that hold them.
BREAKS = ("\n", "\t")
# What else its trainer skips a text for: its own space, and its mark of the unknown.
_RESERVED = str.maketrans({"▁": " ", "\0": " ", "⁇": "?"})
# All else is for `Rules` to do, here and in the graph alike: "▁" becomes a space, in hexadecimal.
_OWN_RULES = "2581\t20\n"
# Before the first word, so that it looks as it does after a space. SentencePiece can add one
# itself, but takes all leading spaces away when it joins.
_PREFIX = " "
_BYTES = 256
_FIRST_BYTE = "<0x00>"
_LONGEST = 16_384
# Fixed, since the sums of the training are grouped by thread.
_THREADS = 4


class SentencePieceTokenizer(Tokenizer):
    """Base of the two kinds. Nothing is lost except "▁", which comes back as a space.

    Reference:
        Kudo & Richardson 2018, SentencePiece.
    """

    file = "sentencepiece.model"
    model_type: ClassVar[str]
    alpha: ClassVar[float]
    """How freely `draw` splits: the exponent of a way's probability, or the share of merges that
    is left out."""

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(content, rules)
        try:
            # Its resource is found by its name, in a whole process: two models loaded side by side
            # would share the vocabulary of the first if both had the default name.
            name = f"sentencepiece_{hashlib.sha256(content).hexdigest()}"
            self.splitter = tf_text.SentencepieceTokenizer(content, out_type=tf.int32, name=name)
            self._size = int(self.splitter.vocab_size())
        except (tf.errors.OpError, TypeError) as e:
            raise InputError("The vocabulary is damaged: it is no SentencePiece model") from e

    @classmethod
    def learn(cls, texts: Iterator[str], vocabulary_size: int | None, byte_fallback: bool) -> bytes:
        lines = [line for text in texts for line in _lines(_PREFIX + text)]
        size = vocabulary_size or DEFAULT_SIZE
        _check_size(lines, size, byte_fallback)
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
            rules.write(_OWN_RULES)
            rules.flush()
            return _trained(
                lines,
                model_type=cls.model_type,
                vocab_size=size,
                byte_fallback=byte_fallback,
                character_coverage=0.9995 if byte_fallback else 1.0,
                normalization_rule_tsv=rules.name,
            )

    @property
    def vocabulary_size(self) -> int:
        return self._size

    def tokenize(self, strings: tf.Tensor) -> tf.RaggedTensor:
        strings = self.rules.apply(strings)
        return self._split(tf.where(strings == "", "", _PREFIX + strings))

    def _split(self, strings: tf.Tensor) -> tf.RaggedTensor:
        return self.splitter.tokenize(strings)

    def draw(self, strings: tf.Tensor, seed: int) -> tf.RaggedTensor:
        """Returns ids as `tokenize` does, of one of the ways to split each string, by chance.

        Not in the graph, since only here the chance can be repeated.

        Args:
            strings: [batch].
            seed: the same one draws the same ways.

        Reference:
            Kudo 2018, Subword regularization, section 3.3, with l = infinity and alpha = 0.2;
            Provilkov et al. 2020, BPE-dropout, section 3, with p = 0.1.
        """
        strings = self.rules.apply(strings)
        texts = [s.decode() for s in tf.where(strings == "", "", _PREFIX + strings).numpy()]
        # Each thread has a random generator, which takes its seed when it is first used.
        with ThreadPoolExecutor(1) as thread:
            drawn = thread.submit(_draw, self.content, texts, self.alpha, seed).result()
        return tf.ragged.constant(drawn, tf.int32, ragged_rank=1)

    def detokenize(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        text = self.splitter.detokenize(tf.cast(without_special(ids), tf.int32))
        return tf.strings.regex_replace(text, f"^{_PREFIX}", "", replace_global=False)


class UnigramTokenizer(SentencePieceTokenizer):
    """Pieces of a unigram language model, pruned from many to few.

    Reference:
        Kudo 2018, Subword regularization, section 3.2.
    """

    kind = "unigram"
    model_type = "unigram"
    alpha = 0.2

    def __init__(self, content: bytes, rules: Rules | None = None) -> None:
        super().__init__(content, rules)
        # Three times as fast, the same but for ways to split that are equally likely. It knows
        # neither pieces for bytes nor `BREAKS`.
        with_bytes = int(self.splitter.string_to_id(_FIRST_BYTE)) != UNKNOWN
        self._fast = None if with_bytes else tf_text.FastSentencepieceTokenizer(content)

    def _split(self, strings: tf.Tensor) -> tf.RaggedTensor:
        if self._fast is None:
            return super()._split(strings)
        plain = tf.reduce_all(tf.strings.regex_full_match(strings, f"[^{''.join(BREAKS)}]*"))
        return tf.cond(
            plain,
            lambda: self._fast.tokenize(strings).with_row_splits_dtype(tf.int64),
            lambda: super(UnigramTokenizer, self)._split(strings),
        )


class BytePairTokenizer(SentencePieceTokenizer):
    """Pieces merged from the most frequent pairs.

    Reference:
        Sennrich et al. 2016, Neural machine translation of rare words with subword units.
    """

    kind = "bpe"
    model_type = "bpe"
    alpha = 0.1


def _draw(model: bytes, texts: list[str], alpha: float, seed: int) -> list[list[int]]:
    import sentencepiece

    sentencepiece.set_random_generator_seed(seed)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return processor.encode(texts, enable_sampling=True, nbest_size=-1, alpha=alpha, num_threads=1)


def _trained(lines: list[str], **options: Any) -> bytes:
    """The model that the SentencePiece library learns."""
    import sentencepiece
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    sentencepiece.set_min_log_level(2)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            hard_vocab_limit=False,
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            allow_whitespace_only_pieces=True,
            user_defined_symbols=list(BREAKS),
            max_sentence_length=_LONGEST,
            num_threads=_THREADS,
            unk_surface=SPECIAL[UNKNOWN],
            pad_id=PAD,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            pad_piece=SPECIAL[PAD],
            bos_piece=SPECIAL[START],
            eos_piece=SPECIAL[END],
            **options,
        )
    except RuntimeError as e:
        raise KerasuiteError(f"SentencePiece could not learn from the texts: {e}") from e
    learned = ModelProto.FromString(model.getvalue())
    learned.normalizer_spec.ClearField("normalization_rule_tsv")  # the name of a file that is gone
    return learned.SerializeToString(deterministic=True)


def _lines(text: str) -> Iterator[str]:
    """The text without its breaks, in lines no longer than the trainer takes."""
    for line in text.translate(_RESERVED).replace("\t", "\n").split("\n"):
        # A character has up to four bytes.
        for start in range(0, len(line), _LONGEST // 4):
            yield line[start : start + _LONGEST // 4]


def _check_size(lines: list[str], size: int, byte_fallback: bool) -> None:
    alphabet = len(set(itertools.chain.from_iterable(lines)))
    if not alphabet:
        raise InputError("There is no text to train a tokenizer on, only empty lines")
    taken = len(SPECIAL) + len(BREAKS) + _BYTES * byte_fallback
    # With fallback, rare characters need no id; one for each of the frequent ones is needed.
    least = taken + alphabet + 1
    if size < least:
        raise InputError(
            f"vocabulary_size must be at least {least}: {taken} fixed ids and one for each of "
            f"{alphabet} characters. Received: {size}"
        )
