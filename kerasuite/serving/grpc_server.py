"""The gRPC services: PredictionService, ModelService, health and reflection."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from tensorflow_serving.apis import (
    model_management_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2,
    prediction_service_pb2_grpc,
)

from kerasuite.errors import InputError
from kerasuite.serving.inference import Inference
from kerasuite.serving.logs import log
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.servable import timed_micros
from kerasuite.serving.status import Code, ServingError, invalid

_PREDICTION = prediction_service_pb2.DESCRIPTOR.services_by_name["PredictionService"].full_name
_MODEL = model_service_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name
_HEALTHY = ("", _PREDICTION, _MODEL)
_MOST_TOLD = 1024  # characters, as in TF Serving
_GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class GrpcOptions:
    """Limits and extras.

    Attributes:
        threads: requests that are worked on at once.
        max_waiting: further requests that may wait for a thread; the next are refused.
        max_message: bytes of the largest request.
        channel_arguments: further arguments of the gRPC server, by name.
    """

    threads: int = 8
    max_waiting: int = 1000
    max_message: int = 64 << 20
    channel_arguments: tuple[tuple[str, Any], ...] = ()


class _Calls:
    """Turns a function of the service into a gRPC handler: codes, metrics, log."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def answer(
        self, api: str, model: str, work: Callable[..., Any], request: Any, context: Any
    ) -> Any:
        start, code, message, response = time.perf_counter(), Code.OK, "", None
        try:
            response = work(request, _deadline(context))
        except ServingError as e:
            code, message = e.code, e.message
        except Exception as e:  # whatever a request brings about, the server goes on
            logging.getLogger("kerasuite.serving").exception("internal error")
            code, message = Code.INTERNAL, f"Internal error: {type(e).__name__}"
        micros = timed_micros(start)
        if api in ("Predict", "Classify", "Regress", "MultiInference"):
            known = model if code is not Code.NOT_FOUND else ""
            self.metrics.count("/tensorflow/serving/request_count", known, code.name)
            if code is Code.OK:
                self.metrics.observe(
                    "/tensorflow/serving/request_latency", known, api, "GRPC", value=micros
                )
        log(
            "request", logging.DEBUG if code is Code.OK else logging.INFO,
            entrypoint="GRPC", method=api, model=model, code=code.name,
            milliseconds=round(micros / 1000, 3),
        )  # fmt: skip
        if code is not Code.OK:
            context.abort(_GRPC_CODES[code.number], _shortened(message))
        return response


def _shortened(message: str) -> str:
    """What is sent of a message: it quotes requests, and clients refuse large headers."""
    return message if len(message) <= _MOST_TOLD else f"{message[:_MOST_TOLD]}...TRUNCATED"


def _deadline(context: Any) -> float | None:
    remaining = context.time_remaining()
    return None if remaining is None else time.monotonic() + remaining


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, inference: Inference, calls: _Calls) -> None:
        self._inference = inference
        self._answer = calls.answer

    def Predict(self, request: Any, context: Any) -> Any:
        model = request.model_spec.name
        return self._answer("Predict", model, self._inference.predict, request, context)

    def Classify(self, request: Any, context: Any) -> Any:
        model = request.model_spec.name
        return self._answer("Classify", model, self._inference.classify, request, context)

    def Regress(self, request: Any, context: Any) -> Any:
        model = request.model_spec.name
        return self._answer("Regress", model, self._inference.regress, request, context)

    def MultiInference(self, request: Any, context: Any) -> Any:
        model = request.tasks[0].model_spec.name if request.tasks else ""
        work = self._inference.multi_inference
        return self._answer("MultiInference", model, work, request, context)

    def GetModelMetadata(self, request: Any, context: Any) -> Any:
        def work(request: Any, deadline: float | None) -> Any:
            return self._inference.metadata(request)

        return self._answer("GetModelMetadata", request.model_spec.name, work, request, context)


class _Models(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, inference: Inference, calls: _Calls, reload: Callable[[Any], None]) -> None:
        self._inference = inference
        self._answer = calls.answer
        self._total = calls.metrics.total
        self._reload = reload

    def GetModelStatus(self, request: Any, context: Any) -> Any:
        def work(request: Any, deadline: float | None) -> Any:
            return self._inference.status(request)

        return self._answer("GetModelStatus", request.model_spec.name, work, request, context)

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:
        return self._answer("HandleReloadConfigRequest", "", self._work, request, context)

    def _work(self, request: Any, deadline: float | None) -> Any:
        """Reloads, and tells by how much the counters that the request names grew with it."""
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                "Only ModelConfigList is currently supported"
            )
        before = {name: self._total(name) for name in request.metric_names}
        self._reload(request.config)
        response = model_management_pb2.ReloadConfigResponse()
        response.status.SetInParent()
        for name, total in before.items():
            response.metric.add(name=name, int64_value_increase=self._total(name) - total)
        return response


class GrpcServer:
    """The gRPC server.

    Args:
        inference: answers.
        metrics: counts requests.
        reload: takes a ModelServerConfig that a client sends.
        address: host and port.
        options: limits and extras.
        credentials: for TLS.

    Raises:
        InputError: if the port is taken.
    """

    def __init__(
        self,
        inference: Inference,
        metrics: Metrics,
        reload: Callable[[Any], None],
        address: str,
        options: GrpcOptions,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        self._threads = ThreadPoolExecutor(options.threads, thread_name_prefix="grpc")
        self._server = grpc.server(
            self._threads,
            maximum_concurrent_rpcs=options.threads + options.max_waiting,
            options=[
                ("grpc.max_receive_message_length", options.max_message),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
                *options.channel_arguments,
            ],
        )
        calls = _Calls(metrics)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            _Prediction(inference, calls), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            _Models(inference, calls, reload), self._server
        )
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (_PREDICTION, _MODEL, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        try:
            if credentials:
                self.port = self._server.add_secure_port(address, credentials)
            else:
                self.port = self._server.add_insecure_port(address)
        except RuntimeError as e:
            raise InputError(f"--port: cannot listen on {address}: {e}") from e

    def start(self) -> None:
        """Starts answering."""
        self._server.start()

    def set_ready(self, ready: bool) -> None:
        """Tells the health service's clients whether requests are answered."""
        status = health_pb2.HealthCheckResponse
        for name in _HEALTHY:
            self._health.set(name, status.SERVING if ready else status.NOT_SERVING)

    def stop(self, seconds: float) -> None:
        """Takes no new requests, and lets those in flight finish for a while."""
        self._health.enter_graceful_shutdown()
        self._server.stop(seconds).wait(seconds + 5)
        self._threads.shutdown(wait=False)
