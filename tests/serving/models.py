"""Tiny SavedModels made on the spot, and servers on free ports."""

import json
import socket

import grpc
import numpy as np
import requests
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import predict_pb2

from kerasuite.serving.server import Server
from kerasuite.serving.settings import ServeOptions


def half_plus(path, offset, warm_up=None):
    """Writes x / 2 + offset with a Predict, a Classify and a Regress signature."""
    module = tf.Module()
    module.a, module.b = tf.Variable(0.5), tf.Variable(offset)
    feature = {"x": tf.io.FixedLenFeature([1], tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def predict(x):
        return {"y": module.a * x + module.b}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "inputs")])
    def regress(inputs):
        return {"outputs": module.a * tf.io.parse_example(inputs, feature)["x"] + module.b}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "inputs")])
    def classify(inputs):
        y = regress(inputs)["outputs"]
        return {
            "scores": tf.concat([y, -y], 1),
            "classes": tf.tile([["plus", "minus"]], [tf.shape(y)[0], 1]),
        }

    tf.saved_model.save(
        module,
        str(path),
        signatures={"serving_default": predict, "regress": regress, "classify": classify},
    )


def types(path):
    """Writes signatures that return what they are given, in many dtypes and shapes."""

    def spec(shape, dtype, name):
        return tf.TensorSpec(shape, dtype, name)

    batch = [None]

    @tf.function(
        input_signature=[
            spec([None, None], tf.float32, "matrix"),
            spec(batch, tf.string, "text"),
            spec(batch, tf.int32, "count"),
        ]
    )
    def several(matrix, text, count):
        return {"matrix": matrix * 2, "text": text, "count_out": count, "text_bytes": text}

    def same(dtype, shape=batch):
        @tf.function(input_signature=[spec(shape, dtype, "x")])
        def echo(x):
            return {"y": tf.identity(x)}

        return echo

    @tf.function(input_signature=[spec(batch, tf.float32, "x")])
    def total(x):
        return {"sum": tf.reduce_sum(x)}

    @tf.function(input_signature=[spec(batch, tf.float32, "x")])
    def uneven(x):
        return {"all": x, "first": x[:1]}

    @tf.function(input_signature=[spec(batch, tf.float32, "x")])
    def refuse(x):
        with tf.control_dependencies([tf.debugging.assert_positive(x, "must be positive")]):
            return {"y": tf.identity(x)}

    @tf.function(input_signature=[spec([None, None], tf.float32, "x")])
    def row_sum(x):
        return {"y": tf.reduce_sum(x, 1)}

    dtypes = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "string")
    echoes = {dtype: same(tf.as_dtype(dtype)) for dtype in (*dtypes, "uint32", "uint64", "float16")}
    tf.saved_model.save(
        tf.Module(),
        str(path),
        signatures={
            "serving_default": several,
            "scalar": same(tf.float32, []),
            "cube": same(tf.float32, [None, None, None]),
            "total": total,
            "uneven": uneven,
            "refuse": refuse,
            "row_sum": row_sum,
            **echoes,
        },
    )


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(**options):
    """A running server on free ports."""
    options = {
        "port": free_port(),
        "rest_api_port": free_port(),
        "file_system_poll_wait_seconds": 0,
        "shutdown_grace_seconds": 2.0,
        **options,
    }
    server = Server(ServeOptions(**options))
    server.start()
    return server


def rest_of(server):
    """Sends a request: a body makes it a POST."""
    session = requests.Session()
    base = server.addresses["rest"]

    def send(path, body=None, method=None, **more):
        if isinstance(body, dict | list):
            body = json.dumps(body)
        method = method or ("GET" if body is None else "POST")
        url = f"{base}{path if path.startswith('/') else '/v1/models/' + path}"
        return session.request(method, url, data=body, timeout=60, **more)

    return send


def channel_of(server):
    return grpc.insecure_channel(server.addresses["grpc"].removeprefix("grpc://"))


def floats(*values):
    """Numbers as a float32 array."""
    return np.array(values, np.float32)


def predict(stub, model, signature="", version=None, label="", outputs=(), timeout=30, **inputs):
    """Asks PredictionService.Predict; inputs are arrays or TensorProtos by name."""
    request = predict_pb2.PredictRequest(output_filter=outputs)
    request.model_spec.name, request.model_spec.signature_name = model, signature
    if version is not None:
        request.model_spec.version.value = version
    if label:
        request.model_spec.version_label = label
    for name, value in inputs.items():
        proto = value if isinstance(value, tensor_pb2.TensorProto) else tf.make_tensor_proto(value)
        request.inputs[name].CopyFrom(proto)
    return stub.Predict(request, timeout=timeout)


def error(response, code):
    """The message of a REST answer that must be an error."""
    assert response.status_code == code, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert list(answer) == ["error"]
    return answer["error"]
