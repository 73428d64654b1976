"""Answers of the REST API, written as TF Serving writes them, to the byte where it can be."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from google.protobuf import json_format
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    regression_pb2,
)

from kerasuite.serving.json_requests import Format
from kerasuite.serving.status import ServingError, invalid

_INDENT = "    "
_DIGITS = {np.dtype("float64"): ".17g", np.dtype("float32"): ".9g", np.dtype("float16"): ".5g"}


def error(e: ServingError) -> str:
    """The body of an answer that is an error."""
    return f'{{\n{_INDENT}"error": {_quoted(e.message)}\n}}'


def predictions(outputs: Mapping[str, np.ndarray], form: Format) -> str:
    """The answer to a Predict request.

    Args:
        outputs: arrays by output name.
        form: of the request.

    Raises:
        ServingError: INVALID_ARGUMENT if rows are wanted and the outputs have none, or not equally
            many, or there is a dtype that JSON has no form for.
    """
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    return _rows(outputs) if form is Format.ROW else _columns(outputs)


def _rows(outputs: Mapping[str, np.ndarray]) -> str:
    batch = None
    for name, array in outputs.items():
        if array.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if batch not in (None, len(array)):
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: {batch}"
            )
        batch = len(array)
    if len(outputs) == 1:
        ((name, array),) = outputs.items()
        rows = (
            ", ".join(_nested(_texts(name, array, 1 + array.ndim), array.shape, 0, None))
            if batch
            else ""
        )
        return _object("predictions", f"[{rows}{_line(1) if rows else ''}]")
    columns = {
        name: _nested(_texts(name, array, 2 + array.ndim), array.shape, 0, None)
        for name, array in sorted(outputs.items())
    }
    keys = [_quoted(name) for name in columns]
    rows = [
        _line(2) + "{" + ",".join(f"{_line(3)}{k}: {v}" for k, v in zip(keys, row, strict=True))
        + _line(2) + "}"
        for row in zip(*columns.values(), strict=True)
    ]  # fmt: skip
    return _object("predictions", f"[{','.join(rows)}{_line(1) if rows else ''}]")


def _columns(outputs: Mapping[str, np.ndarray]) -> str:
    if len(outputs) == 1:
        ((name, array),) = outputs.items()
        return _object("outputs", _whole(_texts(name, array, 1 + array.ndim), array.shape, 1))
    members = [
        f"{_line(2)}{_quoted(name)}: {_whole(_texts(name, array, 2 + array.ndim), array.shape, 2)}"
        for name, array in sorted(outputs.items())
    ]
    return _object("outputs", f"{{{','.join(members)}{_line(1)}}}")


def classifications(result: classification_pb2.ClassificationResult) -> str:
    """The answer to a Classify request: per example, pairs of label and score."""
    if not result.classifications:
        raise invalid("Cannot convert empty ClassificationResults to JSON")
    rows = []
    for one in result.classifications:
        scores = _floats(np.array([c.score for c in one.classes], np.float32))
        pairs = zip(one.classes, scores, strict=True)
        rows.append("[" + ", ".join(f"[{_quoted(c.label)}, {score}]" for c, score in pairs) + "]")
    return _object("results", f"[{', '.join(rows)}{_line(1)}]")


def regressions(result: regression_pb2.RegressionResult) -> str:
    """The answer to a Regress request: a number per example."""
    if not result.regressions:
        raise invalid("Cannot convert empty RegressionResults to JSON")
    values = _floats(np.array([r.value for r in result.regressions], np.float32))
    return _object("results", f"[{', '.join(values)}]")


def status(response: get_model_status_pb2.GetModelStatusResponse) -> str:
    """The answer to a request for a model's status."""
    return _message(response)


def metadata(response: get_model_metadata_pb2.GetModelMetadataResponse) -> str:
    """The answer to a request for a model's metadata; without the type URL of its map."""
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    return (
        f'{{\n"model_spec":{_message(response.model_spec)}\n,\n'
        f'"metadata": {{"signature_def": {_message(signatures)}\n}}\n}}\n'
    )


def _message(message: Any) -> str:
    return json_format.MessageToJson(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        indent=1,
    )


# --- arrays --------------------------------------------------------------------------------------


def _object(key: str, value: str) -> str:
    return f'{{\n{_INDENT}"{key}": {value}\n}}'


def _line(level: int) -> str:
    return "\n" + _INDENT * level


def _quoted(text: str) -> str:
    # What clients sent may be quoted here, half of a surrogate pair among it.
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)


def _texts(name: str, array: np.ndarray, level: int) -> list[str]:
    """Every value of an array as JSON; `level` is the depth at which they stand."""
    kind = array.dtype.kind
    if array.dtype in _DIGITS:
        return _floats(array.ravel())
    if kind == "b":
        return ["true" if v else "false" for v in array.ravel()]
    if kind in "iu":
        return list(map(str, array.ravel().tolist()))
    if kind in "OS":
        if name.endswith("_bytes"):
            return [_base64(v, level) for v in array.ravel().tolist()]
        return [_quoted(v.decode("utf-8", "replace")) for v in array.ravel().tolist()]
    raise invalid(f"Failed to write JSON value for tensor type: {array.dtype.name}")


def _base64(value: bytes, level: int) -> str:
    text = base64.b64encode(value).decode()
    return f'{{{_line(level + 1)}"b64": "{text}"{_line(level)}}}'


def _floats(values: np.ndarray) -> list[str]:
    """Six digits where they tell the number, and else all that it takes."""
    plain = values.tolist()
    texts = [f"{v:g}" for v in plain]
    with np.errstate(over="ignore"):
        back = np.array(texts, dtype=np.float64).astype(values.dtype)
    for i in np.flatnonzero(back != values):
        texts[i] = f"{plain[i]:{_DIGITS[values.dtype]}}"
    return [t if "." in t or "e" in t else _WORDS.get(t) or f"{t}.0" for t in texts]


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _nested(texts: list[str], shape: Sequence[int], axis: int, level: int | None) -> list[str]:
    """The values along one axis, those of the axes below it put into brackets.

    With a level, every element gets a line of its own at that depth.
    """
    for inner in range(len(shape) - 1, axis, -1):
        size = shape[inner]
        count = int(np.prod(shape[:inner], dtype=int))
        depth = None if level is None else level + inner
        texts = [_bracket(texts[i * size : (i + 1) * size], depth) for i in range(count)]
    return texts


def _whole(texts: list[str], shape: Sequence[int], level: int) -> str:
    """An array with all its brackets; its own opening bracket stands at depth `level`."""
    if not shape:
        return texts[0]
    return _bracket(_nested(texts, shape, 0, level), level)


def _bracket(texts: Sequence[str], level: int | None) -> str:
    if not texts:
        return "[]"
    if level is None:
        return f"[{', '.join(texts)}]"
    inner = _line(level + 1)
    return f"[{inner}{f',{inner}'.join(texts)}{_line(level)}]"
