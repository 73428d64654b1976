"""Answers the requests that a SavedModel carries, before it goes live."""

import time
from collections.abc import Iterator

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from kerasuite.export.warmup import FILE
from kerasuite.serving import tensors
from kerasuite.serving.inference import Run, serialized
from kerasuite.serving.logs import log
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.servable import Servable, timed_micros
from kerasuite.serving.status import Code, ServingError

_MOST = 1000  # TF Serving's limit


class WarmUp:
    """Replays assets.extra/tf_serving_warmup_requests.

    Args:
        run: how signatures are called.
        metrics: takes the time that it took.
        rounds: how often each request is answered.
    """

    def __init__(self, run: Run, metrics: Metrics, rounds: int = 1) -> None:
        self._run = run
        self._metrics = metrics
        self._rounds = max(1, rounds)

    def __call__(self, servable: Servable) -> None:
        """Warms a version up.

        Raises:
            ServingError: if a request fails or the file is damaged: the version must not go live.
        """
        start, count, code = time.perf_counter(), 0, Code.OK
        try:
            for entry in logs(servable):
                for _ in range(self._rounds):
                    self._replay(servable, entry)
                count += 1
        except ServingError as e:
            code = e.code
            raise ServingError(e.code, f"Warm-up request {count} failed: {e.message}") from e
        finally:
            self._metrics.observe(
                "/tensorflow/serving/model_warmup_latency",
                str(servable.path),
                code.name,
                value=timed_micros(start),
            )
        log("warmed up", model=servable.name, version=servable.version, requests=count)

    def _replay(self, servable: Servable, entry: PredictionLog) -> None:
        kind = entry.WhichOneof("log_type")
        if kind == "predict_log":
            request = entry.predict_log.request
            inputs = {name: tensors.from_proto(name, t) for name, t in request.inputs.items()}
            self._call(servable, request.model_spec.signature_name, inputs)
        elif kind in ("classify_log", "regress_log"):
            request = getattr(entry, kind).request
            inputs = {"inputs": serialized(request.input)}
            self._call(servable, request.model_spec.signature_name, inputs)
        elif kind == "multi_inference_log":
            request = entry.multi_inference_log.request
            for task in request.tasks:
                inputs = {"inputs": serialized(request.input)}
                self._call(servable, task.model_spec.signature_name, inputs)
        else:
            raise ServingError(Code.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}")

    def _call(self, servable: Servable, signature: str, inputs: dict) -> None:
        servable.signature(signature)
        self._run(servable, signature, inputs)


def logs(servable: Servable) -> Iterator[PredictionLog]:
    """The requests that a SavedModel carries.

    Raises:
        ServingError: if their file is damaged or holds too many.
    """
    file = servable.path / FILE
    if not file.is_file():
        return
    try:
        for i, record in enumerate(tf.data.TFRecordDataset(str(file)).as_numpy_iterator()):
            if i >= _MOST:
                raise ServingError(
                    Code.INVALID_ARGUMENT, f"Number of warmup records exceeds the maximum ({_MOST})"
                )
            yield PredictionLog.FromString(record)
    except (tf.errors.DataLossError, DecodeError) as e:
        raise ServingError(
            Code.DATA_LOSS, f"Failed to parse warmup record: {file} is damaged"
        ) from e
