"""The REST API as an ASGI application: sockets in the event loop, models in threads."""

import asyncio
import logging
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from kerasuite.serving import json_answers, json_requests, json_values, rest_paths
from kerasuite.serving.inference import SIGNATURE_DEF, Inference
from kerasuite.serving.logs import log
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.rest_paths import Address
from kerasuite.serving.servable import timed_micros
from kerasuite.serving.status import Code, ServingError, invalid

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}
_TOO_LARGE, _TOO_SLOW = 413, 408
# A client that is refused while it still sends may lose the answer: read on for a while.
_DISCARDED = 64 << 20
LIVE, READY = "/healthz", "/readyz"


@dataclass(frozen=True)
class RestOptions:
    """Limits and extras.

    Attributes:
        threads: requests that are worked on at once.
        timeout: seconds that sending a request and answering it may take, each.
        max_body: bytes of the largest body.
        cors: let pages of other hosts ask.
        metrics_path: where the metrics are; None for nowhere.
    """

    threads: int = 8
    timeout: float = 30.0
    max_body: int = 64 << 20
    cors: bool = False
    metrics_path: str | None = None


@dataclass(frozen=True)
class _Refused(Exception):
    """A request that is refused before it is read whole."""

    http: int
    message: str


class RestApi:
    """TF Serving's REST API.

    Args:
        inference: answers.
        metrics: counts, and the page that shows them.
        options: limits and extras.
        ready: whether requests can be answered now.
    """

    def __init__(
        self,
        inference: Inference,
        metrics: Metrics,
        options: RestOptions,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._inference = inference
        self._metrics = metrics
        self._options = options
        self._ready = ready
        self._threads = ThreadPoolExecutor(options.threads, thread_name_prefix="rest")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request, as ASGI servers ask."""
        if scope["type"] != "http":
            return
        try:
            response = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return
        if self._options.cors:
            response.headers.update(_CORS)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        if request.method == "GET" and (page := self._page(path)):
            return page
        if request.method == "OPTIONS" and self._options.cors:
            return Response(media_type="application/json")
        if not path.lower().startswith("/v1/"):
            return _error(404, f"Not found: {request.method} {path}")
        try:
            body = await asyncio.wait_for(self._body(request), self._options.timeout)
        except TimeoutError:
            return _error(_TOO_SLOW, "The request was not sent in time", close=True)
        except _Refused as e:
            return _error(e.http, e.message, close=True)
        return await self._work(request.method, path, body)

    def _page(self, path: str) -> Response | None:
        if path == LIVE:
            return Response("ok\n", media_type="text/plain")
        if path == READY:
            ready = self._ready()
            return Response("ok\n" if ready else "not ready\n", 200 if ready else 503)
        if path == self._options.metrics_path:
            return Response(self._metrics.page(), media_type="text/plain; version=0.0.4")
        return None

    async def _body(self, request: Request) -> bytes:
        limit = self._options.max_body
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                parts.append(part)
            elif size > limit + _DISCARDED:
                break
        if size > limit:
            raise _Refused(_TOO_LARGE, f"The request is larger than {limit} bytes")
        body = b"".join(parts)
        if request.headers.get("content-encoding", "").lower() == "gzip":
            return _unpacked(body, limit)
        return body

    async def _work(self, method: str, path: str, body: bytes) -> Response:
        start, timeout = time.perf_counter(), self._options.timeout
        deadline = time.monotonic() + timeout
        address: Address | None = None
        try:
            address = rest_paths.read(method, path)
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self._threads, self._process, address, body, deadline)
            text, code = await asyncio.wait_for(work, timeout), Code.OK
        except TimeoutError:
            e = ServingError(Code.DEADLINE_EXCEEDED, f"Timed out after {timeout:g} s")
            text, code = json_answers.error(e), e.code
        except ServingError as e:
            text, code = json_answers.error(e), e.code
        except Exception as e:  # whatever a request brings about, the server goes on
            logging.getLogger("kerasuite.serving").exception("internal error")
            failure = ServingError(Code.INTERNAL, f"Internal error: {type(e).__name__}")
            text, code = json_answers.error(failure), failure.code
        self._record(address, method, path, code, timed_micros(start))
        return Response(text, code.http, media_type="application/json")

    def _process(self, address: Address, body: bytes, deadline: float) -> str:
        spec = address.spec
        match address.method:
            case "status":
                response = self._inference.status(GetModelStatusRequest(model_spec=spec))
                return json_answers.status(response)
            case "metadata":
                request = GetModelMetadataRequest(model_spec=spec, metadata_field=[SIGNATURE_DEF])
                return json_answers.metadata(self._inference.metadata(request))
            case "predict":
                return self._predict(address, body, deadline)
        document = json_values.parse(body)
        spec.signature_name = json_requests.signature_name(document)
        examples = json_requests.examples(document)
        if address.method == "classify":
            request = ClassificationRequest(model_spec=spec, input=examples)
            return json_answers.classifications(self._inference.classify(request, deadline).result)
        request = RegressionRequest(model_spec=spec, input=examples)
        return json_answers.regressions(self._inference.regress(request, deadline).result)

    def _predict(self, address: Address, body: bytes, deadline: float) -> str:
        document = json_values.parse(body)
        name = json_requests.signature_name(document)
        with self._inference.manager.acquire(address.spec) as servable:
            infos = servable.signature(name).inputs
            inputs, form = json_requests.predict_inputs(document, infos)
            outputs = self._inference.predict_arrays(servable, name, inputs, (), deadline)
        return json_answers.predictions(outputs, form)

    def _record(
        self, address: Address | None, method: str, path: str, code: Code, micros: float
    ) -> None:
        model = address.spec.name if address else ""
        api = address.method if address else ""
        if api in ("predict", "classify", "regress"):
            # Names that clients make up must not fill the metrics.
            known = model if code is not Code.NOT_FOUND else ""
            self._metrics.count("/tensorflow/serving/request_count", known, code.name)
            if code is Code.OK:
                self._metrics.observe(
                    "/tensorflow/serving/request_latency", known, api, "REST", value=micros
                )
        log(
            "request", logging.DEBUG if code is Code.OK else logging.INFO,
            entrypoint="REST", method=method, path=path, code=code.name,
            milliseconds=round(micros / 1000, 3),
        )  # fmt: skip

    def close(self) -> None:
        """Ends the threads, each after the work that it has begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _unpacked(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error as e:
        raise _Refused(400, f"The request's gzip data is damaged: {e}") from e
    if not unpacker.eof and len(data) <= limit:
        raise _Refused(400, "The request's gzip data is damaged: it ends too early")
    if len(data) > limit:
        raise _Refused(_TOO_LARGE, f"The request is larger than {limit} bytes")
    return data


def _error(http: int, message: str, close: bool = False) -> Response:
    headers = {"Connection": "close"} if close else None
    text = json_answers.error(invalid(message))
    return Response(text, http, headers, media_type="application/json")
