"""Between TensorProto and arrays, as TF Serving does it."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from kerasuite.serving.status import invalid

# A proto may hold one value and a shape of any size, which that value then fills. What a few bytes
# can make the server allocate is limited.
_MOST_REPEATED = 1 << 24

# The fields that clients read; TF Serving fills them, and not `tensor_content`.
_FIELDS = {
    tf.float32: "float_val",
    tf.float64: "double_val",
    tf.int8: "int_val",
    tf.int16: "int_val",
    tf.int32: "int_val",
    tf.uint8: "int_val",
    tf.uint16: "int_val",
    tf.int64: "int64_val",
    tf.uint32: "uint32_val",
    tf.uint64: "uint64_val",
    tf.bool: "bool_val",
    tf.string: "string_val",
}
_VALUES = (*sorted(set(_FIELDS.values())), "half_val", "scomplex_val", "dcomplex_val")


def from_proto(name: str, proto: tensor_pb2.TensorProto) -> np.ndarray:
    """The array that a message holds.

    Args:
        name: of the input, for errors.
        proto: the message.

    Raises:
        ServingError: INVALID_ARGUMENT if it holds none.
    """
    shape = [d.size for d in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or any(n < 0 for n in shape):
        raise invalid(f"tensor parsing error: {name}")
    elements = math.prod(shape)
    held = len(proto.tensor_content) or sum(len(getattr(proto, field)) for field in _VALUES)
    if elements > max(held, _MOST_REPEATED):
        raise invalid(f"tensor parsing error: {name}: {elements} elements but {held} values")
    try:
        return tf.make_ndarray(proto)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError) as e:
        raise invalid(f"tensor parsing error: {name}") from e


def dtype_of(array: np.ndarray) -> tf.DType:
    """TensorFlow's name of an array's dtype; strings are objects here."""
    return tf.string if array.dtype.kind in "OSU" else tf.as_dtype(array.dtype)


def to_proto(array: Any) -> tensor_pb2.TensorProto:
    """The message for an array, with its values in the field of its dtype."""
    array = np.asarray(array)
    dtype = dtype_of(array)
    if dtype not in _FIELDS:
        return tf.make_tensor_proto(array)
    proto = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum)
    for n in array.shape:
        proto.tensor_shape.dim.add(size=n)
    getattr(proto, _FIELDS[dtype]).extend(array.ravel().tolist())
    return proto
