"""The gRPC services, asked through tensorflow-serving-api's own stubs."""

import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)
from tensorflow_serving.apis.input_pb2 import Input

from kerasuite.serving.status import ServingError
from tests.serving import models
from tests.serving.models import floats, predict


@pytest.fixture(scope="module")
def channel(server):
    with models.channel_of(server) as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="module")
def model_stub(channel):
    return model_service_pb2_grpc.ModelServiceStub(channel)


def refusal(work, *arguments, **options):
    with pytest.raises(grpc.RpcError) as caught:
        work(*arguments, **options)
    return caught.value.code().name, caught.value.details()


def test_predict(stub):
    response = predict(stub, "half_plus_two", x=floats(1, 2, 5))
    np.testing.assert_array_equal(tf.make_ndarray(response.outputs["y"]), [3.5, 4, 5.5])
    assert response.model_spec.name == "half_plus_two"
    assert response.model_spec.version.value == 2
    assert response.model_spec.signature_name == "serving_default"
    # Clients read the values from the field of their type.
    assert list(response.outputs["y"].float_val) == [3.5, 4, 5.5]


def test_versions_and_labels(stub):
    for chosen in ({"version": 1}, {"label": "stable"}):
        response = predict(stub, "half_plus_two", x=floats(1), **chosen)
        assert (response.model_spec.version.value, response.outputs["y"].float_val[0]) == (1, 2.5)


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint32",
              "uint64", "bool", "string"],
)  # fmt: skip
def test_every_dtype_comes_back_equal(stub, dtype):
    sent = np.array([b"a\xff", b""], object) if dtype == "string" else np.array([0, 1], dtype)
    response = predict(stub, "types", dtype, x=sent)
    got = tf.make_ndarray(response.outputs["y"])
    np.testing.assert_array_equal(got, sent)
    assert got.dtype == sent.dtype


def test_choice_of_outputs(stub):
    inputs = {"matrix": floats([1, 2]).reshape(1, 2), "text": ["a"], "count": [1]}
    assert len(predict(stub, "types", **inputs).outputs) == 4
    assert list(predict(stub, "types", outputs=["text"], **inputs).outputs) == ["text"]
    code, reason = refusal(predict, stub, "types", outputs=["no"], **inputs)
    assert code == "INVALID_ARGUMENT" and "output tensor alias not found in signature: no" in reason
    code, reason = refusal(predict, stub, "types", outputs=["text", "text"], **inputs)
    assert (code, reason) == ("INVALID_ARGUMENT", "duplicate output tensor alias: text")


def shaped(*sizes, **values):
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, **values)
    for size in sizes:
        proto.tensor_shape.dim.add(size=size)
    return proto


