"""The translators: the same one step at a time, saved, with padding, at full size; they learn."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.models.gnmt import GNMT
from kerasuite.models.seq2seq import EncoderDecoder
from kerasuite.models.seq2seq_step import decoding_step, encode
from kerasuite.models.transformer import Transformer
from kerasuite.text import decoding
from kerasuite.training.scheduled_sampling import ScheduledSampling
from kerasuite.training.sequence_losses import PaddedCrossEntropy
from tests.cases import count, to_numpy, without_values

SOURCES, TARGETS = 13, 11
SMALL = {"units": 8, "depth": 2}
NETS = {
    "sutskever": functools.partial(
        EncoderDecoder, **SMALL, attention="none", bidirectional=False, reverse_source=True
    ),
    "luong_general": functools.partial(EncoderDecoder, **SMALL),
    "luong_dot_previous": functools.partial(
        EncoderDecoder, **SMALL, attention="dot", attend="previous", cell="gru", tie_output=False
    ),
    "luong_concat_fed": functools.partial(
        EncoderDecoder, **SMALL, attention="concat", feeding=True
    ),
    "bahdanau": functools.partial(
        EncoderDecoder, units=8, depth=1, attention="additive", attend="previous", feeding=True,
        cell="gru",
    ),
    "gnmt": functools.partial(GNMT, units=8, depth=4),
    "gnmt_general": functools.partial(
        GNMT, units=8, depth=3, attention="general", attend="current", tie_output=True,
        output_context=True, first_residual=2,
    ),
    "transformer": functools.partial(Transformer, **SMALL, heads=2, feed_forward=16),
}  # fmt: skip
SOURCE = np.array([[5, 6, 7, 3, 4], [4, 3, 0, 0, 0], [9, 9, 3, 0, 0]], "int32")
TARGET = np.array([[2, 4, 5, 9], [2, 7, 8, 1], [2, 5, 5, 5]], "int32")


@pytest.fixture(params=NETS)
def model(request):
    keras.utils.set_random_seed(0)
    return NETS[request.param](SOURCES, TARGETS)


def test_step_by_step_is_all_at_once(model):
    logits = to_numpy(model({"source": SOURCE, "target": TARGET}))
    assert logits.shape == (3, 4, TARGETS)
    state, step, outputs = encode(model, tf.constant(SOURCE)), decoding_step(model), []
    for t in range(TARGET.shape[1]):
        one, after, extras = step(tf.constant(TARGET[:, t]), state)
        unchanged = [name for name in state if name == "keys" or name.startswith("memory")]
        assert all(after[name] is state[name] for name in unchanged)
        state = after
        outputs.append(to_numpy(one))
        if "attention" in extras:
            weights = to_numpy(extras["attention"])
            np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
            assert np.abs(weights[SOURCE == 0]).max() < 1e-6, "padding is not attended to"
    np.testing.assert_allclose(np.stack(outputs, 1), logits, atol=1e-5)


def test_padding_changes_nothing(model):
    together = to_numpy(model({"source": SOURCE, "target": TARGET}))
    for i, length in ((1, 2), (2, 3)):
        alone = model({"source": SOURCE[i : i + 1, :length], "target": TARGET[i : i + 1]})
        np.testing.assert_allclose(to_numpy(alone)[0], together[i], atol=1e-5)


def test_no_step_sees_later_ones(model):
    before = to_numpy(model({"source": SOURCE, "target": TARGET}))
    changed = TARGET.copy()
    changed[:, 2:] = 6
    after = to_numpy(model({"source": SOURCE, "target": changed}))
    np.testing.assert_allclose(after[:, :2], before[:, :2], atol=1e-6)
    assert np.abs(after[:, 2:] - before[:, 2:]).max() > 1e-4


def test_saving_and_gradients(model, tmp_path):
    given = {"source": SOURCE, "target": TARGET}
    with tf.GradientTape() as tape:
        loss = PaddedCrossEntropy(0.1)(TARGET, model(given, training=True))
    weights = [w.value for w in model.trainable_weights]
    for weight, gradient in zip(model.trainable_weights, tape.gradient(loss, weights), strict=True):
        assert gradient is not None, f"{weight.path} gets no gradient"
        dense = tf.convert_to_tensor(gradient).numpy()
        assert np.isfinite(dense).all() and np.abs(dense).max() > 0, weight.path
    model.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    np.testing.assert_allclose(to_numpy(loaded(given)), to_numpy(model(given)), atol=1e-6)
    state = encode(loaded, tf.constant(SOURCE))
    logits, _, _ = decoding_step(loaded)(tf.constant(TARGET[:, 0]), state)
    np.testing.assert_allclose(to_numpy(logits), to_numpy(model(given))[:, 0], atol=1e-5)


def test_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for build in NETS.values():
            outputs = build(SOURCES, TARGETS)({"source": SOURCE, "target": TARGET})
            assert np.isfinite(to_numpy(outputs)).all()
    finally:
        keras.config.set_dtype_policy("float32")


def test_gnmt_at_full_size():
    with without_values():
        model = GNMT()
        # Two embeddings; per side 8 layers of 1024, whose inputs are 1024 wide, or twice that
        # behind the bottom of the encoder and where the context comes in; keys, attention, output.
        lstm = {n: 4 * 1024 * (n + 1024 + 1) for n in (1024, 2048)}
        encoder = 2 * lstm[1024] + lstm[2048] + 6 * lstm[1024]
        decoder = lstm[1024] + 7 * lstm[2048]
        attention = 2 * 1024 * 1024 + 1024
        assert count(model.trainable_weights) == 3 * 32_000 * 1024 + encoder + decoder + attention


@pytest.mark.parametrize("build", [EncoderDecoder, functools.partial(GNMT, depth=3)])
def test_sources_reach_the_top_before_anything_is_learned(build):
    keras.utils.set_random_seed(0)
    model = build(500, 500, units=64)
    source = np.random.default_rng(0).integers(4, 500, (8, 12)).astype("int32")
    memory = to_numpy(encode(model, tf.constant(source))["memory"])
    # Embeddings read as they are stored would leave less than 0.01 of them.
    assert memory.std(axis=(0, 1)).mean() > 0.03


@pytest.mark.parametrize(
    ("build", "wrong"),
    [
        (EncoderDecoder, {"units": 0}),
        (EncoderDecoder, {"units": 7}),
        (EncoderDecoder, {"cell": "rnn"}),
        (EncoderDecoder, {"attention": "cosine"}),
        (EncoderDecoder, {"attend": "next"}),
        (EncoderDecoder, {"dropout": 1.0}),
        (EncoderDecoder, {"attention": "none", "feeding": True}),
        (GNMT, {"depth": 1}),
        (GNMT, {"first_residual": 1}),
        (GNMT, {"units": 7, "first_residual": 2}),
        (GNMT, {"attend": "next"}),
        (GNMT, {"attention": "none"}),
        (Transformer, {"units": 9, "heads": 2}),
    ],
)
def test_refusals(build, wrong):
    with pytest.raises(ValueError, match=f"{next(reversed(wrong))}.*Received: "):
        build(SOURCES, TARGETS, **wrong)


def reversals(rows, seed):
    """Sequences of four ids and their mirror images."""
    ids = np.random.default_rng(seed).integers(4, TARGETS, (rows, 4)).astype("int32")
    ends = np.full((rows, 1), 3, "int32")
    source, target = np.hstack([ids, ends]), np.hstack([ids[:, ::-1], ends])
    return {"source": source, "target": np.hstack([np.full_like(ends, 2), target[:, :-1]])}, target


@pytest.mark.parametrize("scheduled", [False, True])
def test_learns_to_turn_sequences_round(scheduled):
    keras.utils.set_random_seed(0)
    model = EncoderDecoder(TARGETS, TARGETS, units=32, depth=1, dropout=0.0)
    if scheduled:
        model = ScheduledSampling(model.input, model.output, name="scheduled")
    model.compile(keras.optimizers.Adam(1e-2), PaddedCrossEntropy())
    if scheduled:
        model.share.assign(0.8)
    model.fit(*reversals(2000, 0), batch_size=50, epochs=8, verbose=0)
    given, wanted = reversals(50, 1)

    @tf.function
    def write(source):
        return decoding.beam_search(
            decoding_step(model), tf.fill([50], 2), encode(model, source), end=3, max_length=8
        ).ids[:, 0]

    ids = write(tf.constant(given["source"])).numpy()[:, :5]
    assert (ids == wanted).all(1).mean() > 0.8


def test_loss_of_padded_sequences():
    logits = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    labels = np.array([[1, 4, 0], [2, 0, 0]])
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    for smoothing in (0.0, 0.2):
        each = [
            -(1 - smoothing) * logs[i, t, labels[i, t]] - smoothing * logs[i, t].mean()
            for i, t in ((0, 0), (0, 1), (1, 0))
        ]
        loss = PaddedCrossEntropy(smoothing)
        assert to_numpy(loss(labels, logits)) == pytest.approx(np.mean(each), abs=1e-5)
        assert PaddedCrossEntropy.from_config(loss.get_config()).label_smoothing == smoothing
    with pytest.raises(ValueError, match="label_smoothing"):
        PaddedCrossEntropy(1.0)
