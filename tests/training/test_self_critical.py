"""Self-critical training: captions that are drawn come nearer to the references."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite import text
from kerasuite.models.captioner import CaptionNet
from kerasuite.training.adam import Adam
from kerasuite.training.self_critical import SelfCritical, look_at

CAPTIONS = ("a red ball", "the green house", "some blue water")


class Notes(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs, self.rewards = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)
        self.rewards.append(logs["reward"])


def learner(kind):
    keras.utils.set_random_seed(0)
    tokenizer = text.train("words", CAPTIONS, 20, rules=text.Rules(case="lower"))
    net = CaptionNet(kind, tokenizer.vocabulary_size, (1, 2, 3), 16, 16, 0.1)
    net.compile(Adam(1e-2))
    references = [(caption,) for caption in CAPTIONS for _ in range(4)]
    return SelfCritical(net, net, look_at(None), tokenizer, references, longest=4, samples=8)


@pytest.mark.parametrize("kind", ["show_and_tell", "soft_attention"])
def test_rewards_rise(kind):
    trained, notes = learner(kind), Notes()
    features = np.repeat(np.eye(3, dtype="float32"), 4, axis=0)[:, None, None]
    features = np.tile(features, (1, 1, 2, 1))
    trained.fit(np.concatenate([features, 0.9 * features]), 12, [notes], 3, 43)
    assert notes.epochs == list(range(3, 43))
    assert np.mean(notes.rewards[-3:]) > 2 * np.mean(notes.rewards[:3])


def test_what_is_better_than_the_others_gets_likelier():
    trained = learner("neuraltalk")
    values = tf.ones((1, 1, 2, 3))
    count = trained.samples
    captions = [CAPTIONS[i % 3] for i in range(count)]
    ids = trained.tokenizer.tokenize(tf.constant(captions)).to_tensor()
    ids = tf.concat([ids, tf.fill([count, 1], text.END)], 1)

    def likelihoods():
        given = tf.concat([tf.fill([count, 1], text.START), ids[:, :-1]], 1)
        features = tf.repeat(values, count, axis=0)
        logits = trained.net({"features": features, "ids": given}, training=False)["logits"]
        missed = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
        return -tf.reduce_sum(missed, 1).numpy()

    before = likelihoods()
    gains = np.array([0.0, 1.0, -1.0], "float32")[np.arange(count) % 3]
    trained._learn(values, ids, tf.constant(gains))
    after = likelihoods()
    assert after[1] > before[1] and after[2] < before[2]
