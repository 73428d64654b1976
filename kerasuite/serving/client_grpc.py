"""The client's gRPC side."""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)
from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasuite.errors import InputError
from kerasuite.serving import tensors
from kerasuite.serving.client import (
    NOT_FOR_CLIENTS,
    Arrays,
    Identity,
    Model,
    Signature,
    Tensor,
)
from kerasuite.serving.json_requests import examples as read_examples
from kerasuite.serving.status import ServingError, code_of


class GrpcTransport:
    """Asks by gRPC.

    Args:
        target: host and port.
        secure: whether to use TLS.
        identity: for TLS.
    """

    def __init__(self, target: str, secure: bool, identity: Identity) -> None:
        options = [
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.enable_retries", 0),  # the client retries itself
            # gRPC's own pause after a failed connection would outlast the client's.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        if secure:
            credentials = grpc.ssl_channel_credentials(
                *(_read(f) for f in (identity.ca, identity.key, identity.certificate))
            )
            self._channel = grpc.secure_channel(target, credentials, options)
        else:
            self._channel = grpc.insecure_channel(target, options)
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def signatures(self, model: Model, seconds: float) -> dict[str, Signature]:
        """GetModelMetadata."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=_spec(model), metadata_field=["signature_def"]
        )
        answer = _ask(self._prediction.GetModelMetadata, request, seconds)
        described = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(described)
        return {
            name: Signature(_tensors(s.inputs), _tensors(s.outputs))
            for name, s in described.signature_def.items()
            if name != NOT_FOR_CLIENTS
        }

    def predict(
        self, model: Model, signature: str, inputs: Arrays, about: Signature, seconds: float
    ) -> Arrays:
        """Predict."""
        request = predict_pb2.PredictRequest(model_spec=_spec(model, signature))
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        answer = _ask(self._prediction.Predict, request, seconds)
        return {name: tensors.from_proto(name, t) for name, t in answer.outputs.items()}

    def classify(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[list[tuple[str, float]]]:
        """Classify."""
        request = classification_pb2.ClassificationRequest(
            model_spec=_spec(model, signature), input=_examples(examples)
        )
        answer = _ask(self._prediction.Classify, request, seconds)
        return [[(c.label, c.score) for c in one.classes] for one in answer.result.classifications]

    def regress(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[float]:
        """Regress."""
        request = regression_pb2.RegressionRequest(
            model_spec=_spec(model, signature), input=_examples(examples)
        )
        answer = _ask(self._prediction.Regress, request, seconds)
        return [r.value for r in answer.result.regressions]

    def status(self, model: Model, seconds: float) -> dict[int, tuple[str, str]]:
        """GetModelStatus."""
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=_spec(model))
        answer = _ask(self._models.GetModelStatus, request, seconds)
        state = get_model_status_pb2.ModelVersionStatus.State
        return {
            v.version: (state.Name(v.state), v.status.error_message)
            for v in answer.model_version_status
        }

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()


def _ask(call: Any, request: Any, seconds: float) -> Any:
    try:
        return call(request, timeout=seconds)
    except grpc.RpcError as e:
        number = e.code().value[0]
        raise ServingError(code_of(number), e.details() or e.code().name) from e


def _spec(model: Model, signature: str = "") -> ModelSpec:
    spec = ModelSpec(name=model.name, signature_name=signature)
    if model.version is not None:
        spec.version.value = model.version
    elif model.label:
        spec.version_label = model.label
    return spec


def _tensors(described: Mapping[str, Any]) -> dict[str, Tensor]:
    return {
        name: Tensor(
            tf.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else tuple(None if d.size < 0 else d.size for d in info.tensor_shape.dim),
        )
        for name, info in described.items()
    }


def _examples(examples: Sequence[Mapping[str, Any]]) -> Any:
    """The examples as REST would hold them, read as the server reads those."""
    from kerasuite.serving.client_rest import feature

    return read_examples(
        {"examples": [{k: feature(v) for k, v in example.items()} for example in examples]}
    )


def _read(path: Any) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}") from e
