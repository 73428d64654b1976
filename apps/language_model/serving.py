"""The SavedModel's functions: a prompt in and its continuation out, a text in and its bits out."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.export.signature import Check, Signature
from kerasuite.text import Tokenizer, decoding
from kerasuite.text.decoding.step import FREE
from kerasuite.text.ids import END, PAD, START, UNKNOWN

MOST_PROMPT = 1_000
MOST_WRITTEN = 10_000
MOST_SCORED = 20_000
_WINDOW = 256
_CHECKED, _CHECKED_PIECES = 3, 10


class Writer:
    """Reads and writes text with a language model, in the graph.

    Args:
        model: [ids, *states] → [logits, *states].
        tokenizer: the one it was trained with.

    Raises:
        InputError: if the tokenizer has another number of ids than the model.
    """

    def __init__(self, model: keras.Model, tokenizer: Tokenizer) -> None:
        tokenizer.check_fits(model.outputs[0].shape[-1])
        self.model, self.tokenizer = model, tokenizer
        self.compiled_write = tf.function(self.write, autograph=False)
        """`write`, for use outside of a graph, where every step by itself would take long."""

    def write(
        self,
        prompts: tf.Tensor,
        temperature: tf.Tensor | float = 1.0,
        length: tf.Tensor | int = 400,
        top_k: tf.Tensor | int = 0,
        seed: tf.Tensor | int = 0,
    ) -> tf.Tensor:
        """Goes on with texts.

        Args:
            prompts: strings [batch]; of a long one, the last `MOST_PROMPT` pieces are read. May be
                empty.
            temperature: number, or float32 [batch]; below 1 for likelier text, at least 0.01.
            length: number, or int32 [batch]: pieces to write, from 1 to `MOST_WRITTEN`. A text
                that comes to its end is shorter.
            top_k: number, or int32 [batch]: draw only among the likeliest; 0 for all.
            seed: int32: the same one gives the same texts for the same batch.

        Returns:
            Strings [batch], what comes after the prompts.
        """
        ids = self.tokenizer.tokenize(prompts)[:, -MOST_PROMPT:]
        read = tf.cast(ids.row_lengths(), tf.int32)
        decoded = decoding.sample(
            self._step,
            tf.fill([tf.shape(prompts)[0]], START),
            self._initial_state(tf.shape(prompts)[0]),
            end=END,
            max_length=read + tf.clip_by_value(length, 1, MOST_WRITTEN),
            temperature=tf.reshape(tf.maximum(tf.cast(temperature, tf.float32), 0.01), [-1, 1]),
            top_k=tf.reshape(tf.maximum(tf.cast(top_k, tf.int32), 0), [-1, 1]),
            seed=tf.stack([tf.cast(seed, tf.int32), 0]),
            prefix=ids.to_tensor(FREE),
            forbidden=(PAD, UNKNOWN, START),
        )
        # What stands before is needed to tell which spaces belong between.
        whole = self.tokenizer.detokenize(decoded.ids)
        before = tf.strings.length(self.tokenizer.detokenize(ids))
        return tf.strings.substr(whole, before, tf.strings.length(whole) - before)

    def score(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """Says how well texts were foreseen.

        Args:
            texts: strings [batch]; of a long one, the first `MOST_SCORED` pieces are read.

        Returns:
            "bits_per_character" float32 [batch], 0 for an empty text; "perplexity" of a piece,
            float32 [batch]; "characters" int32 [batch], how many were read; and "cut" bool
            [batch], whether there were more.
        """
        ids = self.tokenizer.tokenize(texts)
        cut = ids.row_lengths() > MOST_SCORED
        ids = ids[:, :MOST_SCORED]
        read = self.tokenizer.detokenize(ids)
        characters = tf.strings.length(read, unit="UTF8_CHAR")
        nats = self._nats(ids.to_tensor(PAD))
        pieces = tf.cast(tf.maximum(ids.row_lengths(), 1), tf.float32)
        bits = nats / math.log(2) / tf.cast(tf.maximum(characters, 1), tf.float32)
        return {
            "bits_per_character": bits,
            "perplexity": tf.exp(nats / pieces),
            "characters": characters,
            "cut": cut,
        }

    def _nats(self, ids: tf.Tensor) -> tf.Tensor:
        """What padded texts [batch, length] cost in all, float32 [batch], piece by piece."""
        batch, length = tf.unstack(tf.shape(ids))
        before = tf.concat([tf.fill([batch, 1], START), ids[:, :-1]], axis=1)
        state = self._initial_state(batch)

        def body(start: tf.Tensor, nats: tf.Tensor, state: list[tf.Tensor]) -> tuple[Any, ...]:
            window = slice(start, start + _WINDOW)
            logits, state = self._read(before[:, window], state)
            targets = ids[:, window]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            nats += tf.reduce_sum(tf.where(targets == PAD, 0.0, losses), axis=1)
            return start + _WINDOW, nats, state

        loop = (tf.constant(0), tf.zeros([batch]), state)
        shapes = (tf.TensorShape([]), tf.TensorShape([None]), [s.shape for s in state])
        _, nats, _ = tf.while_loop(lambda start, *_: start < length, body, loop, shapes)
        return nats

    def _step(
        self, ids: tf.Tensor, state: list[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor], dict[str, tf.Tensor]]:
        logits, state = self._read(ids[:, None], state)
        return logits[:, 0], state, {}

    def _read(self, ids: tf.Tensor, state: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        logits, *state = self.model([ids, *state], training=False)
        return tf.cast(logits, tf.float32), [tf.cast(s, tf.float32) for s in state]

    def _initial_state(self, batch: tf.Tensor) -> list[tf.Tensor]:
        return [tf.zeros([batch, s.shape[-1]]) for s in self.model.inputs[1:]]


def text_signatures(writer: Writer, temperature: float, length: int) -> dict[str, Signature]:
    """Returns the functions that a language model is served by.

    Args:
        writer: the model with its tokenizer.
        temperature, length: of the default function.
    """

    def go_on(prompt: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"continuation": writer.write(prompt, temperature, length)}

    def sample(
        prompt: tf.Tensor, temperature: tf.Tensor, length: tf.Tensor, top_k: tf.Tensor,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:  # fmt: skip
        # One number for the whole batch; an empty batch has none.
        seed = tf.reduce_sum(seed[:1])
        return {"continuation": writer.write(prompt, temperature, length, top_k, seed)}

    def score(text: tf.Tensor) -> dict[str, tf.Tensor]:
        return writer.score(text)

    prompt = tf.TensorSpec([None], tf.string, "prompt")
    numbers = tuple(
        tf.TensorSpec([None], dtype, name)
        for name, dtype in (
            ("temperature", tf.float32),
            ("length", tf.int32),
            ("top_k", tf.int32),
            ("seed", tf.int32),
        )
    )
    resources = (writer.tokenizer,)
    return {
        "serving_default": Signature(
            go_on,
            (prompt,),
            {"prompt": "text"},
            f"beginnings of texts → how they go on, {length} pieces at temperature {temperature}",
            resources,
        ),
        "sample": Signature(
            sample,
            (prompt, *numbers),
            {"prompt": "text", **{spec.name: "array" for spec in numbers}},
            "beginnings of texts, with temperature, number of pieces to write, how many of the "
            "likeliest to draw among (0 for all) and seed (the first of a batch counts) → how they "
            "go on",
            resources,
        ),
        "score": Signature(
            score,
            (tf.TensorSpec([None], tf.string, "text"),),
            {"text": "text"},
            f"texts → bits per character and perplexity of a piece, of their first {MOST_SCORED} "
            "pieces",
            resources,
        ),
    }


def text_checks(
    writer: Writer, texts: list[str], temperature: float, length: int
) -> dict[str, Check]:
    """Returns held-out beginnings and texts, and what the Keras model makes of them.

    Args:
        writer: the model with its tokenizer.
        texts: held-out ones.
        temperature, length: of the default function.
    """
    prompts = [text[:40] for text in texts[:_CHECKED]] + [""]
    given = np.array([p.encode() for p in prompts], object)
    numbers = {
        "temperature": np.ones(len(prompts), "float32"),
        "length": np.full(len(prompts), _CHECKED_PIECES, "int32"),
        "top_k": np.ones(len(prompts), "int32"),
        "seed": np.zeros(len(prompts), "int32"),
    }
    likeliest = np.array([_likeliest(writer, p, _CHECKED_PIECES).encode() for p in prompts], object)
    default = writer.compiled_write(tf.constant(prompts), temperature, length).numpy()
    scored = [text[:300] for text in texts[:_CHECKED]]
    return {
        "serving_default": Check({"prompt": given}, {"continuation": default}),
        "sample": Check({"prompt": given, **numbers}, {"continuation": likeliest}),
        "score": Check(
            {"text": np.array([s.encode() for s in scored], object)},
            {"bits_per_character": np.array([_bits(writer, s) for s in scored], "float32")},
        ),
    }


def _likeliest(writer: Writer, prompt: str, length: int) -> str:
    """The likeliest next piece each time, by the Keras model alone, over the whole text."""
    read = writer.tokenizer.tokenize([prompt]).to_list()[0]
    ids = list(read)
    for _ in range(length):
        logits = _logits(writer, ids)[-1]
        logits[[PAD, UNKNOWN, START]] = -np.inf
        ids.append(int(logits.argmax()))
        if ids[-1] == END:
            break
    whole, before = (writer.tokenizer.detokenize(tf.constant([x], tf.int32)) for x in (ids, read))
    return whole.numpy()[0][len(before.numpy()[0]) :].decode()


def _bits(writer: Writer, text: str) -> float:
    """Bits per character of a text, by the Keras model alone."""
    ids = writer.tokenizer.tokenize([text]).to_list()[0]
    logits = _logits(writer, ids[:-1]).astype("float64")
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    spent = -logs[np.arange(len(ids)), ids].sum() / np.log(2)
    return spent / len(writer.tokenizer.detokenize(tf.constant([ids])).numpy()[0].decode())


def _logits(writer: Writer, ids: list[int]) -> np.ndarray:
    """What the model says after START and after each of the ids, float32 [1 + n, vocabulary]."""
    states = [np.zeros((1, s.shape[-1]), "float32") for s in writer.model.inputs[1:]]
    logits, *_ = writer.model([np.array([[START, *ids]], "int32"), *states], training=False)
    return np.array(logits[0], "float32")
