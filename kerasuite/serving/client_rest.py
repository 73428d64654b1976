"""The client's REST side. Needs no TensorFlow."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import requests

from kerasuite.serving.client import (
    NOT_FOR_CLIENTS,
    Arrays,
    Identity,
    Model,
    Signature,
    Tensor,
)
from kerasuite.serving.status import Code, ServingError

_DTYPES = {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_HALF": "float16",
    "DT_BFLOAT16": "bfloat16",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}
_CODES = {
    400: Code.INVALID_ARGUMENT,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    404: Code.NOT_FOUND,
    408: Code.DEADLINE_EXCEEDED,
    409: Code.ABORTED,
    413: Code.OUT_OF_RANGE,
    429: Code.RESOURCE_EXHAUSTED,
    501: Code.UNIMPLEMENTED,
    503: Code.UNAVAILABLE,
    504: Code.DEADLINE_EXCEEDED,
}


class RestTransport:
    """Asks by REST.

    Args:
        base: the server's URL.
        identity: for https.
    """

    def __init__(self, base: str, identity: Identity) -> None:
        self._base = base
        self._session = requests.Session()
        # Given with each request: for a session's own, the environment would come first.
        self._verify = str(identity.ca) if identity.ca else True
        if identity.certificate:
            pair = (identity.certificate, identity.key or identity.certificate)
            self._session.cert = tuple(map(str, pair))

    def signatures(self, model: Model, seconds: float) -> dict[str, Signature]:
        """The model's metadata."""
        answer = self._ask(f"{_path(model)}/metadata", None, seconds)
        try:
            described = answer["metadata"]["signature_def"]["signature_def"]
            return {
                name: Signature(_tensors(s.get("inputs", {})), _tensors(s.get("outputs", {})))
                for name, s in described.items()
                if name != NOT_FOR_CLIENTS
            }
        except (KeyError, TypeError, AttributeError) as e:
            raise _unexpected(e) from e

    def predict(
        self, model: Model, signature: str, inputs: Arrays, about: Signature, seconds: float
    ) -> Arrays:
        """Predict, in columns."""
        body = {
            "signature_name": signature,
            "inputs": {name: as_json(value) for name, value in inputs.items()},
        }
        answer = self._ask(f"{_path(model)}:predict", body, seconds)
        try:
            outputs = answer["outputs"]
            if len(about.outputs) == 1:
                outputs = {next(iter(about.outputs)): outputs}
            return {n: _array(v, about.outputs[n].dtype) for n, v in outputs.items()}
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise _unexpected(e) from e

    def classify(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[list[tuple[str, float]]]:
        """Classify."""
        results = self._on_examples("classify", model, signature, examples, seconds)
        return [[(label, score) for label, score in pairs] for pairs in results]

    def regress(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[float]:
        """Regress."""
        return self._on_examples("regress", model, signature, examples, seconds)

    def _on_examples(
        self, method: str, model: Model, signature: str, examples: Any, seconds: float
    ) -> Any:
        coded = [{k: feature(v) for k, v in example.items()} for example in examples]
        body = {"signature_name": signature, "examples": coded}
        answer = self._ask(f"{_path(model)}:{method}", body, seconds)
        try:
            return answer["results"]
        except KeyError as e:
            raise _unexpected(e) from e

    def status(self, model: Model, seconds: float) -> dict[int, tuple[str, str]]:
        """The states of the model's versions."""
        answer = self._ask(_path(model), None, seconds)
        try:
            return {
                int(v["version"]): (v["state"], v["status"].get("error_message", ""))
                for v in answer["model_version_status"]
            }
        except (KeyError, TypeError, ValueError) as e:
            raise _unexpected(e) from e

    def _ask(self, path: str, body: Any, seconds: float) -> dict[str, Any]:
        method = "GET" if body is None else "POST"
        data = None if body is None else json.dumps(body)
        try:
            response = self._session.request(
                method, self._base + path, data=data, timeout=seconds, verify=self._verify
            )
            answer = response.json()
        except requests.Timeout as e:
            raise ServingError(Code.DEADLINE_EXCEEDED, "The server did not answer in time") from e
        except requests.JSONDecodeError as e:
            if response.ok:
                raise _unexpected(e) from e
            answer = {"error": response.text[:200] or response.reason}
        except (requests.RequestException, OSError) as e:
            raise ServingError(
                Code.UNAVAILABLE, f"{self._base} cannot be reached: {_reason(e)}"
            ) from e
        if not response.ok:
            message = answer.get("error", "") if isinstance(answer, dict) else str(answer)
            raise ServingError(_CODES.get(response.status_code, Code.INTERNAL), str(message))
        return answer

    def close(self) -> None:
        """Ends the connections."""
        self._session.close()


def _path(model: Model) -> str:
    path = f"/v1/models/{quote(model.name, safe='')}"
    if model.version is not None:
        return f"{path}/versions/{model.version}"
    return f"{path}/labels/{quote(model.label, safe='')}" if model.label else path


def _tensors(described: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: _tensor(info) for name, info in described.items()}


def _tensor(info: Mapping[str, Any]) -> Tensor:
    name = info["dtype"]
    dtype = _DTYPES.get(name, name.removeprefix("DT_").lower())
    shape = info.get("tensor_shape", {})
    if shape.get("unknown_rank"):
        return Tensor(dtype, None)
    sizes = (int(d["size"]) for d in shape.get("dim", []))
    return Tensor(dtype, tuple(None if n < 0 else n for n in sizes))


def as_json(array: np.ndarray) -> Any:
    """An input as the REST API holds it, bytes as {"b64": ...}."""
    if array.dtype == object:
        coded = [{"b64": base64.b64encode(v).decode()} for v in array.ravel()]
        flat = np.empty(len(coded), object)
        flat[:] = coded
        return flat.reshape(array.shape).tolist()
    return array.tolist()


def feature(value: Any) -> Any:
    """A feature of an example as the REST API holds it."""
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return [feature(v) for v in value] if isinstance(value, list | tuple) else value


def _array(value: Any, dtype: str) -> np.ndarray:
    if dtype != "string":
        return np.array(value, dtype=dtype)
    return np.array(_decoded(value), dtype=object)


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()


def _unexpected(error: Exception) -> ServingError:
    return ServingError(
        Code.UNKNOWN, f"The server's answer is not TF Serving's: {type(error).__name__} {error}"
    )


def _reason(error: BaseException) -> str:
    """The innermost reason; requests wraps it several times."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    return str(inner or error).rpartition(">: ")[2] or type(error).__name__
