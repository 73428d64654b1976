"""`kerasuite predict --server`: asks a server as Predictor asks a SavedModel on disk."""

from collections.abc import Iterator, Sequence
from typing import Any

from kerasuite.errors import InputError
from kerasuite.export.predictor import Answer, Example, answer_all, by_column
from kerasuite.serving.client import Arrays, Client, Tensor
from kerasuite.serving.status import Code, ServingError


class _RefusedError(ServingError):
    """The model cannot use this input."""


class RemotePredictor:
    """A model on a server.

    Args:
        client: asks it.
        model: its name there.
        signature: which of its functions to ask; it must take a single input, or columns.
        version: which version; the latest if left out.

    Raises:
        InputError: if there is no such model or signature.
        ServingError: if the server cannot be asked.
    """

    def __init__(
        self, client: Client, model: str, signature: str, version: int | None = None
    ) -> None:
        self._client, self._model = client, model
        self._signature, self._version = signature, version
        try:
            known = client.signatures(model, version=version)
        except ServingError as e:
            if e.code is Code.NOT_FOUND:
                raise InputError(f"The server has no model {model}: {e}") from e
            raise
        if signature not in known:
            names = ", ".join(sorted(known))
            raise InputError(f"{model} has no signature {signature!r}; it has: {names}")
        inputs = known[signature].inputs
        self.columns = {n: t.dtype for n, t in inputs.items()} if _are_columns(inputs) else {}
        if len(inputs) != 1 and not self.columns:
            raise InputError(f"Signature {signature!r} takes several inputs: {', '.join(inputs)}")
        name, tensor = next(iter(inputs.items()))
        self.kind = "column" if self.columns else _kind(name, tensor)
        self.width = tensor.shape[-1] if self.kind == "row" and tensor.shape else None

    def ask(self, value: Any) -> Arrays:
        """Calls the signature with a batch."""
        if self.columns:
            value = by_column(value, self.columns)
        try:
            return self._client.predict(
                self._model, value, signature=self._signature, version=self._version
            )
        except ServingError as e:
            if e.code is Code.INVALID_ARGUMENT:
                raise _RefusedError(e.code, e.message) from e
            raise

    def answers(self, examples: Sequence[Example], batch_size: int = 64) -> Iterator[Answer]:
        """Answers every example, in order; one that the model refuses does not spoil the others."""
        return answer_all(self.ask, examples, self.kind, batch_size, _RefusedError)


def _are_columns(inputs: dict[str, Tensor]) -> bool:
    """Whether several inputs are the columns of a table: a value of each per example."""
    return len(inputs) > 1 and all(
        t.shape is not None and len(t.shape) == 1 for t in inputs.values()
    )


def _kind(name: str, tensor: Tensor) -> str:
    """What a person holds to fill an input: signature.json says it, the protocol does not."""
    if tensor.dtype == "string" and name == "clip_bytes":
        return "clip"
    if tensor.dtype == "string":
        return "picture" if name.endswith("_bytes") else "text"
    return "row" if tensor.shape and len(tensor.shape) == 2 else "array"
