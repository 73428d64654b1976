"""Warm-up requests in TF Serving's own format: it answers them before a version goes live."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

from kerasuite.export.signature import Check

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
# Of a request of several examples: decoded pictures would take more than the model itself.
MOST_BYTES = 1 << 20


def write_warmup(path: Path, model_name: str, checks: dict[str, Check]) -> int:
    """Writes two requests per signature, of one example and of all in the check.

    Of all only so many as take `MOST_BYTES` together; where that is one, there is one request.

    Args:
        path: folder of the SavedModel.
        model_name: the name that it will be served under.
        checks: their inputs become the requests.

    Returns:
        The number of requests.
    """
    file = path / FILE
    file.parent.mkdir(exist_ok=True)
    logs = []
    for name, check in checks.items():
        count = len(next(iter(check.inputs.values())))
        whole = _log(model_name, name, check.inputs, count).ByteSize()
        fitting = max(1, min(count, count * MOST_BYTES // whole))
        logs += [_log(model_name, name, check.inputs, n) for n in sorted({1, fitting})]
    with tf.io.TFRecordWriter(str(file)) as writer:
        for log in logs:
            writer.write(log.SerializeToString())
    return len(logs)


def _log(
    model_name: str, signature: str, inputs: dict[str, np.ndarray], count: int
) -> prediction_log_pb2.PredictionLog:
    request = predict_pb2.PredictRequest(
        model_spec=model_pb2.ModelSpec(name=model_name, signature_name=signature),
        inputs={k: tf.make_tensor_proto(v[:count]) for k, v in inputs.items()},
    )
    return prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=request)
    )
