"""LSTM and GRU must be Keras's, in outputs and gradients, whichever way they are computed."""

import keras
import numpy as np
import pytest

from kerasuite import layers
from kerasuite.layers import recurrence
from tests import cases
from tests.clean_process import ask_in_a_clean_process

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="elsewhere the layers are Keras's own"
)
both_kinds = pytest.mark.parametrize("kind", ["LSTM", "GRU"])

BATCH, STEPS, FEATURES, UNITS = 4, 6, 3, 5
INPUTS = cases.random_input((BATCH, STEPS, FEATURES))
STATES = {
    kind: [cases.random_input((BATCH, UNITS), seed) for seed in range(n)]
    for kind, n in {"LSTM": 2, "GRU": 1}.items()
}
# Padded at the end, at the start, with a hole, and never to be looked at.
MASK = np.array(
    [[1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1], [1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]], "bool"
)
OPTIONS = {
    "plain": {},
    "sequences": {"return_sequences": True},
    "state": {"return_state": True},
    "both": {"return_sequences": True, "return_state": True},
    "backwards": {"return_sequences": True, "return_state": True, "go_backwards": True},
    "no bias": {"return_sequences": True, "use_bias": False},
    "zeros": {"return_sequences": True, "zero_output_for_mask": True},
    "dropout": {"return_sequences": True, "dropout": 0.4, "seed": 3},
    "double": {"return_sequences": True, "dtype": "float64"},
}
NOT_COVERED = {
    "recurrent dropout": {"dropout": 0.2, "recurrent_dropout": 0.4, "seed": 3},
    "unrolled": {"return_sequences": True, "unroll": True},
    "relu": {"activation": "relu"},
    "hard sigmoid": {"recurrent_activation": "hard_sigmoid"},
}


def pair(kind, shape=INPUTS.shape, **options):
    """Returns ours and Keras's layer with the same random weights."""
    ours, keras_own = (getattr(module, kind)(UNITS, **options) for module in (layers, keras.layers))
    for layer in (ours, keras_own):
        layer.build(shape)
    rng = np.random.default_rng(0)
    keras_own.set_weights([rng.normal(size=w.shape) / 2 for w in keras_own.weights])
    ours.set_weights(keras_own.get_weights())
    return ours, keras_own


def step(layer, x, states=None, mask=None, by_xla=False):
    """Returns the outputs, and the gradients of inputs, states and weights, of a training step.

    Args:
        layer: the layer.
        x: inputs.
        states: initial ones, or None.
        mask: of the inputs, or None.
        by_xla: whether XLA compiles the graph; None to do without a graph.
    """
    import tensorflow as tf

    x = tf.constant(x, layer.compute_dtype)
    states = [] if states is None else [tf.constant(s, layer.compute_dtype) for s in states]

    def run(x, states):
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            outputs = layer(x, initial_state=states or None, mask=mask, training=True)
            outputs = tf.nest.flatten(outputs)
            # The weight of each number differs, so that each path's gradient counts.
            loss = tf.reduce_sum(tf.cumsum(outputs[0], axis=-1))
            for n, y in enumerate(outputs):
                loss += np.sin(3.0 + n) * tf.reduce_sum(y**2)
        sources = [x, *states, *(w.value for w in layer.trainable_weights)]
        return [*outputs, *tape.gradient(loss, sources)]

    if by_xla is not None:
        run = tf.function(run, jit_compile=by_xla)
    return [cases.to_numpy(r) for r in run(x, states)]


def assert_same(found, expected, **tolerance):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, **{"rtol": 1e-5, "atol": 1e-5, **tolerance})


@both_kinds
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("options", OPTIONS)
def test_training_step_is_keras_own(kind, options, masked):
    ours, keras_own = pair(kind, **OPTIONS[options])
    assert recurrence.is_covered(ours, INPUTS)
    # Without a graph: tracing Keras's loop and its gradient takes most of the time otherwise.
    rest = STATES[kind], MASK if masked else None, None
    assert_same(step(ours, INPUTS, *rest), step(keras_own, INPUTS, *rest))


