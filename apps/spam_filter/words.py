"""Which words decided: the classifier's gradient, word by word."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.text import Tokenizer
from kerasuite.text.ids import SPECIAL, UNKNOWN

SHOWN = 12


def contributions(model: keras.Model, ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """How much each word speaks for the class that a message is given.

    The measure is the gradient of that class's logit, less the mean of the others', times the
    features: the decision's linear part. Where units are linear or ReLUs, as in the bag of words,
    all contributions and what the biases add make up the whole difference.

    Args:
        model: as `nets.net` builds it.
        ids: int32 [batch, length].

    Returns:
        Logits float32 [batch, classes], and contributions float32 [batch, vocabulary], those of a
        word that occurs several times added up.

    Reference:
        Simonyan, Vedaldi & Zisserman 2014, "Deep inside convolutional networks", section 3.
    """
    features_layer, classifier = model.get_layer("features"), model.get_layer("classifier")
    features = features_layer(ids)
    with tf.GradientTape() as tape:
        tape.watch(features)
        given = {"features": features, "ids": ids}
        logits = tf.cast(classifier(given, training=False), tf.float32)
        classes = tf.cast(tf.shape(logits)[1], tf.float32)
        answered = tf.one_hot(tf.argmax(logits, axis=1), tf.shape(logits)[1])
        weights = (answered * classes - 1) / (classes - 1)
        margin = tf.reduce_sum(weights * logits, axis=1)
    products = tf.cast(tape.gradient(margin, features) * features, tf.float32)
    if products.shape.rank == 3:
        products = tf.reduce_sum(products, axis=-1)
        size = features_layer.input_dim
        products = tf.math.bincount(ids, products, minlength=size, maxlength=size, axis=-1)
        products = tf.ensure_shape(products, (None, size))
    known = tf.cast(tf.range(products.shape[1]) >= len(SPECIAL), tf.float32)
    return logits, products * known


def strongest(
    found: tf.Tensor, entries: Callable[[tf.Tensor], tf.Tensor], count: int = SHOWN
) -> dict[str, tf.Tensor]:
    """The words that decided most.

    Args:
        found: contributions [batch, vocabulary].
        entries: gives the words of ids, such as `Tables.entries`.
        count: how many words.

    Returns:
        `words` string and `contributions` float32, both [batch, count], the largest sizes first;
        above 0 for what speaks for the answered class. Empty words where there are fewer.
    """
    _, chosen = tf.math.top_k(tf.abs(found), k=count)
    values = tf.gather(found, chosen, batch_dims=1)
    words = tf.where(values != 0.0, entries(chosen), "")
    return {"words": words, "contributions": values}


def as_written(tokenizer: Tokenizer) -> Callable[[tf.Tensor], tf.Tensor]:
    """The words of ids without the marks of where there was no space."""
    return lambda ids: tf.strings.regex_replace(tokenizer.tables.entries(ids), "￭", "")


def class_words(
    logits: tf.Tensor,
    found: tf.Tensor,
    entries: Callable[[tf.Tensor], tf.Tensor],
    names: Sequence[str],
    count: int = SHOWN,
) -> dict[str, list[tuple[str, float]]]:
    """Per class the words that speak for it most, over messages that are given it.

    Args:
        logits: [n, classes] of the messages.
        found: contributions [n, vocabulary].
        entries: gives the words of ids.
        names: of the classes.
        count: how many words of each.

    Returns:
        By class, (word, contribution to the mean message) pairs, the largest first. Classes that
        no message is given are left out.
    """
    answered = tf.argmax(logits, axis=1).numpy()
    shown = {}
    for label, name in enumerate(names):
        if (answered == label).any():
            mean = tf.reduce_mean(tf.boolean_mask(found, answered == label), axis=0)
            values, chosen = tf.math.top_k(mean, k=min(count, mean.shape[0]))
            words = (word.decode() for word in entries(chosen).numpy())
            shown[name] = list(zip(words, values.numpy().tolist(), strict=True))
    return shown


def words_removed(
    model: keras.Model, ids: np.ndarray, seed: int, count: int = 10
) -> dict[str, float]:
    """Whether the words that are named decide: what leaving them out does to the answer.

    Args:
        model: as `nets.net` builds it.
        ids: int32 [n, length].
        seed: which other words are left out for comparison.
        count: how many different words are left out.

    Returns:
        By how much the logit of the answered class, less the mean of the others', falls when the
        `count` words with the largest contributions become unknown (`fall_without_deciding_words`),
        and when as many others do, chosen at random (`fall_without_other_words`).
    """
    rng = np.random.default_rng(seed)
    logits, found = (x.numpy() for x in contributions(model, tf.constant(ids)))
    without = {"deciding": ids.copy(), "other": ids.copy()}
    for i, row in enumerate(ids):
        words = np.unique(row[row >= len(SPECIAL)])
        first = words[np.argsort(-found[i, words])][:count]
        other = rng.permutation(words)[: len(first)]
        for name, chosen in (("deciding", first), ("other", other)):
            without[name][i][np.isin(row, chosen)] = UNKNOWN
    answered = logits.argmax(1)
    before = margins(logits, answered)
    return {
        f"fall_without_{name}_words": float(
            np.mean(before - margins(model.predict(changed, verbose=0), answered))
        )
        for name, changed in without.items()
    }


def margins(logits: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """By how much the logit of class answered [n] is above the mean of the others', [n]."""
    rows = np.arange(len(logits))
    own = logits[rows, answered]
    return own - (logits.sum(1) - own) / (logits.shape[1] - 1)
