"""A client of TF Serving's protocol, for kerasuite's server and for TensorFlow's own."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import numpy as np

from kerasuite.errors import InputError
from kerasuite.serving.status import Code, ServingError, invalid

Arrays = dict[str, np.ndarray]
_AGAIN = (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED)
_Result = TypeVar("_Result")

# Among the signatures of every SavedModel of TensorFlow 2; what loads the model calls it.
NOT_FOR_CLIENTS = "__saved_model_init_op"


@dataclass(frozen=True)
class Tensor:
    """An input or output of a signature.

    Attributes:
        dtype: "string", or NumPy's name of the type.
        shape: None for sizes that may vary; None as a whole for any shape.
    """

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class Signature:
    """What a signature takes and gives, by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


@dataclass(frozen=True)
class Model:
    """A model's name, and a version or a label if one is wanted."""

    name: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class Identity:
    """For TLS: whom to trust and who one is.

    Attributes:
        ca: certificates of the authorities to trust, a PEM file; the system's if left out.
        certificate: one's own, for servers that ask, a PEM file.
        key: of that certificate, a PEM file.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Transport(Protocol):
    """One protocol's way to ask; every call takes the seconds that are left."""

    def signatures(self, model: Model, seconds: float) -> dict[str, Signature]: ...

    def predict(
        self, model: Model, signature: str, inputs: Arrays, about: Signature, seconds: float
    ) -> Arrays: ...

    def classify(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[list[tuple[str, float]]]: ...

    def regress(
        self, model: Model, signature: str, examples: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[float]: ...

    def status(self, model: Model, seconds: float) -> dict[int, tuple[str, str]]: ...

    def close(self) -> None: ...


class Client:
    """Asks a server; safe from several threads.

        with Client("http://localhost:8501") as client:
            answer = client.predict("image_classifier", [Path("shoe.png")])
            answer["classes"][0, 0]  # b"Sneaker"

    Args:
        url: http:// or https:// for REST, grpc:// or grpcs:// for gRPC, with host and port.
        deadline: seconds that a call may take, all its attempts together.
        retries: how often to try again when the server is away or busy.
        backoff: seconds before the first of these; twice as long before each next one, and at
            random a part of it, so that many clients do not return at once.
        identity: for TLS.

    Raises:
        InputError: if the URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        deadline: float = 30.0,
        retries: int = 4,
        backoff: float = 0.1,
        identity: Identity | None = None,
    ) -> None:
        self._deadline = deadline
        self._retries = retries
        self._backoff = backoff
        self._transport = _connect(url, identity or Identity())
        self._known: dict[Model, dict[str, Signature]] = {}

    def predict(
        self,
        model: str,
        inputs: Any,
        *,
        signature: str = "serving_default",
        version: int | None = None,
        label: str | None = None,
        deadline: float | None = None,
    ) -> Arrays:
        """Calls a signature with a batch.

        Args:
            model: its name.
            inputs: values by input name, or the values alone where there is one input: an array,
                or a list of numbers, strings, bytes or paths of files, batch first.
            signature: which function to call.
            version: which version; the latest if left out.
            label: or the label of one.
            deadline: seconds for this call.

        Returns:
            Arrays by output name; strings as bytes in an object array.

        Raises:
            ServingError: if the server refuses, or cannot be reached in time.
            InputError: if a file cannot be read.
        """
        target = Model(model, version, label)

        def ask(seconds: float) -> Arrays:
            about = self._signature(target, signature, seconds)
            arrays = _arrays(inputs, about)
            return self._transport.predict(target, signature, arrays, about, seconds)

        try:
            return self._try(ask, deadline)
        except ServingError as e:
            if e.code is Code.INVALID_ARGUMENT:  # perhaps a new version takes something else
                self._known.pop(target, None)
            raise

    def classify(
        self,
        model: str,
        examples: Sequence[Mapping[str, Any]],
        *,
        signature: str = "serving_default",
        version: int | None = None,
        label: str | None = None,
        deadline: float | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Classifies examples.

        Args:
            examples: a dict of features each: numbers, strings, bytes, or lists of one of them.
            model, signature, version, label, deadline: as of `predict`.

        Returns:
            Per example, pairs of label and score.

        Raises:
            ServingError: if the server refuses, or cannot be reached in time.
        """
        target = Model(model, version, label)
        return self._try(
            lambda seconds: self._transport.classify(target, signature, examples, seconds), deadline
        )

    def regress(
        self,
        model: str,
        examples: Sequence[Mapping[str, Any]],
        *,
        signature: str = "serving_default",
        version: int | None = None,
        label: str | None = None,
        deadline: float | None = None,
    ) -> list[float]:
        """Gives a number per example; arguments and errors are those of `classify`."""
        target = Model(model, version, label)
        return self._try(
            lambda seconds: self._transport.regress(target, signature, examples, seconds), deadline
        )

    def signatures(
        self, model: str, *, version: int | None = None, label: str | None = None
    ) -> dict[str, Signature]:
        """The signatures of a model, by name."""
        target = Model(model, version, label)
        known = self._try(lambda seconds: self._transport.signatures(target, seconds))
        self._known[target] = known
        return known

    def status(self, model: str, *, version: int | None = None) -> dict[int, tuple[str, str]]:
        """Per version its state, such as "AVAILABLE", and what went wrong, or ""."""
        target = Model(model, version)
        return self._try(lambda seconds: self._transport.status(target, seconds))

    def wait_until_ready(self, model: str, seconds: float = 60.0) -> None:
        """Returns when a version of a model answers.

        Raises:
            ServingError: if none does in time; its message says what was seen last.
        """
        end, seen = time.monotonic() + seconds, ""
        while (left := end - time.monotonic()) > 0:
            try:
                states = self._transport.status(Model(model), left)
                if any(state == "AVAILABLE" for state, _ in states.values()):
                    return
                seen = ", ".join(f"{v}: {s} {m}".strip() for v, (s, m) in states.items())
            except ServingError as e:
                seen = e.message
            time.sleep(min(self._backoff, max(0.0, left)))
        raise ServingError(Code.DEADLINE_EXCEEDED, f"{model} is not ready: {seen}")

    def _signature(self, target: Model, name: str, seconds: float) -> Signature:
        if target not in self._known:
            self._known[target] = self._transport.signatures(target, seconds)
        known = self._known[target]
        if name not in known:
            del self._known[target]
            raise invalid(
                f"{target.name} has no signature {name!r}; it has: {', '.join(sorted(known))}"
            )
        return known[name]

    def _try(self, work: Callable[[float], _Result], deadline: float | None = None) -> _Result:
        end = time.monotonic() + (self._deadline if deadline is None else deadline)
        pause = self._backoff
        for attempt in itertools.count():
            left = end - time.monotonic()
            if left <= 0:
                raise ServingError(Code.DEADLINE_EXCEEDED, "The deadline has passed")
            try:
                return work(left)
            except ServingError as e:
                wait = random.uniform(pause / 2, pause)
                last = attempt >= self._retries
                if e.code not in _AGAIN or last or time.monotonic() + wait >= end:
                    raise
                time.sleep(wait)
                pause *= 2

    def close(self) -> None:
        """Ends the connections."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _connect(url: str, identity: Identity) -> Transport:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, None
    if not host or parts is None or parts.scheme not in ("http", "https", "grpc", "grpcs"):
        raise InputError(
            "A server's URL is http://HOST:PORT, https://..., grpc://... or grpcs://... "
            f"Received: {url}"
        )
    if parts.scheme.startswith("http"):
        from kerasuite.serving.client_rest import RestTransport

        return RestTransport(url.rstrip("/"), identity)
    from kerasuite.serving.client_grpc import GrpcTransport

    return GrpcTransport(parts.netloc, parts.scheme == "grpcs", identity)


def _arrays(inputs: Any, about: Signature) -> Arrays:
    if not isinstance(inputs, Mapping):
        if len(about.inputs) != 1:
            raise invalid(
                f"This signature takes several inputs, by name: {', '.join(sorted(about.inputs))}"
            )
        (name,) = about.inputs
        inputs = {name: inputs}
    if unknown := inputs.keys() - about.inputs.keys():
        raise invalid(
            f"There is no input {min(unknown)!r}; there are: {', '.join(sorted(about.inputs))}"
        )
    return {name: _array(name, value, about.inputs[name].dtype) for name, value in inputs.items()}


def _array(name: str, value: Any, dtype: str) -> np.ndarray:
    if dtype == "string":
        return _strings(value)
    try:
        return np.asarray(value, dtype=dtype)
    except (TypeError, ValueError) as e:
        raise invalid(f"Input {name!r} must be an array of {dtype}: {e}") from e


def _strings(value: Any) -> np.ndarray:
    """Strings, bytes and files' contents as bytes in an object array."""
    array = np.empty((), object)
    array[()] = value
    if isinstance(value, list | tuple | np.ndarray):
        array = np.array(value, dtype=object)
    held = array.ravel().tolist()
    coded = np.empty(len(held), object)
    for i, one in enumerate(held):
        coded[i] = _bytes(one)
    return coded.reshape(array.shape)


def _bytes(value: Any) -> bytes:
    if isinstance(value, Path):
        try:
            return value.read_bytes()
        except OSError as e:
            raise InputError(f"{value} cannot be read: {e.strerror or e}") from e
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise invalid(f"Expected strings, bytes or paths. Received: {value!r}")
