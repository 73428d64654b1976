"""Bodies of the REST API as requests: Predict in rows and columns, Classify and Regress."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.example.example_pb2 import Example
from tensorflow.core.example.feature_pb2 import Feature
from tensorflow.core.protobuf.meta_graph_pb2 import TensorInfo
from tensorflow_serving.apis.input_pb2 import Input

from kerasuite.serving import json_values
from kerasuite.serving.json_values import shown
from kerasuite.serving.servable import Arrays
from kerasuite.serving.status import ServingError, invalid

_Infos = Mapping[str, TensorInfo]


class Format(Enum):
    """How a Predict request holds its inputs, and how its answer is written."""

    ROW = "instances"
    COLUMN = "inputs"


def signature_name(document: Mapping[str, Any]) -> str:
    """The signature that a request asks for; "" for the default one."""
    name = document.get("signature_name", "")
    if not isinstance(name, str) or not json_values.valid_utf8(name):
        raise invalid(
            f"JSON Value: {shown(document)} not formatted correctly. 'signature_name' key must be "
            "a string value."
        )
    return name


def predict_inputs(document: Mapping[str, Any], infos: _Infos) -> tuple[Arrays, Format]:
    """The inputs of a Predict request.

    Args:
        document: the parsed body.
        infos: the signature's inputs.

    Returns:
        Arrays by input name, and the format that the answer is to have.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the element that is wrong.
    """
    if not infos:
        name = signature_name(document) or "DEFAULT"
        raise invalid(f"Failed to get input map for signature: {name}")
    rows, columns = (f.value in document for f in Format)
    if rows and columns:
        raise invalid(
            f"JSON Value: {shown(document)} Not formatted correctly expecting only one of 'inputs' "
            "or 'instances' keys to exist "
        )
    if columns:
        return _columns(document["inputs"], infos), Format.COLUMN
    if not rows:
        raise invalid("Missing 'inputs' or 'instances' key")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise invalid(f"JSON Value: {shown(document)} Expecting 'instances' to be an list/array")
    if not instances:
        raise invalid(f"JSON Value: {shown(document)} No values in 'instances' array")
    return _rows(instances, infos), Format.ROW


def _rows(instances: list[Any], infos: _Infos) -> Arrays:
    named = _is_object(instances[0])
    for i, element in enumerate(instances):
        if _is_object(element) != named:
            found = "object but got list" if named else "value/list but got object"
            raise invalid(f"Expecting {found} at item {i} of input list")
    if not named:
        if len(infos) > 1:
            raise invalid(
                "instances is a plain list, but expecting list of objects as multiple input "
                "tensors required as per tensorinfo_map"
            )
        (name,) = infos
        return {name: _column(instances, infos[name], "")}
    for i, element in enumerate(instances):
        if element.keys() != infos.keys():
            raise _wrong_keys(i, element, infos)
    return {
        name: _column([e[name] for e in instances], info, f" key: {name}")
        for name, info in infos.items()
    }


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not json_values.is_base64(value)


def _wrong_keys(i: int, element: dict[str, Any], infos: _Infos) -> ServingError:
    for name in element:
        if name not in infos:
            return invalid(
                f"Failed to process element: {i} key: {shown(name)[1:-1]} of 'instances' list. "
                "Error: INVALID_ARGUMENT: JSON object: does not have named input: "
                f"{shown(name)[1:-1]}"
            )
    return invalid(
        f"Failed to process element: {i} of 'instances' list. JSON object: {shown(element)} keys "
        f"must be equal to: {','.join(sorted(infos))}"
    )


def _column(values: list[Any], info: TensorInfo, key: str) -> np.ndarray:
    """One input's values of all rows, stacked."""
    dtype = tf.as_dtype(info.dtype)
    try:
        return json_values.array(values, dtype)
    except ServingError as all_at_once:
        # Row by row, to name the one that is wrong.
        first = None
        for i, value in enumerate(values):
            try:
                one = json_values.array(value, dtype)
                first = one if first is None else first
                _check_same_shape(first, one)
            except ServingError as e:
                raise invalid(
                    f"Failed to process element: {i}{key} of 'instances' list. Error: {e.named()}"
                ) from e
        raise all_at_once


def _check_same_shape(first: np.ndarray, other: np.ndarray) -> None:
    if other.size != first.size:
        raise invalid(f"Expecting tensor size: {first.size} but got: {other.size}")
    if other.shape != first.shape:
        wanted, got = (",".join(map(str, a.shape)) for a in (first, other))
        raise invalid(f"Expecting shape [{wanted}] but got: [{got}]")


def _columns(value: Any, infos: _Infos) -> Arrays:
    if not _is_object(value):
        if len(infos) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors "
                "required as per tensorinfo_map"
            )
        ((name, info),) = infos.items()
        return {name: json_values.array(value, tf.as_dtype(info.dtype))}
    for name in infos:
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {
        name: json_values.array(value[name], tf.as_dtype(info.dtype))
        for name, info in infos.items()
    }


# --- Classify and Regress ------------------------------------------------------------------------


def examples(document: Mapping[str, Any]) -> Input:
    """The examples of a Classify or Regress request, with the context that they share.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the feature that is wrong.
    """
    result = Input()
    if "context" in document:
        target = result.example_list_with_context
        target.context.CopyFrom(_example(document["context"]))
    else:
        target = result.example_list
    if "examples" not in document:
        raise invalid(
            f"JSON Value: {shown(document)} When method is classify, key 'examples' is expected "
            "and was not found"
        )
    values = document["examples"]
    if not isinstance(values, list):
        raise invalid(
            f"JSON Value: {shown(document)} Expecting 'examples' value to be an list/array"
        )
    if not values:
        raise invalid(f"JSON Value: {shown(document)} 'examples' value is an empty array")
    target.examples.extend(_example(value) for value in values)
    return result


def _example(value: Any) -> Example:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {json_values.type_name(value)}")
    example = Example()
    for name, content in value.items():
        if not json_values.valid_utf8(name):
            raise invalid("JSON Parse error: The surrogate pair in string is invalid.")
        items = content if isinstance(content, list) else [content]
        example.features.feature[name].CopyFrom(_feature(name, items))
    return example


def _feature(name: str, items: list[Any]) -> Feature:
    feature = Feature()
    for item in items:
        kind, value = _feature_value(name, item)
        if feature.WhichOneof("kind") not in (None, kind):
            held = str(feature.WhichOneof("kind")).removesuffix("_list")
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {held}")
        getattr(feature, kind).value.append(value)
    return feature


def _feature_value(name: str, item: Any) -> tuple[str, Any]:
    if isinstance(item, str):
        return "bytes_list", json_values.array(item, tf.string).item()
    if json_values.is_base64(item):
        return "bytes_list", json_values.decode_base64(item)
    if isinstance(item, float) or json_values.is_huge(item):
        return "float_list", json_values.array(item, tf.float32).item()
    if isinstance(item, int):
        if item >= 2**63:
            raise invalid(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        return "int64_list", int(item)
    raise invalid(
        f"Feature: {name} has element with unexpected JSON type: {json_values.type_name(item)}"
    )