WRONG = {
    "no such model": ({"model": "no", "x": 1.0}, "NOT_FOUND", "Servable not found"),
    "no model": ({"model": "", "x": 1.0}, "INVALID_ARGUMENT", "ModelSpec has no name"),
    "no such version": ({"version": 9, "x": 1.0}, "NOT_FOUND", "Specific(half_plus_two, 9)"),
    "no such label": ({"label": "no", "x": 1.0}, "INVALID_ARGUMENT", "version label: no"),
    "no such signature": (
        {"signature": "no", "x": 1.0},
        "FAILED_PRECONDITION",
        'Serving signature key "no" not found.',
    ),
    "no input": ({}, "INVALID_ARGUMENT", "Missing but required: {x}"),
    "too many inputs": ({"x": 1.0, "z": 1.0}, "INVALID_ARGUMENT", "Sent extra: {z}"),
    "other input": ({"z": 1.0}, "INVALID_ARGUMENT", "not found in signature: z"),
    "other dtype": ({"x": [1]}, "INVALID_ARGUMENT", "to be float32 but int32"),
    "other shape": ({"x": [[1.0]]}, "INVALID_ARGUMENT", "shape [-1] but has [1,1]"),
    "no value": ({"x": tensor_pb2.TensorProto()}, "INVALID_ARGUMENT", "tensor parsing error: x"),
    "wrong content": (
        {"x": shaped(2, tensor_content=b"abc")},
        "INVALID_ARGUMENT",
        "tensor parsing error",
    ),
    "negative size": ({"x": shaped(-1)}, "INVALID_ARGUMENT", "tensor parsing error"),
    "huge": ({"x": shaped(1 << 40, float_val=[1])}, "INVALID_ARGUMENT", "1 values"),
    "huge product": (
        {"x": shaped(*[1 << 20] * 9, float_val=[1])},
        "INVALID_ARGUMENT",
        "parsing error",
    ),
    "a resource": (
        {"x": tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE)},
        "INVALID_ARGUMENT",
        "tensor parsing error",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_requests(stub, case):
    options, code, hint = WRONG[case]
    got, reason = refusal(predict, stub, **{"model": "half_plus_two", **options})
    assert got == code and hint in reason


def test_one_value_fills_a_shape(stub):
    response = predict(stub, "half_plus_two", x=shaped(3, float_val=[1]))
    assert list(response.outputs["y"].float_val) == [3.5] * 3


def test_what_the_model_refuses(stub):
    code, reason = refusal(predict, stub, "types", "refuse", x=floats(-1))
    assert code == "INVALID_ARGUMENT" and "must be positive" in reason


def test_a_deadline_that_has_passed(server):
    request = predict_pb2.PredictRequest(inputs={"x": tf.make_tensor_proto(floats(1))})
    request.model_spec.name = "half_plus_two"
    with pytest.raises(ServingError, match="Deadline exceeded") as caught:
        server.inference.predict(request, deadline=time.monotonic() - 1)
    assert caught.value.code.name == "DEADLINE_EXCEEDED"


def example(**features):
    made = tf.train.Example()
    for name, value in features.items():
        made.features.feature[name].float_list.value.append(value)
    return made


def test_classify(stub):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name, request.model_spec.signature_name = "half_plus_two", "classify"
    request.input.example_list.examples.extend([example(x=1.0), example(x=2.0)])
    response = stub.Classify(request)
    best = [(c.classes[0].label, c.classes[0].score) for c in response.result.classifications]
    assert best == [("plus", 3.5), ("plus", 4.0)]
    assert response.model_spec.version.value == 2


def test_regress_with_context(stub):
    request = regression_pb2.RegressionRequest()
    request.model_spec.name, request.model_spec.signature_name = "half_plus_two", "regress"
    shared = request.input.example_list_with_context
    shared.context.CopyFrom(example(x=1.0))
    shared.examples.extend([tf.train.Example(), example(x=2.0)])
    # An example's own feature comes after the context's and is the one that counts.
    assert [r.value for r in stub.Regress(request).result.regressions] == [3.5, 4.0]


def test_no_examples(stub):
    request = regression_pb2.RegressionRequest()
    request.model_spec.name, request.model_spec.signature_name = "half_plus_two", "regress"
    assert refusal(stub.Regress, request) == ("INVALID_ARGUMENT", "Input is empty.")


def tasks(*named, model="half_plus_two"):
    request = inference_pb2.MultiInferenceRequest()
    request.input.CopyFrom(Input())
    request.input.example_list.examples.append(example(x=1.0))
    for signature, method in named:
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.name, task.model_spec.signature_name = model, signature
    return request


def test_multi_inference(stub):
    request = tasks(("classify", "classify"), ("regress", "regress"))
    classified, regressed = stub.MultiInference(request).results
    assert classified.classification_result.classifications[0].classes[0].score == 3.5
    assert regressed.regression_result.regressions[0].value == 3.5
    assert regressed.model_spec.signature_name == "regress"


@pytest.mark.parametrize(
    ("named", "code", "hint"),
    [
        ([], "INVALID_ARGUMENT", "at least one task"),
        ([("regress", "regress")] * 2, "INVALID_ARGUMENT", "Duplicate evaluation of signature"),
        ([("regress", "predict")], "UNIMPLEMENTED", "Unsupported signature method_name"),
        ([("classify", "regress")], "INVALID_ARGUMENT", "Expected one output Tensor"),
    ],
)
def test_wrong_tasks(stub, named, code, hint):
    got, reason = refusal(stub.MultiInference, tasks(*named))
    assert got == code and hint in reason


def test_requests_without_a_model(stub, model_stub):
    missing = ("INVALID_ARGUMENT", "Missing ModelSpec")
    assert refusal(stub.Predict, predict_pb2.PredictRequest()) == missing
    assert refusal(stub.Classify, classification_pb2.ClassificationRequest()) == missing
    assert refusal(stub.Regress, regression_pb2.RegressionRequest()) == missing
    request = get_model_status_pb2.GetModelStatusRequest()
    assert refusal(model_stub.GetModelStatus, request) == missing
    request.model_spec.signature_name = "x"
    assert refusal(model_stub.GetModelStatus, request)[0] == "NOT_FOUND"


def test_long_errors_are_cut(stub):
    """An error quotes the request; clients refuse answers with large headers."""
    code, reason = refusal(predict, stub, "half_plus_two", outputs=["n" * 100_000], x=1.0)
    assert code == "INVALID_ARGUMENT"
    assert len(reason) == 1024 + len("...TRUNCATED") and reason.endswith("n...TRUNCATED")


def test_metadata(stub):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "half_plus_two"
    response = stub.GetModelMetadata(request)
    assert response.model_spec.version.value == 2
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert signatures.signature_def["serving_default"].inputs["x"].dtype == types_pb2.DT_FLOAT


def test_metadata_that_is_not_there(stub):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    assert refusal(stub.GetModelMetadata, request) == ("INVALID_ARGUMENT", "Missing ModelSpec")
    request.model_spec.name = "half_plus_two"
    assert "at least one metadata_field" in refusal(stub.GetModelMetadata, request)[1]
    request.metadata_field.append("no")
    code, reason = refusal(stub.GetModelMetadata, request)
    assert (code, reason) == ("INVALID_ARGUMENT", "Metadata field no is not supported")


def test_status(model_stub):
    request = get_model_status_pb2.GetModelStatusRequest()
    assert refusal(model_stub.GetModelStatus, request)[0] == "INVALID_ARGUMENT"
    request.model_spec.name = "half_plus_two"
    versions = model_stub.GetModelStatus(request).model_version_status
    assert [(v.version, v.state, v.status.error_code) for v in versions] == [(2, 30, 0), (1, 30, 0)]
    request.model_spec.version.value = 1
    assert len(model_stub.GetModelStatus(request).model_version_status) == 1
    request.model_spec.version.value = 9
    assert refusal(model_stub.GetModelStatus, request)[0] == "NOT_FOUND"


def test_health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "tensorflow.serving.PredictionService"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert refusal(stub.Check, health_pb2.HealthCheckRequest(service="no"))[0] == "NOT_FOUND"


def test_reflection(channel):
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
        "grpc.health.v1.Health",
    } <= set(services)


def test_oversized_messages(stub):
    code, _ = refusal(predict, stub, "half_plus_two", x=np.zeros(1 << 20, np.float32))
    assert code == "RESOURCE_EXHAUSTED"


def test_damaged_messages(channel):
    call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    with pytest.raises(grpc.RpcError):
        call(b"\xff\xff\xff", timeout=10)


def test_rest_and_grpc_give_the_same(stub, rest):
    values = np.random.default_rng(0).standard_normal(50).astype("float32")
    by_grpc = tf.make_ndarray(predict(stub, "half_plus_two", x=values).outputs["y"])
    by_rest = rest("half_plus_two:predict", {"instances": values.tolist()}).json()["predictions"]
    np.testing.assert_array_equal(np.array(by_rest, np.float32), by_grpc)
