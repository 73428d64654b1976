"""Goes on training what writes captions, by the CIDEr of captions that it draws itself."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.evaluation.captions import Cider, words_of
from kerasuite.models.seq2seq_step import decoding_step, encode
from kerasuite.text import END, PAD, START, UNKNOWN, Tokenizer, decoding


class SelfCritical:
    """Self-critical sequence training: captions better than others of their picture get likelier.

    Of each picture several captions are drawn. The weights follow the gradient of each one's
    log-probability, times how much its CIDEr is above the mean of the others'. Captions are drawn
    without dropout, and learnt with it. The optimizer is the model's own.

    Args:
        model: that learns: `net` itself, or with what looks at the pictures before it.
        net: a `models.captioner.CaptionNet`.
        look: pictures, or whatever `values` are, and whether it is training → the net's features.
        tokenizer: the words that the net was made for.
        references: per picture its captions.
        longest: words of a caption at most.
        samples: captions that are drawn of each picture, at least 2.
        seed: of the pictures' order and the drawing.

    Reference:
        Rennie et al. 2017, "Self-critical sequence training for image captioning"; Luo 2020, "A
        better variant of self-critical sequence training" (the mean of the others).
    """

    def __init__(
        self,
        model: keras.Model,
        net: keras.Model,
        look: Callable[[tf.Tensor, bool], tf.Tensor],
        tokenizer: Tokenizer,
        references: Sequence[Sequence[str]],
        longest: int,
        samples: int = 5,
        seed: int = 0,
    ) -> None:
        self.model, self.net, self.look, self.tokenizer = model, net, look, tokenizer
        self.references = [tuple(tuple(words_of(r)) for r in each) for each in references]
        self.cider = Cider(self.references)
        self.longest, self.samples, self.seed = longest, samples, seed
        self._forbidden = (PAD, UNKNOWN, START)
        self._draw = tf.function(self._drawn, autograph=False, reduce_retracing=True)
        self._learn = tf.function(self._learnt, autograph=False, reduce_retracing=True)

    def fit(
        self,
        values: np.ndarray,
        batch_size: int,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int,
        epochs: int,
    ) -> None:
        """Trains from `first_epoch` to before `epochs`; the epochs' logs have the mean "reward".

        Args:
            values: of all pictures; or of several views of each, [views * pictures, ...], of which
                each epoch takes one at random.
            batch_size: pictures per step.
            callbacks: as of `keras.Model.fit`.
            first_epoch: the number of the first.
            epochs: the number that the last one is before.
        """
        listeners = keras.callbacks.CallbackList(
            list(callbacks), model=self.model, epochs=epochs, steps=None
        )
        self.model.stop_training = False
        with tf.device("CPU"):
            held = tf.constant(values)
        listeners.on_train_begin()
        for epoch in range(first_epoch, epochs):
            listeners.on_epoch_begin(epoch)
            reward = self._epoch(held, batch_size, epoch)
            listeners.on_epoch_end(epoch, {"reward": reward})
            if self.model.stop_training:
                break
        listeners.on_train_end()

    def _epoch(self, values: tf.Tensor, batch_size: int, epoch: int) -> float:
        count = len(self.references)
        rng = np.random.default_rng((self.seed, epoch))
        order, views = rng.permutation(count), len(values) // count
        steps = max(1, count // batch_size)
        rewards = []
        for step, which in enumerate(np.array_split(order, steps)):
            rows = which + count * rng.integers(0, views, len(which))
            with tf.device("CPU"):  # where the values are
                batch = tf.cast(tf.gather(values, rows), tf.float32)
            ids, texts = self._draw(batch, tf.constant([self.seed, epoch * steps + step]))
            reward = self._rewards(texts.numpy(), which)
            others = (reward.sum(1, keepdims=True) - reward) / (self.samples - 1)
            self._learn(batch, ids, tf.constant((reward - others).ravel(), tf.float32))
            rewards.append(reward.mean())
        return float(np.mean(rewards))

    def _rewards(self, texts: Sequence[bytes], pictures: np.ndarray) -> np.ndarray:
        """CIDEr [pictures, samples]."""
        references = np.repeat(pictures, self.samples)
        found = [
            self.cider(tuple(words_of(text.decode("utf-8", "replace"))), self.references[i])
            for text, i in zip(texts, references, strict=True)
        ]
        return np.array(found).reshape(len(pictures), self.samples)

    def _drawn(self, values: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        state = self._repeated(encode(self.net, self.look(values, False)))
        decoded = decoding.sample(
            decoding_step(self.net),
            tf.fill([self.samples * tf.shape(values)[0]], START),
            state,
            end=END,
            max_length=self.longest + 1,
            seed=seed,
            forbidden=self._forbidden,
        )
        return decoded.ids, self.tokenizer.detokenize(decoded.ids)

    def _repeated(self, state: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """A state for each of a picture's captions."""
        return {name: tf.repeat(x, self.samples, axis=0) for name, x in state.items()}

    def _learnt(self, values: tf.Tensor, ids: tf.Tensor, gains: tf.Tensor) -> None:
        given = tf.concat([tf.fill([tf.shape(ids)[0], 1], START), ids[:, :-1]], 1)
        counted = tf.cast(ids != PAD, tf.float32)
        with tf.GradientTape() as tape:
            state = self.net.get_layer("encoder")(self.look(values, True), training=True)
            inputs = {"ids": given, **self._repeated(state)}
            logits = self.net.get_layer("decoder")(inputs, training=True)["logits"]
            block = tf.one_hot(self._forbidden, logits.shape[-1], on_value=-1e9)
            logits += tf.reduce_sum(block, 0)
            missed = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
            # Of padding, which is never drawn, the loss is as large as the block.
            loss = tf.reduce_sum(tf.where(counted > 0, missed, 0.0) * gains[:, None])
            loss /= tf.cast(tf.shape(ids)[0], tf.float32)
        weights = self.model.trainable_variables
        self.model.optimizer.apply(tape.gradient(loss, weights), weights)


def look_at(encoder: keras.Model | None) -> Callable[[Any, bool], Any]:
    """What `SelfCritical` looks with: an encoder of pictures, or nothing for known features."""
    if encoder is None:
        return lambda values, training: values
    return lambda values, training: encoder(values, training=training)
