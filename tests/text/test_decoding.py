"""Decoding in the graph, on a tiny recurrent net whose every answer can be enumerated."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.text import decoding

START, END, VOCABULARY, UNITS, SOURCE = 2, 3, 5, 6, 4


class Net:
    """A random recurrent net that attends to a source; in NumPy and as a step."""

    def __init__(self, seed=0):
        draw = np.random.default_rng(seed)
        self.inputs = draw.normal(size=(VOCABULARY, UNITS)).astype("float32")
        self.recurrent = draw.normal(size=(UNITS, UNITS)).astype("float32")
        self.outputs = 1.5 * draw.normal(size=(UNITS, VOCABULARY)).astype("float32")

    def initial(self, batch, seed=1):
        draw = np.random.default_rng(seed)
        state = draw.normal(size=(batch, UNITS)).astype("float32")
        memory = draw.normal(size=(batch, SOURCE, UNITS)).astype("float32")
        return {"hidden": state, "memory": memory}

    def step(self, ids, state):
        memory = state["memory"]
        hidden = tf.tanh(tf.gather(self.inputs, ids) + state["hidden"] @ self.recurrent)
        attention = tf.nn.softmax(tf.einsum("bsu,bu->bs", memory, hidden))
        context = tf.einsum("bs,bsu->bu", attention, memory)
        logits = tf.tanh(hidden + context) @ self.outputs
        return logits, {"hidden": hidden, "memory": memory}, {"attention": attention}

    def follow(self, initial, ids):
        """Log-probability of each id and attention at each step, of one example."""
        state = {k: tf.constant(v[None]) for k, v in initial.items()}
        logs, attention, last = [], [], START
        for i in ids:
            logits, state, extras = self.step(tf.constant([last]), state)
            logs.append(tf.nn.log_softmax(logits)[0, i].numpy())
            attention.append(extras["attention"][0].numpy())
            last = i
        return np.array(logs), np.array(attention)


NET = Net()


def one(state, i):
    return {k: v[i] for k, v in state.items()}


def run(search, batch=3, state=None, **options):
    state = NET.initial(batch) if state is None else state
    options = {"end": END, "max_length": 6, **options}

    @tf.function
    def call():
        start = tf.fill([len(state["hidden"])], START)
        given = {k: tf.constant(v) for k, v in state.items()}
        return search(NET.step, start, given, **options)

    return tf.nest.map_structure(lambda x: x.numpy(), call())


def written(decoded, *index):
    return decoded.ids[index][: int(decoded.lengths[index])].tolist()


def test_greedy_takes_the_likeliest_and_reports_it():
    decoded, state = run(decoding.greedy), NET.initial(3)
    for i in range(3):
        ids = written(decoded, i)
        assert END not in ids[:-1] and (ids[-1] == END or len(ids) == 6)
        logs, attention = NET.follow(one(state, i), ids)
        for n in range(len(ids)):
            others = [NET.follow(one(state, i), [*ids[:n], v])[0][-1] for v in range(VOCABULARY)]
            assert np.argmax(others) == ids[n]
        assert decoded.log_probabilities[i] == pytest.approx(logs.sum(), abs=1e-5)
        np.testing.assert_allclose(decoded.extras["attention"][i, : len(ids)], attention, atol=1e-5)
        assert not decoded.ids[i, len(ids) :].any()
        assert not decoded.extras["attention"][i, len(ids) :].any()


def test_the_loop_stops_when_all_have_ended():
    decoded = run(decoding.greedy, batch=8, max_length=500, prefix=tf.constant([[1, END]] * 8))
    assert decoded.ids.shape == (8, 2)
    assert (decoded.ids == [1, END]).all()
    assert not decoded.log_probabilities.any(), "what is forced costs nothing"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_one_beam_is_greedy(seed, alpha):
    state = NET.initial(5, seed)
    greedy = run(decoding.greedy, state=state)
    beam = run(decoding.beam_search, state=state, beams=1, length_penalty=alpha)
    np.testing.assert_array_equal(beam.ids[:, 0], greedy.ids)
    np.testing.assert_array_equal(beam.lengths[:, 0], greedy.lengths)
    np.testing.assert_allclose(beam.log_probabilities[:, 0], greedy.log_probabilities, atol=1e-5)
    np.testing.assert_allclose(
        beam.extras["attention"][:, 0], greedy.extras["attention"], atol=1e-5
    )


def all_hypotheses(length):
    going = [v for v in range(VOCABULARY) if v != END]
    for n in range(length):
        for begin in itertools.product(going, repeat=n):
            yield [*begin, END]
    yield from (list(h) for h in itertools.product(going, repeat=length))


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (1.0, 0.0), (0.6, 0.5)])
def test_enough_beams_are_exhaustive_search(alpha, beta):
    length, state = 4, NET.initial(2, seed=7)
    found = run(
        decoding.beam_search, state=state, max_length=length, beams=4**3 * VOCABULARY, n_best=9,
        length_penalty=alpha, coverage_penalty=beta,
    )  # fmt: skip
    for i in range(2):
        ranked = []
        for ids in all_hypotheses(length):
            logs, attention = NET.follow(one(state, i), ids)
            coverage = np.log(np.minimum(attention.sum(0), 1)).sum()
            score = logs.sum() / ((5 + len(ids)) / 6) ** alpha + beta * coverage
            ranked.append((score, logs.sum(), ids))
        ranked.sort(key=lambda r: -r[0])
        for n in range(9):
            score, logs, ids = ranked[n]
            assert written(found, i, n) == ids
            assert found.scores[i, n] == pytest.approx(score, abs=1e-4)
            assert found.log_probabilities[i, n] == pytest.approx(logs, abs=1e-4)


@pytest.mark.parametrize("search", ["greedy", "beam_search"])
def test_a_batch_is_what_its_examples_are_alone(search):
    state, options = NET.initial(6, seed=3), {}
    if search == "beam_search":
        options = {"beams": 3, "n_best": 3, "length_penalty": 0.8, "coverage_penalty": 0.2}
    limits = np.array([1, 2, 3, 9, 9, 9], "int32")
    together = run(getattr(decoding, search), state=state, max_length=limits, **options)
    for i in (0, 2, 5):
        single = {k: v[i : i + 1] for k, v in state.items()}
        alone = run(getattr(decoding, search), state=single, max_length=int(limits[i]), **options)
        steps = alone.ids.shape[-1]
        np.testing.assert_array_equal(together.ids[i, ..., :steps], alone.ids[0])
        assert not together.ids[i, ..., steps:].any()
        np.testing.assert_allclose(together.scores[i], alone.scores[0], atol=1e-5)


def test_the_likeliest_is_waited_for():
    """The end is the second likeliest at each step, so that two hypotheses end at once."""
    chances = np.full((VOCABULARY, VOCABULARY), 1e-6)
    for i, after in ((START, 0), (0, 1), (1, 4)):
        chances[i, after], chances[i, END] = 0.9, 0.1
    chances[4, END] = 1.0
    table = tf.constant(np.log(chances), tf.float32)

    def step(ids, state):
        return tf.gather(table, ids), state, {}

    @tf.function
    def search(stop_early):
        return decoding.beam_search(
            step, tf.constant([START]), tf.zeros((1, 1)), end=END, max_length=9, beams=2,
            stop_early=stop_early,
        )  # fmt: skip

    assert search(True).ids[0, 0].numpy()[:1] == [END]
    decoded = search(False)
    assert decoded.ids[0, 0, : decoded.lengths[0, 0]].numpy().tolist() == [0, 1, 4, END]
    assert float(decoded.log_probabilities[0, 0]) == pytest.approx(3 * np.log(0.9), abs=1e-3)


def test_n_best_are_different_and_ranked():
    found = run(decoding.beam_search, beams=6, n_best=5, length_penalty=0.7)
    state = NET.initial(3)
    for i in range(3):
        assert (np.diff(found.scores[i]) <= 0).all()
        hypotheses = [written(found, i, n) for n in range(5)]
        assert len(set(map(tuple, hypotheses))) == 5
        for n, ids in enumerate(hypotheses):
            logs, attention = NET.follow(one(state, i), ids)
            assert found.log_probabilities[i, n] == pytest.approx(logs.sum(), abs=1e-4)
            np.testing.assert_allclose(
                found.extras["attention"][i, n, : len(ids)], attention, atol=1e-5
            )


def test_fewer_hypotheses_than_asked_for():
    found = run(decoding.beam_search, beams=4, n_best=3, prefix=tf.constant([[1, END]] * 3))
    assert found.lengths.tolist() == [[2, 0, 0]] * 3
    assert np.isneginf(found.scores[:, 1:]).all()
    assert not found.ids[:, 1:].any()


@pytest.mark.parametrize("search", ["greedy", "sample", "beam_search"])
def test_a_prefix_is_kept_and_forbidden_ids_are_not_written(search):
    prefix = tf.constant([[4, 0, 4], [1, -1, -1], [-1, -1, -1]])
    decoded = run(getattr(decoding, search), prefix=prefix, forbidden=(4,), max_length=8)
    ids = decoded.ids.reshape(3, -1)
    assert ids[0, :3].tolist() == [4, 0, 4] and ids[1, 0] == 1
    assert 4 not in ids[0, 3:] and 4 not in ids[1:]
    if search == "greedy":
        logs, _ = NET.follow(one(NET.initial(3), 0), written(decoded, 0))
        assert decoded.log_probabilities[0] == pytest.approx(logs[3:].sum(), abs=1e-5)


def drawn(count, **options):
    state = {k: np.repeat(v, count, axis=0) for k, v in NET.initial(1).items()}
    decoded = run(decoding.sample, state=state, max_length=1, seed=[1, 2], **options)
    return np.bincount(decoded.ids[:, 0], minlength=VOCABULARY) / count


def first_distribution(temperature=1.0):
    state = one(NET.initial(1), 0)
    logs = np.array([NET.follow(state, [v])[0][0] for v in range(VOCABULARY)])
    scaled = np.exp(logs / temperature)
    return scaled / scaled.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_of_samples(temperature):
    wanted = first_distribution(temperature)
    np.testing.assert_allclose(drawn(20_000, temperature=temperature), wanted, atol=0.015)


@pytest.mark.parametrize("top_k", [1, 2, 4])
def test_frequencies_of_the_top_k(top_k):
    wanted = first_distribution()
    wanted[np.argsort(-wanted)[top_k:]] = 0
    np.testing.assert_allclose(drawn(20_000, top_k=top_k), wanted / wanted.sum(), atol=0.015)


@pytest.mark.parametrize("top_p", [1e-6, 0.5, 0.8, 1.0])
def test_frequencies_of_the_nucleus(top_p):
    wanted = first_distribution()
    order = np.argsort(-wanted)
    size = int(np.searchsorted(np.cumsum(wanted[order]), top_p)) + 1
    wanted[order[size:]] = 0
    np.testing.assert_allclose(drawn(20_000, top_p=top_p), wanted / wanted.sum(), atol=0.015)


def test_samples_follow_from_their_seed():
    first, again, other = (run(decoding.sample, batch=32, seed=s) for s in ([1, 2], [1, 2], [1, 3]))
    np.testing.assert_array_equal(first.ids, again.ids)
    assert first.ids.shape != other.ids.shape or (first.ids != other.ids).any()
    state = NET.initial(32)
    for i in (0, 2, 5):
        logs, _ = NET.follow(one(state, i), written(first, i))
        assert first.log_probabilities[i] == pytest.approx(logs.sum(), abs=1e-4)


def test_a_state_may_grow():
    """A cache of all ids so far, as a Transformer keeps one."""

    def step(ids, state):
        state = tf.concat([state, ids[:, None]], axis=1)
        many = tf.reduce_sum(tf.one_hot(state, VOCABULARY), axis=1)
        wanted = tf.one_hot(tf.fill(tf.shape(ids), tf.shape(state)[1] % 2), VOCABULARY)
        return 9 * wanted - many, state, {}

    @tf.function
    def call(search, **options):
        state = tf.zeros([2, 0], tf.int32)
        return search(step, tf.fill([2], START), state, end=END, max_length=5, **options)

    ids = call(decoding.greedy).ids.numpy()
    assert (ids == [1, 0, 1, 0, 1]).all()
    np.testing.assert_array_equal(call(decoding.beam_search, beams=1).ids[:, 0], ids)


def test_export(tmp_path):
    class Module(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None, UNITS]), tf.TensorSpec([None, SOURCE, UNITS])]
        )
        def __call__(self, hidden, memory):
            state, start = (
                {"hidden": hidden, "memory": memory},
                tf.fill([tf.shape(hidden)[0]], START),
            )
            greedy = decoding.greedy(NET.step, start, state, end=END, max_length=6)
            beam = decoding.beam_search(
                NET.step, start, state, end=END, max_length=6, beams=4, n_best=2,
                coverage_penalty=0.2, source_mask=tf.ones(tf.shape(memory)[:2], "bool"),
            )  # fmt: skip
            drawn = decoding.sample(NET.step, start, state, end=END, max_length=6, seed=[1, 2])
            return [
                {"ids": d.ids, "scores": d.scores, "attention": d.extras["attention"]}
                for d in (greedy, beam, drawn)
            ]

    module = Module()
    tf.saved_model.save(module, str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    for batch in (0, 1, 5):
        given = [tf.constant(v) for v in NET.initial(batch).values()]
        for wanted, got in zip(module(*given), loaded(*given), strict=True):
            np.testing.assert_array_equal(got["ids"], wanted["ids"])
            np.testing.assert_allclose(got["scores"], wanted["scores"], atol=1e-6)
            np.testing.assert_allclose(got["attention"], wanted["attention"], atol=1e-6)


@pytest.mark.parametrize(
    ("search", "options"),
    [
        ("greedy", {"max_length": 0}),
        ("greedy", {"forbidden": (VOCABULARY,)}),
        ("sample", {"temperature": 0.0}),
        ("sample", {"top_k": -1}),
        ("sample", {"top_p": 0.0}),
        ("sample", {"top_p": 1.5}),
        ("beam_search", {"beams": 0}),
        ("beam_search", {"beams": 2, "n_best": 3}),
        ("beam_search", {"length_penalty": -1.0}),
        ("beam_search", {"coverage_penalty": float("inf")}),
    ],
)
def test_refusals(search, options):
    with pytest.raises(ValueError, match=rf"{list(options)[-1]}.*Received: "):
        run(getattr(decoding, search), **options)


@pytest.mark.parametrize(
    "step",
    [
        lambda ids, state: (tf.zeros([2, 5]), state),
        lambda ids, state: (tf.zeros([2]), state, {}),
        lambda ids, state: (tf.zeros([2, 5]), (state, state), {}),
        lambda ids, state: (tf.zeros([2, 5]), tf.cast(state, "int32"), {}),
    ],
)
def test_steps_of_another_form(step):
    with pytest.raises(ValueError, match=r"`step` must .*Received: "):
        decoding.greedy(step, tf.zeros([2], "int32"), tf.zeros([2, 1]), end=3, max_length=4)


def test_coverage_needs_attention():
    def step(ids, state):
        return tf.zeros([2, 5]), state, {}

    with pytest.raises(ValueError, match=r"coverage_penalty.*attention"):
        decoding.beam_search(
            step, tf.zeros([2], "int32"), tf.zeros([2, 1]), end=3, max_length=4, beams=1,
            coverage_penalty=0.2,
        )  # fmt: skip