@both_kinds
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("options", OPTIONS)
def test_inference_is_keras_own(kind, options, masked):
    ours, keras_own = pair(kind, **OPTIONS[options])
    mask = MASK if masked else None
    for states in (None, STATES[kind]):
        found, expected = (
            keras.tree.flatten(layer(INPUTS, initial_state=states, mask=mask))
            for layer in (ours, keras_own)
        )
        assert_same(map(cases.to_numpy, found), map(cases.to_numpy, expected))


@both_kinds
@pytest.mark.parametrize("batch", [1, BATCH])
def test_halves_of_a_batch_side_by_side(kind, batch, monkeypatch):
    options = {"return_sequences": True, "return_state": True, "dropout": 0.4, "seed": 3}
    ours, keras_own = pair(kind, **options)
    given = INPUTS[:batch], [s[:batch] for s in STATES[kind]], MASK[:batch]
    expected = step(keras_own, *given, None)
    monkeypatch.setattr(recurrence, "_is_worth_halving", lambda sequences, training: True)
    assert_same(step(ours, *given, None), expected)


@both_kinds
def test_training_step_in_a_graph_and_by_xla(kind):
    ours, keras_own = pair(kind, return_sequences=True)
    expected = step(keras_own, INPUTS, STATES[kind], MASK)
    for by_xla in (False, True):
        assert_same(step(ours, INPUTS, STATES[kind], MASK, by_xla), expected)


@both_kinds
@pytest.mark.parametrize("options", NOT_COVERED)
def test_what_is_not_covered_is_keras_own(kind, options):
    ours, keras_own = pair(kind, **NOT_COVERED[options])
    assert not recurrence.is_covered(ours, INPUTS)
    found, expected = (layer(INPUTS, mask=MASK, training=True) for layer in (ours, keras_own))
    assert_same([cases.to_numpy(found)], [cases.to_numpy(expected)])


def test_variants_that_only_one_kind_has():
    for ours, keras_own in (pair("LSTM", unit_forget_bias=False), pair("GRU", reset_after=False)):
        assert_same(step(ours, INPUTS), step(keras_own, INPUTS))


@both_kinds
def test_half_precision(kind):
    ours, keras_own = pair(kind, return_sequences=True, dtype="mixed_bfloat16")
    found, expected = step(ours, INPUTS, None, MASK), step(keras_own, INPUTS, None, MASK)
    # Of 8 bits; the sums over steps and examples of the gradients gather errors.
    assert_same(found, expected, rtol=0.05, atol=0.25)
    assert all(w.dtype == "float32" for w in ours.weights)


@both_kinds
def test_gradients_outside_of_training(kind):
    import tensorflow as tf

    gradients = []
    for layer in pair(kind):
        x = tf.constant(INPUTS)
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=False)
        gradients.append(tape.gradient(outputs, x).numpy())
    assert_same(gradients[:1], gradients[1:])


