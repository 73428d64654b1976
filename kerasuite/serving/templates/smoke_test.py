#!/usr/bin/env python3
"""Asks a server whether it serves this model: TF Serving's own, or `kerasuite serve`.

python smoke_test.py --rest http://localhost:8501 [--grpc localhost:8500]

Needs nothing but Python for REST; tensorflow-serving-api for gRPC. Exit code 0 if all is well.
"""

import argparse
import base64
import json
import math
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TOLERANCE = 1e-3


class Failed(Exception):
    """Something is not as it should be."""


def ask(url: str, body: Any = None) -> tuple[int, Any]:
    """Sends a request; returns the HTTP status and the answer."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read() or b"{}")


def expect(what: str, fine: bool, seen: Any) -> None:
    """Prints that something is fine, or fails."""
    if not fine:
        raise Failed(f"{what}: {seen}")
    print(f"ok: {what}")


def wait(url: str, version: int, seconds: float) -> None:
    """Waits until the version answers."""
    end, seen = time.monotonic() + seconds, "nothing"
    while time.monotonic() < end:
        try:
            code, seen = ask(f"{url}/versions/{version}")
            if code == 200 and seen["model_version_status"][0]["state"] == "AVAILABLE":
                print(f"ok: version {version} is available")
                return
        except (OSError, ValueError) as e:
            seen = e
        time.sleep(0.5)
    raise Failed(f"version {version} is not available after {seconds:g} s: {seen}")


def alike(a: Any, b: Any) -> bool:
    """Whether two answers are equal, numbers up to rounding."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, float) and isinstance(b, float):
        same = math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        return same or (math.isnan(a) and math.isnan(b))
    return a == b


def check_rest(base: str, known: dict[str, Any], seconds: float) -> None:
    """Status, metadata, the known answer, and an error, by REST."""
    url = f"{base}/v1/models/{known['model']}"
    wait(url, known["version"], seconds)
    code, answer = ask(f"{url}/metadata")
    expect("REST: metadata", code == 200 and "signature_def" in answer["metadata"], answer)
    if known["request"]:
        code, answer = ask(f"{url}/versions/{known['version']}:predict", known["request"])
        fine = code == 200 and alike(answer.get("outputs"), known["answer"])
        expect("REST: the known answer", fine, answer)
    code, answer = ask(f"{url}:predict", {"instances": []})
    expect("REST: a bad request is refused", code == 400 and "error" in answer, answer)


def check_grpc(target: str, known: dict[str, Any]) -> None:
    """The known answer by gRPC."""
    import grpc
    import numpy as np
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return base64.b64decode(value["b64"]) if isinstance(value, dict) else value

    if not known["request"]:
        return
    request = predict_pb2.PredictRequest()
    request.model_spec.name = known["model"]
    request.model_spec.version.value = known["version"]
    request.model_spec.signature_name = known["request"]["signature_name"]
    for name, value in known["request"]["inputs"].items():
        held = np.array(plain(value))
        held = held.astype("float32") if held.dtype.kind == "f" else held
        request.inputs[name].CopyFrom(tf.make_tensor_proto(held))
    with grpc.insecure_channel(target) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        response = stub.Predict(request, timeout=30)
    first = next(iter(response.outputs.values()))
    expect("gRPC: an answer per example", first.tensor_shape.dim[0].size > 0, first)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rest", default="http://localhost:8501", help="URL of the REST API")
    parser.add_argument("--grpc", help="HOST:PORT of the gRPC API")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for the model")
    options = parser.parse_args()
    known = json.loads(Path(__file__).with_name("smoke_test.json").read_text())
    try:
        check_rest(options.rest.rstrip("/"), known, options.wait)
        if options.grpc:
            check_grpc(options.grpc, known)
    except (Failed, OSError, ValueError, KeyError) as e:
        print(f"FAILED: {e}", file=sys.stderr)
        return 1
    print("all is well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
