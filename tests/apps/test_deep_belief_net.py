"""deep_belief_net: layers are learnt and gone on with, up-down's gradients, classes and dreams."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.deep_belief_net.config import PRESETS, DeepBeliefNetConfig
from kerasuite.apps.deep_belief_net.nets import Parts
from kerasuite.apps.deep_belief_net.sampling import dreams
from kerasuite.data.splits import Info
from kerasuite.errors import InputError
from kerasuite.layers import RBM, Beside, ClassRBM
from kerasuite.training.contrastive_divergence import drawn_visible
from kerasuite.training.wake_sleep import UpDown
from tests import cases


def app(**options):
    config = dataclasses.replace(PRESETS["smoke"], **options)
    config.check()
    return find("deep_belief_net").load()(config)


@pytest.fixture(scope="module")
def joint():
    one = app(kind="joint", hidden_units=(48, 64), pretrain_epochs=25, epochs=60, limit=320,
              batch_size=16, rbm_rate=0.1, momentum=0.8, up_down_rate=0.05)  # fmt: skip
    splits = one.data()
    model = one.build(splits.info)
    notes = Notes()
    one.fit(model, splits, [notes])
    return one, splits, model, notes.rows


class Notes(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.rows = []

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append((epoch, dict(logs)))


def test_class_probabilities_are_those_of_the_energy(tmp_path):
    rng = np.random.default_rng(0)
    rbm = ClassRBM(4, 3)
    rbm.build((None, 5))
    rbm.set_weights([rng.normal(size=w.shape) for w in rbm.weights])
    x = (rng.random((6, 5)) < 0.5).astype("float32")
    energies = np.stack(
        [rbm.free_energy(np.hstack([x, np.tile(row, (6, 1))])) for row in np.eye(3, dtype="f")], 1
    )
    wanted = np.exp(-energies) / np.exp(-energies).sum(1, keepdims=True)
    np.testing.assert_allclose(rbm(x), wanted, rtol=1e-4)
    hidden = (rng.random((6, 4)) < 0.5).astype("float32")
    mean = np.asarray(rbm.visible_mean(hidden))
    pushed = hidden @ np.asarray(rbm.kernel).T + np.asarray(rbm.visible_bias)
    np.testing.assert_allclose(mean[:, :5], 1 / (1 + np.exp(-pushed[:, :5])), rtol=1e-4)
    np.testing.assert_allclose(mean[:, 5:].sum(1), 1, rtol=1e-5)
    drawn = drawn_visible(rbm, tf.constant(np.tile(mean[:1], (4000, 1))), tf.constant([1, 2]))
    np.testing.assert_allclose(np.asarray(drawn).mean(0), mean[0], atol=0.03)
    assert set(np.asarray(drawn)[:, 5:].sum(1)) == {1}
    cases.run_layer_test(ClassRBM, {"units": 4, "classes": 3}, x, (6, 3), 3, 0, tmp_path)
    with pytest.raises(ValueError, match="`classes` must be a positive integer"):
        ClassRBM(4, 0)


def test_layers_beside_are_kept_and_saved(tmp_path):
    inputs = keras.Input((3,))
    outputs = Beside()([keras.layers.Dense(2)(inputs), RBM(4, name="kept")(inputs)])
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = cases.random_input((2, 3))
    np.testing.assert_array_equal(model(x), again(x))
    assert again(x).shape == (2, 2) and again.get_layer("kept").units == 4


def test_up_down_climbs_the_gradients():
    """Each lower weight's change is the gradient of its layer's log-likelihood."""
    rng = np.random.default_rng(0)
    up, down, top = keras.layers.Dense(4, "sigmoid"), RBM(4), ClassRBM(5, 2)
    for layer, features in ((up, 6), (down, 6), (top, 4)):
        layer.build((None, features))
        layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    learner = UpDown([up], [down], top, learning_rate=0.1, steps=1, batch_size=7, seed=0)
    states, sleeping = (
        [tf.constant((rng.random((7, n)) < 0.5).astype("float32")) for n in (6, 4)]
        for _ in range(2)
    )
    found = {w.path: c.numpy() for w, c in learner._lower_changes(states, sleeping)}
    weights = [down.kernel, down.visible_bias, up.kernel, up.bias]

    def likelihood(wanted, mean):
        return tf.reduce_sum(wanted * tf.math.log(mean) + (1 - wanted) * tf.math.log(1 - mean)) / 7

    with tf.GradientTape() as tape:
        tape.watch([w.value for w in weights])
        both = likelihood(states[0], down.visible_mean(states[1]))
        both += likelihood(sleeping[1], up(sleeping[0]))
    for weight, wanted in zip(
        weights, tape.gradient(both, [w.value for w in weights]), strict=True
    ):
        np.testing.assert_allclose(found[weight.path], wanted, rtol=1e-3, atol=1e-5)


def test_joint_net_learns_classes_and_dreams_of_them(joint):
    one, splits, model, rows = joint
    assert [epoch for epoch, _ in rows] == list(range(60))
    for part in (rows[:25], rows[25:50]):
        assert part[-1][1]["reconstruction_error"] < part[0][1]["reconstruction_error"]
    assert "val_accuracy" in rows[50][1] and "val_accuracy" not in rows[49][1]
    assert one.evaluate(model, splits)["headline"]["error"] < 0.55
    parts = Parts.of(model, splits.info)
    drawn = tf.function(lambda s, k: dreams(parts, s, 30, k))
    labels = np.repeat(np.arange(10), 30).astype("int32")
    pictures = drawn(tf.range(300), labels).numpy()
    assert pictures.min() >= 0 and pictures.max() <= 1
    # Dreams of a class are more like the pictures of that class than like others.
    means = np.stack([p.mean(0).ravel() for p in np.split(pictures, 10)])
    own = splits.train.images / 255
    seen = np.stack([own[splits.train.labels == k].mean(0).ravel() for k in range(10)])
    likeness = np.corrcoef(means - means.mean(0), seen - seen.mean(0))[:10, 10:]
    others = (likeness.sum(1) - np.diag(likeness)) / 9
    assert np.diag(likeness).mean() > others.mean() + 0.3
    # The same seed is the same dream, whatever else is dreamt.
    np.testing.assert_allclose(drawn(tf.range(2, 4), labels[2:4]), pictures[2:4], atol=1e-4)


def test_a_joint_net_is_served(joint):
    one, splits, model, _ = joint
    signatures = one.signatures(model, splits.info)
    assert set(signatures) == {"serving_default", "tensor", "sample"}
    sample = signatures["sample"].function
    names = splits.info.class_names
    answer = sample(tf.constant([1.0, 2.0]), tf.constant(names[:2]))
    assert tf.io.decode_png(answer["picture_bytes"][0]).shape == (28, 28, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be one of the model's classes"):
        sample(tf.constant([1.0]), tf.constant(["unicorn"]))
    assert {f.name for f in one.figures(model, splits, {"mistakes": []})} == {"filters", "samples"}


@pytest.mark.parametrize("visible", ["binary", "gaussian"])
def test_pretraining_goes_on_where_a_layer_begins(visible):
    options = {"visible": visible, "pretrain_epochs": 2, "epochs": 5, "limit": 96}
    whole, halves = app(**options), app(**options)
    splits = whole.data()
    model = whole.build(splits.info)
    whole.fit(model, splits, [])
    assert [halves.resumable(n) for n in range(6)] == [0, 0, 2, 2, 4, 5]
    parted = halves.build(splits.info)
    first = Parts.of(model, splits.info).down[0].get_weights()
    other = Parts.of(parted, splits.info)
    other.down[0].set_weights(first)
    other.up[0].set_weights(first[:2])
    halves.fit(parted, splits, [], first_epoch=2)
    for a, b in zip(Parts.of(model, splits.info).down, other.down, strict=True):
        np.testing.assert_allclose(a.kernel, b.kernel, atol=1e-5)
    # Fine-tuning changes the way up, not the machines.
    assert not np.allclose(other.up[1].kernel, other.down[1].kernel)
    evaluation = halves.evaluate(parted, splits)["evaluation"]
    assert np.isfinite(evaluation["free_energy_gap"])
    assert ("log_likelihood" in evaluation) == (visible == "binary")
    pictures = dreams(other, tf.range(2), 3)
    assert pictures.shape == (2, 28, 28, 1) and float(tf.reduce_min(pictures)) >= 0


def test_colours_and_rows_are_reversed():
    for visible in ("binary", "gaussian"):
        info = Info(
            "made up", (4, 5, 3), ("a", "b"), mean=(90.0, 120.0, 30.0), std=(40.0, 9.0, 70.0)
        )
        one = app(visible=visible, hidden_units=(6, 5))
        parts = Parts.of(one.build(info), info)
        values = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3)).astype("float32")
        rows = parts._taken(values).reshape(3, -1)
        np.testing.assert_allclose(parts.pictures(rows), values / 255, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 10}, "--epochs must be above 10, the epochs that pretrain 2 layers"),
        ({"hidden_units": ()}, "--hidden-units must be numbers"),
        ({"momentum": 1.0}, "--momentum must be at least 0 and below 1"),
        ({"sparsity_target": 1.0}, "--sparsity-target must be between 0 and 1"),
        ({"kind": "joint", "pretrain_epochs": 0}, "--pretrain-epochs must be at least 1"),
        ({"divergence_steps": 0}, "--divergence-steps must be at least 1"),
        ({"rbm_rate": 0.0}, "--rbm-rate must be a number above 0"),
        (
            {"kind": "joint", "visible": "gaussian", "hidden_units": (9,)},
            "--hidden-units must be at least two",
        ),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        DeepBeliefNetConfig(**options).check()
