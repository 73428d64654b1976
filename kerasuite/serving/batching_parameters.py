"""BatchingParameters of TF Serving, checked and with its defaults."""

import os
from dataclasses import dataclass
from typing import Any

from kerasuite.errors import InputError


@dataclass(frozen=True)
class Batching:
    """How requests are put together.

    Attributes:
        max_batch_size: examples of the largest request that is taken, and of the largest batch
            unless max_execution_batch_size says less.
        timeout: seconds that an incomplete batch waits for more.
        max_enqueued_batches: batches that may wait for a thread, per model and signature.
        threads: batches that are run at once.
        thread_pool_name: in the metrics.
        allowed_batch_sizes: batches are filled up to one of these; empty for any size.
        pad_variable_length_inputs: requests of different shapes may share a batch; the smaller ones
            are filled up with their own first value.
        split_large: a request larger than a batch, though not than max_batch_size, is spread over
            several.
        max_execution_batch_size: examples of the largest batch.
    """

    max_batch_size: int = 1000
    timeout: float = 0.0
    max_enqueued_batches: int = 10
    threads: int = os.cpu_count() or 1
    thread_pool_name: str = "batch_threads"
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool = False
    split_large: bool = False
    max_execution_batch_size: int = 1000

    def __post_init__(self) -> None:
        for name in ("max_batch_size", "max_enqueued_batches", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1. Received: {getattr(self, name)}")
        if self.timeout < 0:
            raise InputError(f"batch_timeout_micros must be 0 or more. Received: {self.timeout}")
        largest = self.max_execution_batch_size
        if not 1 <= largest <= self.max_batch_size:
            raise InputError(
                "max_execution_batch_size must be from 1 to max_batch_size "
                f"({self.max_batch_size}). Received: {largest}"
            )
        sizes = self.allowed_batch_sizes
        if sizes and (list(sizes) != sorted(set(sizes)) or sizes[0] < 1):
            raise InputError(
                f"allowed_batch_sizes must be positive and increasing. Received: {list(sizes)}"
            )
        if sizes and sizes[-1] != largest:
            raise InputError(
                f"The last of allowed_batch_sizes must be the largest batch ({largest}). "
                f"Received: {list(sizes)}"
            )

    def padded(self, size: int) -> int:
        """The batch size that is run for so many examples."""
        return next((s for s in self.allowed_batch_sizes if s >= size), size)


def from_message(message: Any) -> Batching:
    """Reads a BatchingParameters message.

    Raises:
        InputError: if its values do not fit each other.
    """
    fields = {
        "max_batch_size": "max_batch_size",
        "max_enqueued_batches": "max_enqueued_batches",
        "num_batch_threads": "threads",
        "thread_pool_name": "thread_pool_name",
        "enable_large_batch_splitting": "split_large",
    }
    values = {
        name: getattr(message, field).value
        for field, name in fields.items()
        if message.HasField(field)
    }
    if message.HasField("batch_timeout_micros"):
        values["timeout"] = message.batch_timeout_micros.value / 1e6
    largest = values.get("max_batch_size", Batching.max_batch_size)
    # Without splitting, the largest request is the largest batch.
    if values.get("split_large") and message.HasField("max_execution_batch_size"):
        largest = message.max_execution_batch_size.value
    return Batching(
        **values,
        allowed_batch_sizes=tuple(message.allowed_batch_sizes),
        pad_variable_length_inputs=message.pad_variable_length_inputs,
        max_execution_batch_size=largest,
    )
