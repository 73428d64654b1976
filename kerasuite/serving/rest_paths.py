"""Addresses of the REST API: /v1/models/NAME[/versions/N|/labels/L][:METHOD|/metadata]."""

import re
import urllib.parse
from dataclasses import dataclass

from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasuite.serving.status import invalid

_NAME = "([^/:]+)"
_VERSION = f"(?:/versions/([0-9]+)|/labels/{_NAME})?"
_ASK = re.compile(f"/v1/models/{_NAME}{_VERSION}:(classify|regress|predict)", re.IGNORECASE)
_LOOK = re.compile(f"/v1/models(?:/{_NAME})?{_VERSION}(?:/(metadata))?", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """What a request asks for.

    Attributes:
        spec: the model, and its version or label if one is named.
        method: "predict", "classify", "regress", "metadata" or "status".
    """

    spec: ModelSpec
    method: str


def read(http_method: str, path: str) -> Address:
    """Takes an address apart.

    Args:
        http_method: GET or POST.
        path: as sent, not percent-decoded.

    Raises:
        ServingError: INVALID_ARGUMENT if there is no such address.
    """
    pattern = {"POST": _ASK, "GET": _LOOK}.get(http_method)
    match = pattern.fullmatch(path) if pattern else None
    if match is None:
        raise invalid(f"Malformed request: {http_method} {path}")
    name, version, label, method = match.groups()
    if not name:
        raise invalid("Missing model name in request.")
    spec = ModelSpec(name=_decoded(name, "model name"))
    if version:
        if int(version) >= 2**63:
            raise invalid(f"Failed to convert version: {version} to numeric.")
        spec.version.value = int(version)
    if label:
        spec.version_label = _decoded(label, "model version label")
    return Address(spec, (method or "status").lower())


def _decoded(text: str, what: str) -> str:
    try:
        return urllib.parse.unquote(text, errors="strict")
    except UnicodeDecodeError as e:
        raise invalid(f"Failed to decode {what}:{text}") from e
