"""Recurrent language models: shapes, options, gradients, state, saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.models.language_model import RecurrentLanguageModel
from kerasuite.training.truncated_bptt import TruncatedBPTT
from tests.cases import to_numpy

IDS = np.random.default_rng(0).integers(0, 11, (2, 6)).astype("int32")
OPTIONS = [
    {},
    {"cell": "gru", "layers": 2},
    {"tied": True},
    {"tied": True, "embedding_size": 5, "layers": 2},
    {"embedding_size": 5, "dropout": 0.3, "recurrent_dropout": 0.2},
    {"dropout": 0.3, "variational": False},
]


def _net(**options):
    return RecurrentLanguageModel(11, **{"units": 8, "layers": 1, **options})


def _states(model, rows=2):
    return [np.zeros((rows, s.shape[-1]), "float32") for s in model.inputs[1:]]


@pytest.mark.parametrize("options", OPTIONS)
def test_options(options, tmp_path):
    model = _net(**options)
    logits, *states = model([IDS, *_states(model)])
    assert tuple(logits.shape) == (2, 6, 11)
    assert [tuple(s.shape) for s in states] == [(2, 8)] * len(model.inputs[1:])
    with tf.GradientTape() as tape:
        outputs = model([IDS, *_states(model)], training=True)
        loss = tf.reduce_sum(tf.square(outputs[0][..., :5]))
    for weight, gradient in zip(
        model.trainable_weights, tape.gradient(loss, model.trainable_weights), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    np.testing.assert_allclose(again([IDS, *_states(model)])[0], logits, atol=1e-6)


def test_parameters():
    """LSTM: 4(nm + n² + n); GRU of Keras: 3(nm + n² + 2n); tied weights are there once."""
    embedding, output = 11 * 8, 8 * 11 + 11
    assert _net().count_params() == embedding + 4 * (8 * 8 + 8 * 8 + 8) + output
    assert _net(cell="gru").count_params() == embedding + 3 * (8 * 8 + 8 * 8 + 2 * 8) + output
    assert _net(tied=True).count_params() == _net().count_params() - output


def test_a_text_can_be_read_in_pieces():
    model = _net(layers=2)
    ids = tf.constant(IDS)
    whole, *last = model([ids, *map(tf.constant, _states(model))])
    first, *between = model([ids[:, :2], *map(tf.constant, _states(model))])
    second, *end = model([ids[:, 2:], *between])
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    for a, b in zip(last, end, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_variational_dropout_is_the_same_at_every_step():
    keras.utils.set_random_seed(0)
    model = _net(dropout=0.5)
    inputs = np.ones((1, 50, 8), "float32")
    dropped = to_numpy(model.get_layer("dropout1")(inputs, training=True))
    assert 0 < (dropped == 0).sum() < dropped.size
    np.testing.assert_array_equal(dropped, np.repeat(dropped[:, :1], 50, axis=1))


def test_refusals():
    for wrong in ({"cell": "rnn"}, {"units": 0}, {"layers": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received"):
            _net(**wrong)


def _bptt(net):
    model = TruncatedBPTT(net.inputs, net.outputs, name="net")
    model.compile(keras.optimizers.SGD(0.0))
    return model


def test_state_is_carried_between_batches():
    """Two pieces cost what the whole text costs, and a first batch forgets what was before."""
    net = _net()
    model = _bptt(net)
    targets = np.roll(IDS, -1, axis=1) + 1

    def loss(pieces):
        batches = [
            ({"ids": IDS[:, p], "first": np.array(p.start == 0)}, targets[:, p] % 11)
            for p in pieces
        ]
        signature = tf.TensorSpec([2, None], tf.int32)
        data = tf.data.Dataset.from_generator(
            lambda: iter(batches),
            output_signature=(
                {"ids": signature, "first": tf.TensorSpec([], tf.bool)}, signature,
            ),
        )  # fmt: skip
        return model.evaluate(data, return_dict=True, verbose=0)

    whole = loss([slice(0, 6)])
    assert loss([slice(0, 2), slice(2, 6)])["loss"] == pytest.approx(whole["loss"], abs=1e-5)
    assert loss([slice(0, 6)]) == whole
    forgetful = loss([slice(0, 2)])["loss"] * 4  # only to show that the state matters
    assert forgetful != pytest.approx(whole["loss"])
    logits = to_numpy(net([IDS, *_states(net)])[0]).astype("float64")
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    ids = targets % 11
    picked = np.take_along_axis(logs, ids[..., None], -1)[..., 0]
    assert whole["loss"] == pytest.approx(-picked[ids != 0].mean(), abs=1e-5)
    assert whole["perplexity"] == pytest.approx(np.exp(whole["loss"]), rel=1e-5)
