"""Configuration files in protobuf's text form, as TF Serving's options name them.

tensorflow-serving-api holds ModelServerConfig but neither BatchingParameters, MonitoringConfig nor
SSLConfig. Those are described here by field name, number and type, which is all that their text
form needs.
"""

from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message

from kerasuite.errors import InputError

# Registers the wrapper types that the messages below refer to.
from google.protobuf import wrappers_pb2  # isort: skip  # noqa: F401

_PACKAGE = "kerasuite.serving"
_INT64 = ".google.protobuf.Int64Value"
_STRING = ".google.protobuf.StringValue"
_BOOL = ".google.protobuf.BoolValue"
_Field = descriptor_pb2.FieldDescriptorProto

_MESSAGES: dict[str, dict[str, tuple[int, Any]]] = {
    "BatchingParameters": {
        "max_batch_size": (1, _INT64),
        "batch_timeout_micros": (2, _INT64),
        "max_enqueued_batches": (3, _INT64),
        "num_batch_threads": (4, _INT64),
        "thread_pool_name": (5, _STRING),
        "allowed_batch_sizes": (6, [_Field.TYPE_INT64]),
        "pad_variable_length_inputs": (7, _Field.TYPE_BOOL),
        "enable_large_batch_splitting": (8, _BOOL),
        "max_execution_batch_size": (9, _INT64),
    },
    "PrometheusConfig": {"enable": (1, _Field.TYPE_BOOL), "path": (2, _Field.TYPE_STRING)},
    "MonitoringConfig": {"prometheus_config": (1, f".{_PACKAGE}.PrometheusConfig")},
    "SSLConfig": {
        "server_key": (1, _Field.TYPE_STRING),
        "server_cert": (2, _Field.TYPE_STRING),
        "custom_ca": (3, _Field.TYPE_STRING),
        "client_verify": (4, _Field.TYPE_BOOL),
    },
}

AnyMessage = TypeVar("AnyMessage", bound=Message)


def _describe() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="kerasuite/serving/options.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=["google/protobuf/wrappers.proto"],
    )
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            field = described.field.add(name=name, number=number)
            repeated = isinstance(kind, list)
            field.label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            kind = kind[0] if repeated else kind
            if isinstance(kind, str):
                field.type, field.type_name = _Field.TYPE_MESSAGE, kind
            else:
                field.type = kind
    return file


def _classes() -> dict[str, type[Message]]:
    pool = descriptor_pool.Default()
    pool.Add(_describe())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _classes()
BatchingParameters: Any = _CLASSES["BatchingParameters"]
MonitoringConfig: Any = _CLASSES["MonitoringConfig"]
SSLConfig: Any = _CLASSES["SSLConfig"]


def read(path: Path, message: AnyMessage, option: str) -> AnyMessage:
    """Reads a message in text form.

    Args:
        path: the file.
        message: an empty message; filled and returned.
        option: the option that named the file, for errors.

    Raises:
        InputError: if the file cannot be read or is no such message.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise InputError(f"--{option}: {path} cannot be read: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise InputError(f"--{option}: {path} is not UTF-8 text: {e}") from e
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as e:
        raise InputError(
            f"--{option}: {path} is no {message.DESCRIPTOR.name} in protobuf's text form: {e}"
        ) from e
