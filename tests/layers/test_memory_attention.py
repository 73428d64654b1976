"""MemoryAttention, AttentionRNN and SinusoidalPositions against NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.layers import AttentionHeads, AttentionRNN, MemoryAttention, SinusoidalPositions
from tests.cases import random_input, to_numpy

BATCH, STEPS, SOURCE, UNITS, KEYS, MEMORY = 3, 4, 5, 6, 6, 7
MASK = np.arange(SOURCE) < np.array([[2], [5], [3]])


def material(seed=0):
    return (
        random_input((BATCH, STEPS, UNITS), seed),
        random_input((BATCH, SOURCE, KEYS), seed + 1),
        random_input((BATCH, SOURCE, MEMORY), seed + 2),
        MASK,
    )


@pytest.mark.parametrize("score", ["dot", "additive"])
def test_weights_and_contexts(score):
    layer = MemoryAttention(score)
    query, keys, memory, mask = material()
    context, weights = map(to_numpy, layer(query, keys, memory, mask))
    if score == "dot":
        scores = np.einsum("btu,bsu->bts", query, keys)
    else:
        kernel, vector = map(to_numpy, layer.weights)
        scores = np.tanh((query @ kernel)[:, :, None] + keys[:, None]) @ vector
    wanted = np.exp(scores) * mask[:, None]
    wanted /= wanted.sum(-1, keepdims=True)
    np.testing.assert_allclose(weights, wanted, atol=1e-5)
    np.testing.assert_allclose(context, wanted @ memory, atol=1e-5)
    assert not weights[~np.broadcast_to(mask[:, None], weights.shape)].any()


def test_scores_that_are_not_known():
    with pytest.raises(ValueError, match=r"score.*Received"):
        MemoryAttention("cosine")


def rnn_model(layer):
    inputs = [
        keras.Input((None, n), name=name)
        for name, n in (("x", UNITS), ("keys", KEYS), ("memory", MEMORY))
    ]
    mask = keras.Input((None,), dtype="bool", name="mask")
    states = [keras.Input((layer.units,)) for _ in range(layer.state_count)]
    outputs, weights, after = layer(*inputs, mask, initial_state=states)
    return keras.Model([*inputs, mask, *states], [outputs, weights, *after])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("attend", ["previous", "current"])
def test_steps_one_by_one_are_all_steps(cell, attend, tmp_path):
    layer = AttentionRNN(8, 2, cell, attend=attend, dropout=0.3)
    model = rnn_model(layer)
    given = [*material(), *(random_input((BATCH, 8), 9 + i) for i in range(layer.state_count))]
    every = [to_numpy(x) for x in model(given)]
    states, outputs, weights = given[4:], [], []
    for t in range(STEPS):
        one = model([given[0][:, t : t + 1], *given[1:4], *states])
        outputs.append(to_numpy(one[0]))
        weights.append(to_numpy(one[1]))
        states = [to_numpy(s) for s in one[2:]]
    np.testing.assert_allclose(np.concatenate(outputs, 1), every[0], atol=1e-5)
    np.testing.assert_allclose(np.concatenate(weights, 1), every[1], atol=1e-5)
    for state, wanted in zip(states, every[2:], strict=True):
        np.testing.assert_allclose(state, wanted, atol=1e-5)
    np.testing.assert_allclose(every[1].sum(-1), 1, atol=1e-5)
    model.save(tmp_path / "rnn.keras")
    loaded = keras.saving.load_model(tmp_path / "rnn.keras", safe_mode=True)
    np.testing.assert_allclose(to_numpy(loaded(given)[0]), every[0], atol=1e-6)
    assert loaded.layers[-1].get_config() == layer.get_config()


def test_every_weight_learns_and_dropout_drops():
    layer = AttentionRNN(8, 2, attend="current", dropout=0.5)
    model = rnn_model(layer)
    given = [*material(), *(random_input((BATCH, 8), 9 + i) for i in range(layer.state_count))]
    outputs = keras.Model(model.inputs, model.outputs[0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(outputs(given) * random_input((BATCH, STEPS, 8), 20))
    gradients = tape.gradient(total, [w.value for w in layer.trainable_weights])
    assert all(g is not None and np.abs(g).max() > 0 for g in gradients)
    first, second = (to_numpy(outputs(given, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 0


def test_own_gradient_is_that_of_the_steps(monkeypatch):
    """The captioner's net in training: results, and gradients of inputs and weights."""
    layer = AttentionRNN(8, gated=True)
    given = [*material(), *(random_input((BATCH, 8), 9 + i) for i in range(2))]
    rnn_model(layer)
    for i, weight in enumerate(layer.weights):
        weight.assign(random_input(weight.shape, 30 + i))
    sources = [tf.constant(x) for x in (*given[:3], *given[4:])]

    def learned():
        with tf.GradientTape() as tape:
            tape.watch(sources)
            x, keys, memory, *states = sources
            outputs, weights, after = layer(x, keys, memory, given[3], states, training=True)
            results = [outputs, weights, *after]
            total = tf.add_n([tf.reduce_sum(tf.sin(r + i)) for i, r in enumerate(results)])
        return results, tape.gradient(total, [*sources, *(w.value for w in layer.weights)])

    assert layer._has_own_loop()
    own = tf.function(learned)()
    monkeypatch.setattr(AttentionRNN, "_has_own_loop", lambda self: False)
    for found, wanted in zip(tf.nest.flatten(own), tf.nest.flatten(learned()), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize(
    "wrong", [{"cell": "rnn"}, {"attend": "next"}, {"units": 0}, {"layers": 0}, {"score": "no"}]
)
def test_refusals(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received"):
        AttentionRNN(**{"units": 4, **wrong})


def test_positions():
    layer, x = SinusoidalPositions(), random_input((2, 9, 6))
    added = to_numpy(layer(x)) - x
    angles = np.arange(9)[:, None] / 10_000 ** (np.arange(3) / 3)
    wanted = np.concatenate([np.sin(angles), np.cos(angles)], -1)
    np.testing.assert_allclose(added, np.broadcast_to(wanted, x.shape), atol=1e-5)
    later = to_numpy(layer(x[:, 4:], past=x[:, :4]))
    np.testing.assert_allclose(later, (x + wanted)[:, 4:], atol=1e-5)
    with pytest.raises(ValueError, match="even"):
        SinusoidalPositions()(x[..., :5])


def test_heads_are_keras_multi_head_attention():
    x, allowed = random_input((3, 5, 8)), np.arange(5) < np.array([[5], [2], [4]])
    theirs = keras.layers.MultiHeadAttention(2, 4)
    for causal, mask in ((False, allowed), (True, None)):
        shown = None if mask is None else mask[:, None]
        found, weights = theirs(
            x, x, attention_mask=shown, use_causal_mask=causal, return_attention_scores=True
        )
        query, keys, values, output = (
            (to_numpy(d.kernel), to_numpy(d.bias))
            for d in (theirs.query_dense, theirs.key_dense, theirs.value_dense, theirs.output_dense)
        )
        projected = [x @ k.reshape(8, 8) + b.reshape(8) for k, b in (query, keys, values)]
        ours, own_weights = AttentionHeads(2, causal)(*projected, mask)
        ours = to_numpy(ours) @ output[0].reshape(8, 8) + output[1]
        np.testing.assert_allclose(ours, to_numpy(found), atol=1e-5)
        np.testing.assert_allclose(to_numpy(own_weights), to_numpy(weights), atol=1e-5)


def test_queries_are_the_last_steps():
    whole = [random_input((2, 6, 4)) for _ in range(3)]
    layer = AttentionHeads(2, causal=True)
    last = layer(whole[0][:, 4:], *whole[1:])[0]
    np.testing.assert_allclose(to_numpy(last), to_numpy(layer(*whole)[0])[:, 4:], atol=1e-6)
    with pytest.raises(ValueError, match="multiple of `heads`"):
        AttentionHeads(3)(*whole)
    with pytest.raises(ValueError, match="heads"):
        AttentionHeads(0)
    restored = AttentionHeads.from_config(AttentionHeads(2, True, 0.1).get_config())
    assert (restored.heads, restored.causal, restored.dropout) == (2, True, 0.1)
