"""Any body is answered or refused with a sentence; what is answered comes back equal."""

import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tensorflow.core.protobuf.meta_graph_pb2 import TensorInfo

from kerasuite.serving import json_answers, json_requests, json_values
from kerasuite.serving.json_requests import Format
from kerasuite.serving.status import ServingError

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(),
    st.builds(lambda t: {"b64": t}, st.text()),
)  # fmt: skip
values = st.recursive(
    leaves, lambda v: st.lists(v) | st.dictionaries(st.sampled_from(["x", "y", "b64"]), v)
)
bodies = st.dictionaries(
    st.sampled_from(["instances", "inputs", "signature_name", "examples", "context", "x"]), values
)
dtypes = st.sampled_from(
    [tf.float32, tf.float64, tf.int8, tf.int32, tf.int64, tf.uint8, tf.bool, tf.string, tf.half]
)


@QUICK
@given(st.binary())
def test_any_bytes(body):
    try:
        json_values.parse(body)
    except ServingError as e:
        json.loads(json_answers.error(e))


@QUICK
@given(bodies, st.lists(dtypes, min_size=1, max_size=2))
def test_any_json(body, kinds):
    document = json_values.parse(json.dumps(body).encode())
    infos = {
        name: TensorInfo(dtype=d.as_datatype_enum) for name, d in zip("xy", kinds, strict=False)
    }
    for read in (
        lambda: json_requests.signature_name(document),
        lambda: json_requests.predict_inputs(document, infos),
        lambda: json_requests.examples(document),
    ):
        try:
            read()
        except ServingError as e:
            json.loads(json_answers.error(e))


numbers = st.sampled_from(["float32", "float64", "int8", "int64", "uint32", "bool"])
arrays = numbers.flatmap(
    lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=1, max_dims=4, max_side=3))
)


@QUICK
@given(arrays, st.sampled_from(Format))
def test_arrays_come_back_equal(array, form):
    text = json_answers.predictions({"y": array}, form)
    back = json.loads(text)["predictions" if form is Format.ROW else "outputs"]
    np.testing.assert_array_equal(np.array(back, array.dtype), array)


@QUICK
@given(arrays, arrays)
def test_two_outputs_by_column(a, b):
    back = json.loads(json_answers.predictions({"a": a, "b": b}, Format.COLUMN))["outputs"]
    np.testing.assert_array_equal(np.array(back["a"], a.dtype), a)
    np.testing.assert_array_equal(np.array(back["b"], b.dtype), b)


@QUICK
@given(hnp.arrays("float32", (3, 2), elements=st.floats(-(2**20), 2**20, width=32)))
def test_requests_hold_what_was_sent(array):
    for body in ({"instances": array.tolist()}, {"inputs": array.tolist()}):
        got, _ = json_requests.predict_inputs(body, {"x": TensorInfo(dtype=1)})
        np.testing.assert_array_equal(got["x"], array)


def test_dtypes_without_a_form_in_json():
    with pytest.raises(ServingError, match="complex64"):
        json_answers.predictions({"y": np.zeros(1, "complex64")}, Format.ROW)


def test_bytes_that_are_no_text_do_not_break_the_answer():
    outputs = {"y": np.array([b"\xff\x00", b"a"], object)}
    text = json_answers.predictions(outputs, Format.ROW)
    assert json.loads(text.encode())["predictions"] == ["\ufffd\x00", "a"]
