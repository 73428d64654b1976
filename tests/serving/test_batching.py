"""Requests that arrive together are run together, and nobody can tell from the answers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from google.protobuf import text_format

from kerasuite.serving import batching_parameters, text_protos
from kerasuite.serving.batching import Batcher
from kerasuite.serving.batching_parameters import Batching
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.servable import Servable
from kerasuite.serving.status import Code, ServingError
from tests.serving import models
from tests.serving.models import predict

LONG = 5.0  # seconds in which a batch surely fills


class Recorded:
    """A servable that notes what it is run on, and can be made to wait."""

    def __init__(self, servable):
        self._servable = servable
        self.batches = []
        self.entered = threading.Event()  # a batch has left the queue
        self.gate = threading.Event()
        self.gate.set()

    def check(self, signature, inputs):
        self._servable.check(signature, inputs)

    def run(self, signature, inputs, outputs=()):
        self.entered.set()
        self.gate.wait()
        self.batches.append({k: v.copy() for k, v in inputs.items()})
        return self._servable.run(signature, inputs, outputs)

    @property
    def sizes(self):
        return [len(next(iter(b.values()))) for b in self.batches]


@pytest.fixture(scope="module")
def loaded(types_model):
    return Servable("types", 1, types_model / "1")


@pytest.fixture
def servable(loaded):
    return Recorded(loaded)


@pytest.fixture
def batcher():
    made = []

    def make(**options):
        size = options.setdefault("max_batch_size", 4)
        options.setdefault("max_execution_batch_size", size)
        made.append(Batcher(Batching(**{"timeout": LONG, "threads": 1, **options}), Metrics()))
        return made[-1]

    yield make
    for one in made:
        one.close()


def together(batcher, servable, signature, *requests):
    """Sends requests at once, in order; returns the output or the error of each."""

    def ask(x):
        try:
            return batcher(servable, signature, {"x": np.asarray(x, np.float32)})["y"].tolist()
        except ServingError as e:
            return e.code

    with ThreadPoolExecutor(len(requests)) as pool:
        futures = []
        for x in requests:
            before = len(batcher._waiting), sum(b.size for b in batcher._waiting)
            futures.append(pool.submit(ask, x))
            for _ in range(200):
                now = len(batcher._waiting), sum(b.size for b in batcher._waiting)
                if now != before:
                    break
                time.sleep(0.001)
        return [f.result() for f in futures]


def test_a_full_batch_is_run_at_once(batcher, servable):
    start = time.monotonic()
    answers = together(batcher(), servable, "float32", [1, 2], [3], [4])
    assert answers == [[1, 2], [3], [4]]
    assert servable.sizes == [4]
    assert time.monotonic() - start < LONG


def test_an_incomplete_batch_waits_no_longer_than_it_may(batcher, servable):
    assert together(batcher(timeout=0.2), servable, "float32", [1], [2]) == [[1], [2]]
    assert servable.sizes == [2]


def test_without_a_timeout_nobody_waits(batcher, servable):
    assert together(batcher(timeout=0.0), servable, "float32", [1]) == [[1]]


def test_batches_are_filled_up_to_an_allowed_size(batcher, servable):
    made = batcher(max_batch_size=8, allowed_batch_sizes=(4, 8), timeout=0.3)
    assert together(made, servable, "float32", [7], [8]) == [[7], [8]]
    assert servable.batches[0]["x"].tolist() == [7, 8, 7, 7]  # by the first example


def test_what_does_not_fit_starts_the_next_batch(batcher, servable):
    made = batcher(timeout=0.3)
    assert together(made, servable, "float32", [1, 2, 3], [4, 5]) == [[1, 2, 3], [4, 5]]
    assert servable.sizes == [3, 2]


def test_a_request_larger_than_a_batch(batcher, servable):
    assert together(batcher(), servable, "float32", range(5)) == [Code.INVALID_ARGUMENT]
    made = batcher(split_large=True, max_batch_size=100, max_execution_batch_size=4, timeout=0.3)
    answers = together(made, servable, "float32", [100.0], list(range(9)))
    assert answers == [[100], list(range(9))]
    assert together(made, servable, "float32", range(101)) == [Code.INVALID_ARGUMENT]
    assert servable.sizes == [4, 4, 2]  # the first request's batch is filled first


def test_too_many_waiting_batches(batcher, servable):
    servable.gate.clear()
    made = batcher(max_batch_size=1, max_enqueued_batches=2, timeout=0.0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(together, made, servable, "float32", [1])
        assert servable.entered.wait(LONG)  # it runs, so it waits no longer
        threading.Timer(1.0, servable.gate.set).start()
        answers = together(made, servable, "float32", [2], [3], [4])
        assert first.result() == [[1]]
    assert answers == [[2], [3], Code.RESOURCE_EXHAUSTED]
    assert together(made, servable, "float32", [5]) == [[5]]


def test_a_deadline_while_waiting(batcher, servable):
    servable.gate.clear()
    made = batcher(max_batch_size=1, timeout=0.0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(made, servable, "float32", {"x": np.ones(1, np.float32)})
        with pytest.raises(ServingError, match="waited for its batch") as caught:
            made(servable, "float32", {"x": np.ones(1, np.float32)}, (), time.monotonic() + 0.2)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        servable.gate.set()
        assert first.result()["y"] == [1]
    assert made(servable, "float32", {"x": np.full(1, 9, np.float32)})["y"] == [9]
    assert [b["x"][0] for b in servable.batches] == [1, 9]  # the late one was never run


def test_a_bad_request_does_not_spoil_its_batch(batcher, servable):
    answers = together(batcher(max_batch_size=3), servable, "refuse", [1], [-1], [2])
    assert answers == [[1], Code.INVALID_ARGUMENT, [2]]


def test_a_bad_example_of_the_padding_does_not_matter(batcher, servable):
    made = batcher(allowed_batch_sizes=(4,), timeout=0.1)
    assert together(made, servable, "refuse", [-1]) == [Code.INVALID_ARGUMENT]


def test_different_shapes_are_run_apart(batcher, servable):
    made = batcher(timeout=0.3)
    assert together(made, servable, "row_sum", [[1, 2]], [[1, 2, 3]]) == [[3], [6]]
    assert servable.sizes == [1, 1]


def test_padding_of_variable_lengths(batcher, servable):
    made = batcher(timeout=0.3, pad_variable_length_inputs=True)
    together(made, servable, "row_sum", [[1, 2]], [[3, 4, 5]])
    assert servable.batches[0]["x"].tolist() == [[1, 2, 1], [3, 4, 5]]  # by its own first value


def test_outputs_without_examples_are_not_batched(batcher, loaded):
    made = batcher(timeout=0.3)
    with ThreadPoolExecutor(2) as pool:
        sums = pool.map(
            lambda n: made(loaded, "total", {"x": np.full(2, n, np.float32)})["sum"], (1, 2)
        )
    assert [float(s) for s in sums] == [2, 4]


def test_inputs_that_cannot_be_batched(batcher, loaded):
    made = batcher()
    with pytest.raises(ServingError, match="at least one dimension"):
        made(loaded, "scalar", {"x": np.float32(1).reshape(())})
    inputs = {
        "matrix": np.ones((2, 2), np.float32),
        "text": np.array([b"a"], object),
        "count": np.ones(2, np.int32),
    }
    with pytest.raises(ServingError, match="equal 0th-dimension size"):
        made(loaded, "serving_default", inputs)
    assert made(loaded, "float32", {"x": np.ones(0, np.float32)})["y"].shape == (0,)


def test_choices_of_outputs_are_batched_apart(batcher, servable):
    made = batcher(timeout=0.2)
    inputs = {
        "matrix": np.ones((1, 2), np.float32),
        "text": np.array([b"a"], object),
        "count": np.ones(1, np.int32),
    }
    with ThreadPoolExecutor(2) as pool:
        a = pool.submit(made, servable, "serving_default", inputs, ("text",))
        b = pool.submit(made, servable, "serving_default", inputs)
        assert (list(a.result()), len(b.result())) == (["text"], 4)


# --- parameters ----------------------------------------------------------------------------------


def read(text):
    return batching_parameters.from_message(
        text_format.Parse(text, text_protos.BatchingParameters())
    )


def test_parameters():
    options = read(
        """max_batch_size { value: 128 } batch_timeout_micros { value: 2500 }
        max_enqueued_batches { value: 7 } num_batch_threads { value: 3 }
        thread_pool_name { value: "pool" } allowed_batch_sizes: 8 allowed_batch_sizes: 32
        pad_variable_length_inputs: true enable_large_batch_splitting { value: true }
        max_execution_batch_size { value: 32 }"""
    )
    assert options == Batching(128, 0.0025, 7, 3, "pool", (8, 32), True, True, 32)
    assert read("").max_batch_size == 1000
    assert read("max_batch_size { value: 5 }").max_execution_batch_size == 5


@pytest.mark.parametrize(
    ("text", "hint"),
    {
        "max_batch_size { value: 0 }": "max_batch_size must be at least 1",
        "num_batch_threads { value: -1 }": "threads must be at least 1",
        "batch_timeout_micros { value: -1 }": "batch_timeout_micros must be 0 or more",
        "max_batch_size { value: 8 } allowed_batch_sizes: 4": "must be the largest batch",
        "max_batch_size { value: 8 } allowed_batch_sizes: [8, 4]": "increasing",
        "max_batch_size { value: 8 } enable_large_batch_splitting { value: true }"
        " max_execution_batch_size { value: 9 }": "max_execution_batch_size",
    }.items(),
)
def test_wrong_parameters(text, hint):
    with pytest.raises(ValueError, match=hint):
        read(text)


# --- the whole server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batching_server(config_file, tmp_path_factory):
    file = tmp_path_factory.mktemp("batching") / "batching.txt"
    file.write_text(
        """max_batch_size { value: 16 } batch_timeout_micros { value: 20000 }
        num_batch_threads { value: 2 } allowed_batch_sizes: [4, 16]
        max_enqueued_batches { value: 1000 }"""
    )
    running = models.start(
        model_config_file=config_file, enable_batching=True, batching_parameters_file=file
    )
    yield running
    running.stop()


def test_both_protocols_share_batches_and_answers_stay_equal(batching_server, server):
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    rest, plain = models.rest_of(batching_server), models.rest_of(server)
    values = np.random.default_rng(0).standard_normal(60).astype("float32")
    wanted = plain("half_plus_two:predict", {"instances": values.tolist()}).json()["predictions"]
    with models.channel_of(batching_server) as channel, ThreadPoolExecutor(30) as pool:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)

        def ask(i):
            x = values[i : i + 1]
            if i % 2:
                return predict(stub, "half_plus_two", x=x).outputs["y"].float_val[0]
            body = {"instances": x.tolist()}
            return rest("half_plus_two:predict", body).json()["predictions"][0]

        got = list(pool.map(ask, range(60)))
    np.testing.assert_array_equal(np.array(got, np.float32), np.array(wanted, np.float32))
    page = rest("/monitoring/prometheus/metrics").text
    runs = int(
        page.split(":tensorflow:serving:batching_session:wrapped_run_count{} ")[1].split()[0]
    )
    assert 0 < runs < 60
    assert "processed_batch_size_count{}" in page
    assert 'padding_size_bucket{execution_batch_size="' in page
    assert 'queuing_latency_count{thread_pool_name="batch_threads"} 60' in page


def test_classify_and_regress_are_batched_too(batching_server):
    rest = models.rest_of(batching_server)
    body = {"signature_name": "regress", "examples": [{"x": 1.0}, {"x": 2.0}]}
    assert rest("half_plus_two:regress", body).json() == {"results": [3.5, 4.0]}
    body = {"signature_name": "classify", "examples": [{"x": 1.0}]}
    assert rest("half_plus_two:classify", body).json()["results"] == [
        [["plus", 3.5], ["minus", -3.5]]
    ]
