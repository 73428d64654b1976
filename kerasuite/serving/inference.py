"""What the services do, whichever protocol asks: Predict, Classify, Regress, MultiInference."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from tensorflow.core.framework.types_pb2 import DataType
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    input_pb2,
    predict_pb2,
    regression_pb2,
)
from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasuite.serving import tensors
from kerasuite.serving.manager import ModelManager
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.servable import DEFAULT_SIGNATURE, Arrays, Servable, timed_micros
from kerasuite.serving.status import Code, ServingError, invalid

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"
SIGNATURE_DEF = "signature_def"


class Run(Protocol):
    """Calls a signature, alone or in a batch with others."""

    def __call__(
        self,
        servable: Servable,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> Arrays:
        """Args as of Servable.run; `deadline` in seconds of time.monotonic()."""


def run_alone(
    servable: Servable,
    signature: str,
    inputs: Mapping[str, np.ndarray],
    outputs: Sequence[str] = (),
    deadline: float | None = None,
) -> Arrays:
    """Calls a signature with these inputs and no others."""
    check_deadline(deadline)
    servable.check(signature, inputs)
    return servable.run(signature, inputs, outputs)


def check_deadline(deadline: float | None) -> None:
    """Raises a ServingError where the client no longer waits."""
    if deadline is not None and time.monotonic() >= deadline:
        raise ServingError(Code.DEADLINE_EXCEEDED, "Deadline exceeded before the model was run")


class Inference:
    """The prediction service over a manager's models.

    Args:
        manager: of the models.
        metrics: what is counted.
        run: how a signature is called.
        check_methods: classify and regress only signatures made for it by their method name, which
            those of TensorFlow 2 never are.
    """

    def __init__(
        self,
        manager: ModelManager,
        metrics: Metrics,
        run: Run = run_alone,
        check_methods: bool = False,
    ) -> None:
        self.manager = manager
        self._metrics = metrics
        self._run = run
        self._check_methods = check_methods

    def predict_arrays(
        self,
        servable: Servable,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> Arrays:
        """Calls a signature of an acquired version.

        Raises:
            ServingError: if inputs or outputs do not fit the signature, or the graph fails.
        """
        known = servable.signature(signature).outputs
        for i, name in enumerate(outputs):
            if name not in known:
                raise invalid(
                    f"output tensor alias not found in signature: {name} Outputs expected to be in "
                    f"the set {{{','.join(sorted(known))}}}."
                )
            if name in outputs[:i]:
                raise invalid(f"duplicate output tensor alias: {name}")
        with self._timed(servable, "Predict"):
            return self._run(servable, signature, inputs, outputs, deadline)

    def predict(
        self, request: predict_pb2.PredictRequest, deadline: float | None = None
    ) -> predict_pb2.PredictResponse:
        """PredictionService.Predict."""
        spec = _spec(request)
        with self.manager.acquire(spec) as servable:
            try:
                servable.signature(spec.signature_name)
            except ServingError as e:  # gRPC has another code and text for it than REST
                name = spec.signature_name or DEFAULT_SIGNATURE
                message = f'Serving signature key "{name}" not found.'
                raise ServingError(Code.FAILED_PRECONDITION, message) from e
            inputs = {name: tensors.from_proto(name, t) for name, t in request.inputs.items()}
            outputs = self.predict_arrays(
                servable, spec.signature_name, inputs, list(request.output_filter), deadline
            )
            response = predict_pb2.PredictResponse(model_spec=_answered(servable, spec))
        for name, array in outputs.items():
            response.outputs[name].CopyFrom(tensors.to_proto(array))
        return response

    def classify(
        self, request: classification_pb2.ClassificationRequest, deadline: float | None = None
    ) -> classification_pb2.ClassificationResponse:
        """PredictionService.Classify."""
        with self.manager.acquire(_spec(request)) as servable:
            result = self._classify(servable, request.model_spec, request.input, deadline)
            return classification_pb2.ClassificationResponse(
                model_spec=_answered(servable, request.model_spec), result=result
            )

    def regress(
        self, request: regression_pb2.RegressionRequest, deadline: float | None = None
    ) -> regression_pb2.RegressionResponse:
        """PredictionService.Regress."""
        with self.manager.acquire(_spec(request)) as servable:
            result = self._regress(servable, request.model_spec, request.input, deadline)
            return regression_pb2.RegressionResponse(
                model_spec=_answered(servable, request.model_spec), result=result
            )

    def multi_inference(
        self, request: inference_pb2.MultiInferenceRequest, deadline: float | None = None
    ) -> inference_pb2.MultiInferenceResponse:
        """PredictionService.MultiInference: several heads of one model on the same examples."""
        if not request.tasks:
            raise invalid("Inference request must have at least one task")
        _check_tasks(request)
        response = inference_pb2.MultiInferenceResponse()
        with self.manager.acquire(request.tasks[0].model_spec) as servable:
            for task in request.tasks:
                result = response.results.add(model_spec=_answered(servable, task.model_spec))
                if task.method_name == CLASSIFY:
                    answer = self._classify(servable, task.model_spec, request.input, deadline)
                    result.classification_result.CopyFrom(answer)
                else:
                    answer = self._regress(servable, task.model_spec, request.input, deadline)
                    result.regression_result.CopyFrom(answer)
        return response

    def metadata(
        self, request: get_model_metadata_pb2.GetModelMetadataRequest
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """PredictionService.GetModelMetadata."""
        spec = _spec(request)
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for field in request.metadata_field:
            if field != SIGNATURE_DEF:
                raise invalid(f"Metadata field {field} is not supported")
        with self.manager.acquire(spec) as servable:
            response = get_model_metadata_pb2.GetModelMetadataResponse()
            response.model_spec.name = servable.name
            response.model_spec.version.value = servable.version
            signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=servable.signatures)
            response.metadata[SIGNATURE_DEF].Pack(signatures)
            return response

    def status(
        self, request: get_model_status_pb2.GetModelStatusRequest
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """ModelService.GetModelStatus."""
        response = get_model_status_pb2.GetModelStatusResponse()
        for version, state in self.manager.status(_spec(request)).items():
            entry = response.model_version_status.add(version=version, state=int(state.state))
            entry.status.error_code = state.code.number
            entry.status.error_message = state.message
        return response

    # --- parts -----------------------------------------------------------------------------------

    def _classify(
        self, servable: Servable, spec: ModelSpec, examples: input_pb2.Input, deadline: Any
    ) -> classification_pb2.ClassificationResult:
        signature = self._examples_signature(servable, spec.signature_name, CLASSIFY)
        if not {"classes", "scores"} & set(signature.outputs):
            raise invalid(
                "Expected classification signature outputs to contain at least one of "
                f'"classes" or "scores". It has: {",".join(sorted(signature.outputs))}'
            )
        names = [n for n in ("classes", "scores") if n in signature.outputs]
        batch = serialized(examples)
        outputs = self._on_examples(servable, spec, batch, names, "Classify", deadline)
        return _classification(outputs.get("classes"), outputs.get("scores"), len(batch))

    def _regress(
        self, servable: Servable, spec: ModelSpec, examples: input_pb2.Input, deadline: Any
    ) -> regression_pb2.RegressionResult:
        signature = self._examples_signature(servable, spec.signature_name, REGRESS)
        if "outputs" not in signature.outputs:
            raise invalid("No regression outputs found in SignatureDef: it lacks 'outputs'")
        batch = serialized(examples)
        outputs = self._on_examples(servable, spec, batch, ["outputs"], "Regress", deadline)
        return _regression(outputs["outputs"], len(batch))

    def _examples_signature(self, servable: Servable, name: str, method: str) -> SignatureDef:
        kind = "classification" if method == CLASSIFY else "regression"
        name = name or DEFAULT_SIGNATURE
        try:
            signature = servable.signature(name)
        except ServingError as e:
            raise invalid(f"No signature was found with the name: {name}") from e
        if self._check_methods and signature.method_name != method:
            raise invalid(
                f"Expected {kind} signature method_name to be {method}. "
                f"Was: {signature.method_name}"
            )
        if len(signature.inputs) != 1:
            raise invalid("Expected one input Tensor.")
        outputs = len(signature.outputs)
        if method == CLASSIFY and outputs not in (1, 2):
            raise invalid(f"Expected one or two output Tensors, found {outputs}")
        if method == REGRESS and outputs != 1:
            raise invalid("Expected one output Tensor.")
        if "inputs" not in signature.inputs:
            raise invalid(f"No {kind} inputs found in SignatureDef: it lacks 'inputs'")
        return signature

    def _on_examples(
        self,
        servable: Servable,
        spec: ModelSpec,
        batch: np.ndarray,
        outputs: Sequence[str],
        api: str,
        deadline: float | None,
    ) -> Arrays:
        counted = "/tensorflow/serving/request_example_count"
        self._metrics.observe(f"{counted}s", servable.name, value=len(batch))
        self._metrics.count(f"{counted}_total", servable.name, by=len(batch))
        with self._timed(servable, api):
            return self._run(servable, spec.signature_name, {"inputs": batch}, outputs, deadline)

    @contextlib.contextmanager
    def _timed(self, servable: Servable, api: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._metrics.observe(
            "/tensorflow/serving/runtime_latency",
            servable.name,
            api,
            "TF2",
            value=timed_micros(start),
        )


def serialized(examples: input_pb2.Input) -> np.ndarray:
    """The examples of a request, each with the context that they share, as serialized protos.

    Raises:
        ServingError: INVALID_ARGUMENT if there is none.
    """
    kind = examples.WhichOneof("kind")
    if kind == "example_list_with_context":
        # The concatenation of two serialized messages is the message merged from both.
        context = examples.example_list_with_context.context.SerializeToString()
        held = [
            context + e.SerializeToString() for e in examples.example_list_with_context.examples
        ]
    else:
        held = [e.SerializeToString() for e in examples.example_list.examples]
    if not held:
        raise invalid("Input is empty.")
    return np.array([*held, None], dtype=object)[:-1]  # `None` keeps NumPy from guessing a dtype


def _spec(request: Any) -> ModelSpec:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
    return request.model_spec


def _answered(servable: Servable, spec: ModelSpec) -> ModelSpec:
    answered = ModelSpec(
        name=servable.name, signature_name=spec.signature_name or DEFAULT_SIGNATURE
    )
    answered.version.value = servable.version
    return answered


def _check_tasks(request: inference_pb2.MultiInferenceRequest) -> None:
    seen: set[str] = set()
    first = request.tasks[0].model_spec
    for task in request.tasks:
        spec = task.model_spec
        if not spec.name:
            raise invalid("Found ModelSpec with an empty model name.")
        if spec.name != first.name:
            raise invalid(
                "All ModelSpecs in a MultiInferenceRequest must access the same model name."
            )
        name = spec.signature_name or DEFAULT_SIGNATURE
        if name in seen:
            raise invalid(f"Duplicate evaluation of signature: {name}")
        seen.add(name)
        if task.method_name not in (CLASSIFY, REGRESS):
            raise ServingError(
                Code.UNIMPLEMENTED, f"Unsupported signature method_name: {task.method_name}"
            )


def _classification(
    classes: np.ndarray | None, scores: np.ndarray | None, examples: int
) -> classification_pb2.ClassificationResult:
    for name, array, is_right in (
        ("classes", classes, lambda a: a.dtype == object),
        ("scores", scores, lambda a: a.dtype == np.float32),
    ):
        if array is not None:
            _check_per_example(name, array, is_right, examples)
    if classes is not None and scores is not None and classes.shape != scores.shape:
        raise invalid(
            "Tensors class and score should match in dim_size(1). "
            f"Got {classes.shape[1]} vs. {scores.shape[1]}"
        )
    result = classification_pb2.ClassificationResult()
    width = (classes if classes is not None else scores).shape[1]
    for i in range(examples):
        row = result.classifications.add().classes
        for j in range(width):
            entry = row.add()
            if classes is not None:
                entry.label = classes[i, j].decode("utf-8", "replace")
            if scores is not None:
                entry.score = scores[i, j]
    return result


def _check_per_example(
    name: str, array: np.ndarray, is_right: Callable[[np.ndarray], bool], examples: int
) -> None:
    if array.ndim != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {_shown(array)}")
    if not is_right(array):
        wanted = {"classes": "DT_STRING", "scores": "DT_FLOAT"}[name]
        raise invalid(f"Expected {name} Tensor of {wanted}. Got: {_dtype(array)}")
    if len(array) != examples:
        raise invalid(f"Expected {name} output batch size of {examples}. Got: {len(array)}")


def _shown(array: np.ndarray) -> str:
    return f"[{','.join(map(str, array.shape))}]"


def _dtype(array: np.ndarray) -> str:
    return DataType.Name(tensors.dtype_of(array).as_datatype_enum)


def _regression(outputs: np.ndarray, examples: int) -> regression_pb2.RegressionResult:
    if outputs.ndim not in (1, 2) or (outputs.ndim == 2 and outputs.shape[1] != 1):
        raise invalid(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got "
            f"{_shown(outputs)}"
        )
    if len(outputs) != examples:
        raise invalid(
            f"Input batch size did not match output batch size: {examples} vs. {len(outputs)}"
        )
    if outputs.dtype != np.float32:
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: {_dtype(outputs)}")
    result = regression_pb2.RegressionResult()
    for value in outputs.ravel().tolist():
        result.regressions.add(value=value)
    return result
