"""JSON values of a request as arrays, with the checks and the words of TF Serving's REST API.

Nothing here recurses: the depth of a request is the client's choice.
"""

import base64
import binascii
import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.serving.status import Code, ServingError, invalid

B64 = "b64"
MAX_RANK = 64  # NumPy's limit
_MAX_SHOWN = 200  # characters of a value that an error quotes

_TYPES = {dict: "Object", list: "Array", str: "String", type(None): "Null"}
_INTEGERS = {
    np.dtype(t): (int(np.iinfo(t).min), int(np.iinfo(t).max))
    for t in ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")
}
_DTYPE_NAMES = {tf.float16: "half", tf.float32: "float", tf.float64: "double"}
_FLOATS = (np.dtype("float32"), np.dtype("float64"))
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")
_PARSE_ERRORS = {
    "Expecting value": "Invalid value.",
    "Expecting ',' delimiter": "Missing a comma or closing bracket after an element.",
    "Expecting property name enclosed in double quotes": "Missing a name for object member.",
    "Expecting ':' delimiter": "Missing a colon after a name of object member.",
    "Illegal trailing comma before end of object": "Missing a name for object member.",
    "Illegal trailing comma before end of array": "Invalid value.",
    "Unterminated string starting at": "Missing a closing quotation mark in string.",
}


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object that a request holds.

    Raises:
        ServingError: INVALID_ARGUMENT if it is none.
    """
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        text = body.decode("utf-8-sig")
        # As in TF Serving, what follows the document is not looked at.
        value, _ = _DECODER.raw_decode(text, _BLANKS.match(text).end())
    except UnicodeDecodeError as e:
        raise invalid(f"JSON Parse error: Invalid encoding in string. at offset: {e.start}") from e
    except json.JSONDecodeError as e:
        offset = len(e.doc[: e.pos].encode("utf-8", "surrogatepass"))
        reason = "The document is empty." if not e.doc.strip() else _PARSE_ERRORS.get(e.msg, e.msg)
        raise invalid(f"JSON Parse error: {reason} at offset: {offset}") from e
    except RecursionError as e:
        raise invalid("JSON Parse error: The document is nested too deeply") from e
    except ValueError as e:  # a whole number of thousands of digits
        raise invalid(f"JSON Parse error: {e}") from e
    if not isinstance(value, dict):
        raise invalid(f"JSON Value: {shown(value)} Is not object")
    return value


def shown(value: Any) -> str:
    """A value as an error quotes it, cut where it is long."""
    encoder = json.JSONEncoder(indent=4, ensure_ascii=False)
    text = ""
    try:
        for part in encoder.iterencode(value):
            text += part
            if len(text) > _MAX_SHOWN:
                return text[:_MAX_SHOWN] + "..."
    except RecursionError:
        return text[:_MAX_SHOWN] + "..."
    return text


def type_name(value: Any) -> str:
    """RapidJSON's name of a value's type."""
    if isinstance(value, bool):
        return "True" if value else "False"
    return _TYPES.get(type(value), "Number")


def is_base64(value: Any) -> bool:
    """Whether a value is an object that stands for bytes."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get(B64), str)


def decode_base64(value: Any) -> bytes:
    """The bytes of such an object.

    Raises:
        ServingError: INVALID_ARGUMENT if it is none.
    """
    if not is_base64(value):
        raise invalid(f"JSON Value: {shown(value)} not formatted correctly for base64 data")
    text = "".join(value[B64].split())
    try:
        padding = "=" * (-len(text) % 4)
        return base64.b64decode(text.encode("ascii") + padding.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError) as e:
        raise invalid("Unable to base64 decode") from e


def array(value: Any, dtype: tf.DType) -> np.ndarray:
    """A JSON value, of any nesting, as a dense array.

    Args:
        value: what was parsed.
        dtype: what the signature wants.

    Returns:
        The array; strings as bytes in an object array.

    Raises:
        ServingError: INVALID_ARGUMENT if lists are ragged or a value has another type.
    """
    shape = _shape(value)
    leaves = _leaves(value, shape)
    return _converted(leaves, dtype).reshape(shape)


def _shape(value: Any) -> list[int]:
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if len(shape) > MAX_RANK:
            raise invalid(f"Lists are nested more than {MAX_RANK} deep")
        if not value:
            break
        value = value[0]
    return shape


