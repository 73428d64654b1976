"""What learning to write captions needs: batches of words with their pictures, CIDEr each epoch."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.captioner.config import CaptionerConfig
from kerasuite.data.batches import Examples
from kerasuite.evaluation.captions import evaluate_captions
from kerasuite.text import PAD, Tokenizer, sequences
from kerasuite.training.callbacks import schedule


class Batches(Examples):
    """The captions of one split with what is known of their pictures.

    Args:
        name: of the model's input: "features" or "pictures".
        values: [pictures, ...], what goes in there.
        numbers: int32 [captions], the picture of each caption.
        captions: the captions.
        tokenizer: their words.
        longest: words that are kept of a caption.
        attention: whether the model also answers with its attention.
        starts: int32 [captions], the id that each begins with; None for `START`.
    """

    def __init__(
        self,
        name: str,
        values: np.ndarray,
        numbers: np.ndarray,
        captions: Sequence[str],
        tokenizer: Tokenizer,
        longest: int,
        attention: bool,
        starts: np.ndarray | None = None,
    ) -> None:
        self.name, self.attention = name, attention
        words, _ = sequences.truncate(tokenizer.tokenize(tf.constant(list(captions))), longest)
        with tf.device("CPU"):
            ids = sequences.pad(sequences.with_ends(words))
            self.ids = ids if starts is None else tf.concat([starts[:, None], ids[:, 1:]], 1)
            self.values, self.numbers = tf.constant(values), tf.constant(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def gathered(self, index: tf.data.Dataset) -> tf.data.Dataset:
        def gather(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
            ids = tf.gather(self.ids, rows)
            longest = tf.reduce_max(tf.reduce_sum(tf.cast(ids != PAD, tf.int32), axis=1))
            ids = ids[:, :longest]
            values = tf.gather(self.values, tf.gather(self.numbers, rows))
            targets = {"logits": ids[:, 1:]}
            if self.attention:
                targets["attention"] = ids[:, 1:]  # says which steps are padding
            return {self.name: tf.cast(values, tf.float32), "ids": ids[:, :-1]}, targets

        return index.map(gather, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


class ValidationCider(keras.callbacks.Callback):
    """Writes captions of validation pictures greedily after each epoch and judges them.

    It notes "val_cider", and "val_distinct_cider", which chooses the epoch: CIDEr times the number
    of different captions, as a share of how many different ones the references are. On a small
    set one sentence for all pictures may have a high CIDEr, since CIDEr prizes rare words; in the
    first epochs every decoder writes such sentences.

    Args:
        write: the model's captions of these pictures.
        references: theirs.
    """

    def __init__(self, write: Callable[[], list[str]], references: Sequence[Sequence[str]]) -> None:
        super().__init__()
        self.write, self.references = write, references

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            found = evaluate_captions(self.write(), self.references)
            share = min(1.0, found["distinct"] / len({each[0] for each in self.references}))
            logs["val_cider"] = found["cider"]
            logs["val_distinct_cider"] = found["cider"] * share


class Heard(keras.callbacks.Callback):
    """Tells others of the epochs of a part, as if they were those of the whole.

    Args:
        listeners: that know the whole model.
    """

    def __init__(self, listeners: keras.callbacks.CallbackList) -> None:
        super().__init__()
        self.listeners = listeners

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.listeners.on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.listeners.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.listeners.on_epoch_end(epoch, logs)
        self.model.stop_training = self.listeners.model.stop_training

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.listeners.on_train_end(logs)


def rates(config: CaptionerConfig) -> keras.callbacks.LearningRateScheduler:
    """The learning rate of each epoch: it falls over each part of the run anew."""
    warm = config.finetune_after or config.taught
    parts = (
        (0, warm, config.learning_rate),
        (warm, config.taught, config.finetune_rate),
        (config.taught, config.epochs, config.self_critical_rate),
    )

    def rate(epoch: int) -> float:
        start, end, peak = next(part for part in parts if epoch < part[1])
        return schedule(config.schedule, peak, end - start).schedule(epoch - start)

    return keras.callbacks.LearningRateScheduler(rate)
