"""One loaded version of a model: its signatures, and calling them with arrays."""

import contextlib
import functools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from kerasuite.serving import tensors
from kerasuite.serving.status import Code, ServingError, code_of, invalid

DEFAULT_SIGNATURE = "serving_default"
Arrays = dict[str, np.ndarray]


class Servable:
    """A version of a SavedModel in memory.

    Args:
        name: of the model.
        version: its number.
        path: folder of the SavedModel.
        tags: tags of the graph to load.

    Raises:
        ServingError: if the folder holds no SavedModel that can be loaded.
    """

    def __init__(
        self, name: str, version: int, path: Path, tags: Sequence[str] = ("serve",)
    ) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.signatures = read_signatures(path, tags)
        self._loaded: Any = _load(path, tags)
        self._functions = {
            name: self._loaded.signatures[name]
            for name in self.signatures
            if name in self._loaded.signatures
        }
        self._specs = {k: _specs(self.signatures[k].inputs) for k in self._functions}

    def signature(self, name: str) -> meta_graph_pb2.SignatureDef:
        """A signature by name, the default one for "".

        Raises:
            ServingError: if there is none.
        """
        name = name or DEFAULT_SIGNATURE
        if name not in self._functions:
            raise invalid(f'Serving signature name: "{name}" not found in signature def')
        return self.signatures[name]

    def check(self, signature: str, inputs: Mapping[str, np.ndarray]) -> None:
        """Holds inputs against a signature: names, dtypes and shapes.

        Raises:
            ServingError: INVALID_ARGUMENT, naming the first input that does not fit.
        """
        specs = self._specs[signature or DEFAULT_SIGNATURE]
        if inputs.keys() != specs.keys():
            raise invalid(_names_differ(inputs, specs))
        for name, spec in specs.items():
            array = inputs[name]
            dtype = tensors.dtype_of(array)
            if dtype != spec.dtype:
                raise invalid(
                    f"Input {name!r} is expected to be {spec.dtype.name} but {dtype.name} is "
                    "provided"
                )
            if not spec.shape.is_compatible_with(array.shape):
                raise invalid(
                    f"Input {name!r} is expected to have shape {_shape(spec.shape)} but has "
                    f"{_shape(array.shape)}"
                )

    def run(
        self, signature: str, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] = ()
    ) -> Arrays:
        """Calls a signature with inputs that `check` let pass; safe from several threads.

        Args:
            signature: its name, "" for the default one.
            inputs: arrays by name; strings as bytes in an object array.
            outputs: names of the outputs to return; all if empty.

        Returns:
            Arrays by output name; strings as bytes in an object array.

        Raises:
            ServingError: with TensorFlow's own code if the graph fails.
        """
        function = self._functions[signature or DEFAULT_SIGNATURE]
        try:
            results = function(**{k: tf.constant(v) for k, v in inputs.items()})
            return {k: _numpy(results[k]) for k in outputs or sorted(results)}
        except tf.errors.OpError as e:
            raise ServingError(code_of(e.error_code), _reason(e)) from e
        except (TypeError, ValueError) as e:
            raise invalid(str(e).splitlines()[0]) from e
        except MemoryError as e:
            raise ServingError(Code.RESOURCE_EXHAUSTED, "Out of memory") from e

    def close(self) -> None:
        """Lets go of the model's memory."""
        self._functions = {}
        self._loaded = None


def read_signatures(path: Path, tags: Sequence[str]) -> dict[str, meta_graph_pb2.SignatureDef]:
    """The signatures of a SavedModel's graph.

    Raises:
        ServingError: NOT_FOUND if there is no such file or graph, DATA_LOSS if it is damaged.
    """
    try:
        data = (path / "saved_model.pb").read_bytes()
        model = saved_model_pb2.SavedModel.FromString(data)
    except OSError as e:
        raise ServingError(
            Code.NOT_FOUND,
            f"Could not find SavedModel .pb at supplied export directory path: {path}",
        ) from e
    except DecodeError as e:
        raise ServingError(Code.DATA_LOSS, f"{path}/saved_model.pb cannot be parsed") from e
    for graph in model.meta_graphs:
        if set(graph.meta_info_def.tags) == set(tags):
            return dict(graph.signature_def)
    raise ServingError(
        Code.NOT_FOUND,
        f"Could not find meta graph def matching supplied tags: {{ {' '.join(tags)} }}",
    )


def _load(path: Path, tags: Sequence[str]) -> Any:
    _text_operations()
    try:
        return tf.saved_model.load(str(path), tags=list(tags))
    except tf.errors.OpError as e:
        raise ServingError(code_of(e.error_code), _reason(e)) from e
    except Exception as e:  # a damaged graph can fail anywhere in the loader
        raise ServingError(Code.DATA_LOSS, f"{path} cannot be loaded: {str(e)[:500]}") from e


@functools.cache
def _text_operations() -> None:
    """Makes tensorflow-text's operations known, as stock TF Serving does."""
    with contextlib.suppress(ImportError):
        import tensorflow_text  # noqa: F401


def _specs(inputs: Mapping[str, meta_graph_pb2.TensorInfo]) -> dict[str, tf.TensorSpec]:
    try:
        return {
            name: tf.TensorSpec(tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype), name)
            for name, info in inputs.items()
        }
    except (TypeError, ValueError) as e:  # no dtype, as inputs of several parts have none
        raise ServingError(Code.DATA_LOSS, f"A signature's input cannot be served: {e}") from e


def _names_differ(sent: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if len(sent) == len(wanted):
        stranger = min(sent.keys() - wanted.keys())
        return (
            f"input tensor alias not found in signature: {stranger}. Inputs expected to be in the "
            f"set {{{','.join(sorted(wanted))}}}."
        )
    return (
        f"input size does not match signature: {len(sent)}!={len(wanted)} "
        f"len({{{','.join(sorted(sent))}}}) != len({{{','.join(sorted(wanted))}}}). "
        f"Sent extra: {{{','.join(sorted(sent.keys() - wanted.keys()))}}}. "
        f"Missing but required: {{{','.join(sorted(wanted.keys() - sent.keys()))}}}."
    )


def _shape(shape: Any) -> str:
    shape = tf.TensorShape(shape)
    if shape.rank is None:
        return "[?]"
    return f"[{','.join(str(-1 if n is None else n) for n in shape.as_list())}]"


def _numpy(tensor: tf.Tensor) -> np.ndarray:
    value = tensor.numpy()
    if isinstance(value, np.ndarray):
        return value
    # A scalar: TensorFlow gives plain bytes or a NumPy scalar.
    return np.array(value, dtype=object if isinstance(value, bytes) else None)


def _reason(error: tf.errors.OpError) -> str:
    """TensorFlow's message without the places in Python that mean nothing to a client."""
    lines = [
        line
        for line in (error.message or "").partition(" [Op:")[0].splitlines()
        if line.strip()
        and not line.startswith(("Graph execution error", "Detected at node", "<stack traces"))
    ]
    return "\n".join(lines) or type(error).__name__


def timed_micros(start: float) -> float:
    """Microseconds since `time.perf_counter()` gave `start`."""
    return (time.perf_counter() - start) * 1e6