def _leaves(value: Any, shape: Sequence[int]) -> list[Any]:
    """All values below the lists, after checking that these have the shape throughout."""
    rank, items = len(shape), [value]
    for level, size in enumerate(shape):
        for item in items:
            if not isinstance(item, list):
                raise invalid(
                    f"JSON Value: {shown(item)} found at incorrect level: {level + 1} in the JSON "
                    f"DOM. Expected at level: {rank}"
                )
            if len(item) != size:
                raise invalid(
                    f"Encountered list at unexpected size: {len(item)} at level: {level} expected "
                    f"size: {size}"
                )
        items = list(itertools.chain.from_iterable(items))
    if list in set(map(type, items)):
        raise invalid(f"Encountered list at unexpected level: {rank} expected < {rank}")
    return items


def _converted(leaves: list[Any], dtype: tf.DType) -> np.ndarray:
    if dtype == tf.string:
        return _strings(leaves)
    kinds = set(map(type, leaves))
    numpy_dtype = np.dtype(dtype.as_numpy_dtype)
    if dtype == tf.bool:
        _expect(leaves, dtype, kinds <= {bool}, lambda v: isinstance(v, bool))
        return np.array(leaves, bool)
    if numpy_dtype in _INTEGERS:
        return _integers(leaves, dtype, numpy_dtype, kinds)
    if numpy_dtype in _FLOATS:
        return _floats(leaves, dtype, numpy_dtype, kinds)
    if not leaves:
        return np.array(leaves, numpy_dtype)
    raise ServingError(
        Code.UNIMPLEMENTED,
        f"Conversion of JSON Value: {shown(leaves[0])} to type: {_dtype_name(dtype)}",
    )


def _strings(leaves: list[Any]) -> np.ndarray:
    result = np.empty(len(leaves), dtype=object)
    for i, leaf in enumerate(leaves):
        if isinstance(leaf, str):
            try:
                result[i] = leaf.encode("utf-8")
            except UnicodeEncodeError as e:  # half of a surrogate pair
                raise invalid("JSON Parse error: The surrogate pair in string is invalid.") from e
        elif isinstance(leaf, dict):
            result[i] = decode_base64(leaf)
        else:
            raise _type_error(leaf, tf.string)
    return result


def _integers(
    leaves: list[Any], dtype: tf.DType, numpy_dtype: np.dtype, kinds: set[type]
) -> np.ndarray:
    low, high = _INTEGERS[numpy_dtype]
    fits = kinds <= {int} and (not leaves or (low <= min(leaves) and max(leaves) <= high))
    _expect(leaves, dtype, fits, lambda v: type(v) is int and low <= v <= high)
    return np.array(leaves, numpy_dtype)


def _floats(
    leaves: list[Any], dtype: tf.DType, numpy_dtype: np.dtype, kinds: set[type]
) -> np.ndarray:
    _expect(leaves, dtype, kinds <= {int, float}, lambda v: type(v) in (int, float))
    if int in kinds:
        leaves = [float(v) if is_huge(v) else v for v in leaves]
    with np.errstate(over="ignore"):
        return np.array(leaves, np.float64).astype(numpy_dtype)


def is_huge(value: Any) -> bool:
    """Whether a value is a whole number beyond 64 bits, which RapidJSON takes for a decimal one.

    Raises:
        ServingError: INVALID_ARGUMENT if it is too large for that, too.
    """
    if type(value) is not int or -(2**63) <= value < 2**64:
        return False
    try:
        float(value)
    except OverflowError as e:
        raise invalid("JSON Parse error: Number too big to be stored in double.") from e
    return True


def _expect(leaves: list[Any], dtype: tf.DType, fits: bool, fits_one: Any) -> None:
    if not fits:
        raise _type_error(next(v for v in leaves if not fits_one(v)), dtype)


def _type_error(value: Any, dtype: tf.DType) -> ServingError:
    return invalid(
        f"JSON Value: {shown(value)} Type: {type_name(value)} is not of expected type: "
        f"{_dtype_name(dtype)}"
    )


def _dtype_name(dtype: tf.DType) -> str:
    return _DTYPE_NAMES.get(dtype, dtype.name)


def valid_utf8(text: str) -> bool:
    """Whether a string has no half of a surrogate pair."""
    return re.search("[\ud800-\udfff]", text) is None