@both_kinds
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_second_derivatives(kind, compiled):
    import tensorflow as tf

    def second(layer, x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                outputs = layer(x, training=True)
            slope = inner.gradient(outputs, x)
        return outer.gradient(slope, [x, layer.cell.recurrent_kernel.value])

    found = []
    for layer in pair(kind, return_sequences=True):
        function = tf.function(second) if compiled else second
        found.append([g.numpy() for g in function(layer, tf.constant(INPUTS[:, :3]))])
    assert_same(*found)


@both_kinds
def test_state_carried_from_batch_to_batch(kind):
    ours, keras_own = pair(kind, stateful=True, return_sequences=True)
    for _ in range(2):
        found, expected = (cases.to_numpy(layer(INPUTS)) for layer in (ours, keras_own))
        assert_same([found], [expected])
        assert_same(*([cases.to_numpy(s) for s in layer.states] for layer in (ours, keras_own)))
    ours.reset_state()
    assert not any(cases.to_numpy(s).any() for s in ours.states)


@both_kinds
@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
def test_both_directions(kind, merge_mode):
    found = []
    for module in (layers, keras.layers):
        layer = keras.layers.Bidirectional(
            getattr(module, kind)(UNITS, return_sequences=True, return_state=True),
            merge_mode=merge_mode,
        )
        layer.build(INPUTS.shape)
        rng = np.random.default_rng(1)
        layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
        found.append(step(layer, INPUTS, None, MASK))
    assert_same(*found, atol=1e-4)


@both_kinds
def test_any_length_and_batch_without_a_second_trace(kind):
    import tensorflow as tf

    ours, keras_own = pair(kind, (None, None, FEATURES), return_sequences=True)

    @tf.function(input_signature=[tf.TensorSpec([None, None, FEATURES])])
    def train(x):
        with tf.GradientTape() as tape:
            outputs = ours(x, training=True)
        return outputs, tape.gradient(outputs, ours.cell.kernel.value)

    for batch, length in ((1, 1), (2, 9), (7, 3)):
        x = cases.random_input((batch, length, FEATURES))
        outputs, gradient = train(x)
        assert_same([outputs.numpy()], [cases.to_numpy(keras_own(x, training=True))])
        assert np.isfinite(gradient).all()
    assert train.experimental_get_tracing_count() == 1


@both_kinds
@pytest.mark.parametrize("batch", [None, BATCH, 16])
def test_graphs_know_the_shape(kind, batch):
    import tensorflow as tf

    layer = getattr(layers, kind)(UNITS, return_sequences=True)
    function = tf.function(lambda x: layer(x, training=True))
    known = function.get_concrete_function(tf.TensorSpec([batch, STEPS, FEATURES]))
    assert known.output_shapes.as_list() == [batch, STEPS, UNITS]


@both_kinds
def test_states_of_a_known_batch_and_steps_of_any_number(kind):
    import tensorflow as tf

    layer = getattr(layers, kind)(UNITS)
    count = len(STATES[kind])

    @tf.function(input_signature=[tf.TensorSpec([1, None, FEATURES]), tf.TensorSpec([1, UNITS])])
    def run(x, state):
        return layer(x, initial_state=[state] * count)

    assert run(INPUTS[:1], STATES[kind][0][:1]).shape == (1, UNITS)


@both_kinds
def test_layer(kind, tmp_path):
    weights = 3
    config = {"units": UNITS, "return_sequences": True, "dropout": 0.1, "seed": 1}
    cases.run_layer_test(
        # The state of the generator of dropout is a weight that is not trained.
        getattr(layers, kind), config, INPUTS, (BATCH, STEPS, UNITS), weights, 0, tmp_path
    )  # fmt: skip


def language_model(module):
    """Embedded tokens with padding through both kinds of layers."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = keras.layers.Embedding(11, FEATURES, mask_zero=True)(tokens)
    x = keras.layers.Bidirectional(module.LSTM(UNITS, return_sequences=True))(x)
    x = module.GRU(UNITS)(x)
    return keras.Model(tokens, keras.layers.Dense(11)(x))


def test_weights_load_both_ways(tmp_path):
    models = [language_model(module) for module in (layers, keras.layers)]
    tokens = np.array([[3, 1, 4, 1], [5, 9, 0, 0]])
    for source, target in (models, models[::-1]):
        source.set_weights([cases.random_input(w.shape, 5) for w in source.weights])
        path = tmp_path / f"{source.name}.weights.h5"
        source.save_weights(path)
        target.load_weights(path)
        assert_same(*([cases.to_numpy(model(tokens))] for model in models))


def test_model_fits_saves_and_exports(tmp_path):
    model = language_model(layers)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    tokens = np.random.default_rng(0).integers(1, 11, (64, 7), dtype="int32")
    losses = model.fit(tokens, tokens[:, 0], epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    cases.check_saving(model, tokens, tmp_path)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        lambda tokens: {"logits": model(tokens, training=False)},
        [keras.InputSpec(shape=(None, None), dtype="int32", name="tokens")],
    )
    archive.write_out(tmp_path / "exported", verbose=False)
    asked = {"tokens": np.array([[3, 1, 4], [5, 0, 0]], "int32")}
    answer = ask_in_a_clean_process(tmp_path / "exported", "serve", asked)
    np.testing.assert_allclose(answer["logits"], cases.to_numpy(model(asked["tokens"])), atol=1e-5)


def test_training_on_replicas():
    import tensorflow as tf

    tokens = np.random.default_rng(0).integers(1, 11, (8, STEPS), dtype="int32")
    losses = []
    for module in (layers, keras.layers):
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            model = language_model(module)
            model.set_weights([cases.random_input(w.shape, 5) for w in model.weights])
            model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        losses.append(
            model.fit(tokens, tokens[:, 0], batch_size=4, shuffle=False, verbose=0).history["loss"]
        )
    np.testing.assert_allclose(*losses, rtol=1e-5)
