import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.training import fitting
from kerasuite.training.truncated_bptt import TruncatedBPTT


class Counted(keras.Model):
    """Counts how often its training step is traced."""

    traces = 0

    def train_step(self, data):
        self.traces += 1
        return super().train_step(data)


def _two_answers() -> keras.Model:
    inputs = keras.Input((None, 3))
    hidden = keras.layers.Dense(4, activation="tanh")(inputs)
    outputs = {
        "each": keras.layers.Dense(2)(hidden),
        "whole": keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(hidden)),
    }
    model = Counted(inputs, outputs)
    each = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        "adam",
        {"each": each, "whole": "mse"},
        metrics={"each": "accuracy", "whole": ["mae"]},
    )
    return model


def _batches() -> tf.data.Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 5, 3)).astype("float32")
    y = {"each": (x[..., 0] > 0).astype("int32"), "whole": x.mean((1, 2))[:, None]}
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(4).repeat()


def test_the_step_is_traced_once_and_learns_the_same():
    histories = []
    for ready in (True, False):
        keras.utils.set_random_seed(0)
        model = _two_answers()
        options = {"steps_per_epoch": 3, "epochs": 3, "validation_data": _batches().take(2)}
        if ready:
            histories.append(fitting.fit(model, _batches(), **options).history)
            assert model.traces == 1
        else:
            histories.append(model.fit(_batches(), verbose=0, **options).history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-6)


def test_a_model_with_added_losses_goes_on():
    inputs = keras.Input((5, 3))
    hidden = keras.layers.Dense(4, activity_regularizer="l2")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile("adam", "mse")
    batches = _batches().map(lambda x, y: (x, x[..., :1]))
    first = fitting.fit(model, batches, steps_per_epoch=3, epochs=2).history["loss"]
    second = fitting.fit(model, batches, steps_per_epoch=3, epochs=2).history["loss"]
    assert second[-1] < first[0]


class CountedPieces(TruncatedBPTT):
    traces = 0

    def train_step(self, data):
        self.traces += 1
        return super().train_step(data)


def test_a_carried_state_is_made_before_the_step_is_traced():
    sequence, before = keras.Input((None, 2)), keras.Input((3,))
    hidden, after = keras.layers.SimpleRNN(3, return_sequences=True, return_state=True)(
        sequence, initial_state=before
    )
    model = CountedPieces([sequence, before], [keras.layers.Dense(1)(hidden), after])
    model.compile("adam", keras.losses.MeanSquaredError(reduction="sum"))
    x = np.random.default_rng(0).normal(size=(2, 4, 2)).astype("float32")
    piece = ({"sequence": x, "first": np.array(True)}, x[..., :1], np.ones((2, 4), "float32"))
    batches = tf.data.Dataset.from_tensors(piece).repeat()
    losses = fitting.fit(model, batches, steps_per_epoch=20, epochs=2).history["loss"]
    assert model.traces == 1
    assert losses[1] < losses[0]


def test_targets_that_do_not_fit_are_refused():
    batches = _batches().map(lambda x, y: (x, {"each": y["each"]}))
    with pytest.raises((ValueError, KeyError)):
        fitting.fit(_two_answers(), batches, steps_per_epoch=1)
