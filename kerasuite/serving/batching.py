"""Requests that arrive together are run together, whichever protocol they came by.

One thing differs from TF Serving on purpose: a request that fails, or whose shape fits no other,
never takes those in its batch with it.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field

import numpy as np

from kerasuite.serving.batching_parameters import Batching
from kerasuite.serving.inference import check_deadline
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.servable import Arrays, Servable
from kerasuite.serving.status import Code, ServingError, invalid

_LAST_BATCH_SECONDS = 10
_PREFIX = "/tensorflow/serving/batching_session"


@dataclass
class _Task:
    """A request, or the part of one that is in one batch."""

    inputs: Mapping[str, np.ndarray]
    size: int
    future: Future = field(default_factory=Future)
    enqueued: float = field(default_factory=time.monotonic)


@dataclass
class _Batch:
    """Tasks that are run together: of one version, signature, choice of outputs and shape."""

    servable: Servable
    signature: str
    outputs: tuple[str, ...]
    shapes: tuple
    tasks: list[_Task] = field(default_factory=list)
    size: int = 0
    opened: float = field(default_factory=time.monotonic)

    def add(self, task: _Task) -> None:
        self.tasks.append(task)
        self.size += task.size


class Batcher:
    """Runs requests in batches; a `Run` of the inference service.

    Args:
        options: how they are put together.
        metrics: counts batches and their sizes.
    """

    def __init__(self, options: Batching, metrics: Metrics) -> None:
        self.options = options
        self._metrics = metrics
        self._waiting: list[_Batch] = []  # oldest first
        self._changed = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{options.thread_pool_name}-{i}", daemon=True)
            for i in range(options.threads)
        ]
        for thread in self._threads:
            thread.start()

    def __call__(
        self,
        servable: Servable,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> Arrays:
        """Runs a request in a batch and returns its part of the outputs.

        Raises:
            ServingError: RESOURCE_EXHAUSTED if too many batches wait, DEADLINE_EXCEEDED if its turn
                comes too late, and what running it alone would raise.
        """
        check_deadline(deadline)
        servable.check(signature, inputs)
        size = _batch_size(inputs)
        if size == 0:
            return servable.run(signature, inputs, outputs)
        if size > self.options.max_batch_size:
            raise invalid(
                f"Task size {size} is larger than maximum input batch size "
                f"{self.options.max_batch_size}"
            )
        tasks = self._enqueue(servable, signature, inputs, tuple(outputs), size)
        self._metrics.observe(f"{_PREFIX}/input_batch_size", value=size)
        parts = [_result(task, deadline, tasks) for task in tasks]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    def _enqueue(
        self,
        servable: Servable,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: tuple[str, ...],
        size: int,
    ) -> list[_Task]:
        largest = self.options.max_execution_batch_size
        shapes = () if self.options.pad_variable_length_inputs else _shapes(inputs)
        with self._changed:
            mine = [b for b in self._waiting if (b.servable, b.signature) == (servable, signature)]
            alike = [b for b in mine if (b.outputs, b.shapes) == (outputs, shapes)]
            room = largest - alike[-1].size if alike else 0
            if not self.options.split_large and room < size:
                room = 0
            new = -(-max(0, size - room) // largest)
            if new and len(mine) + new > self.options.max_enqueued_batches:
                raise ServingError(
                    Code.RESOURCE_EXHAUSTED,
                    "The batch scheduling queue to which this task was submitted is full",
                )
            tasks, start = [], 0
            for length in [room, *[largest] * new]:
                stop = min(size, start + length)
                if stop > start:
                    tasks.append(_Task({k: v[start:stop] for k, v in inputs.items()}, stop - start))
                start = stop
            if room:
                alike[-1].add(tasks[0])
            for task in tasks[1 if room else 0 :]:
                batch = _Batch(servable, signature, outputs, shapes)
                batch.add(task)
                self._waiting.append(batch)
            self._changed.notify_all()
        return tasks

    # --- threads ---------------------------------------------------------------------------------

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            try:
                self._run(batch)
            except BaseException as e:  # nobody must wait for ever
                for task in batch.tasks:
                    if not task.future.done():
                        task.future.set_exception(e)

    def _next(self) -> _Batch | None:
        """Waits for a batch that is full or has waited long enough; None when closing."""
        with self._changed:
            while True:
                now, soonest = time.monotonic(), None
                for i, batch in enumerate(self._waiting):
                    due = batch.opened + self.options.timeout
                    full = batch.size >= self.options.max_execution_batch_size
                    if full or due <= now or self._closing:
                        return self._waiting.pop(i)
                    soonest = due if soonest is None else min(soonest, due)
                if self._closing:
                    return None
                self._changed.wait(None if soonest is None else soonest - now)

    def _run(self, batch: _Batch) -> None:
        tasks = [t for t in batch.tasks if t.future.set_running_or_notify_cancel()]
        if not tasks:
            return
        self._observe_queue(tasks)
        size = sum(t.size for t in tasks)
        padded = self.options.padded(size)
        try:
            inputs = _merged(tasks, padded - size)
            outputs = self._call(batch, inputs, padded)
        except (ServingError, _Unbatchable) as e:
            if len(tasks) == 1 and padded == size and isinstance(e, ServingError):
                tasks[0].future.set_exception(e)
            else:
                self._run_each(batch, tasks)
            return
        self._metrics.observe(f"{_PREFIX}/processed_batch_size", value=padded)
        self._metrics.observe(f"{_PREFIX}/padding_size", str(padded), value=padded - size)
        start = 0
        for task in tasks:
            stop = start + task.size
            task.future.set_result({k: v[start:stop] for k, v in outputs.items()})
            start = stop

    def _call(self, batch: _Batch, inputs: Arrays, size: int) -> Arrays:
        self._metrics.count(f"{_PREFIX}/wrapped_run_count")
        outputs = batch.servable.run(batch.signature, inputs, batch.outputs)
        if any(v.ndim == 0 or len(v) != size for v in outputs.values()):
            raise _Unbatchable
        return outputs

    def _run_each(self, batch: _Batch, tasks: Sequence[_Task]) -> None:
        for task in tasks:
            self._metrics.count(f"{_PREFIX}/wrapped_run_count")
            try:
                result = batch.servable.run(batch.signature, task.inputs, batch.outputs)
            except ServingError as e:
                task.future.set_exception(e)
            else:
                task.future.set_result(result)

    def _observe_queue(self, tasks: Sequence[_Task]) -> None:
        now, pool = time.monotonic(), self.options.thread_pool_name
        for task in tasks:
            waited = (now - task.enqueued) * 1e6
            self._metrics.observe(f"{_PREFIX}/queuing_latency", pool, value=waited)

    def close(self) -> None:
        """Runs what waits, and ends the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_LAST_BATCH_SECONDS)


class _Unbatchable(Exception):
    """The outputs are not one entry per example."""


def _batch_size(inputs: Mapping[str, np.ndarray]) -> int:
    sizes = {len(v) if v.ndim else None for v in inputs.values()}
    if None in sizes:
        raise invalid("Batching Run() input tensors must have at least one dimension.")
    if len(sizes) != 1:
        raise invalid("Batching Run() input tensors must have equal 0th-dimension size")
    return next(iter(sizes)) or 0


def _shapes(inputs: Mapping[str, np.ndarray]) -> tuple:
    return tuple(sorted((name, v.shape[1:]) for name, v in inputs.items()))


def _merged(tasks: Sequence[_Task], more: int) -> Arrays:
    """The inputs of all tasks one after the other, and the first example again `more` times."""
    merged = {}
    for name in tasks[0].inputs:
        arrays = [t.inputs[name] for t in tasks]
        if len({a.ndim for a in arrays}) > 1:
            raise _Unbatchable
        largest = np.max([a.shape[1:] for a in arrays], axis=0)
        arrays = [_filled(a, largest) for a in arrays]
        if more:
            arrays.append(np.repeat(arrays[0][:1], more, axis=0))
        merged[name] = np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    return merged


def _filled(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The array in a larger shape, the new places filled with its first value."""
    if array.shape[1:] == tuple(shape):
        return array
    if array.size == 0:
        raise _Unbatchable
    filled = np.full((len(array), *shape), array.flat[0], dtype=array.dtype)
    filled[tuple(slice(n) for n in array.shape)] = array
    return filled


def _result(task: _Task, deadline: float | None, tasks: Sequence[_Task]) -> Arrays:
    try:
        return task.future.result(None if deadline is None else deadline - time.monotonic())
    except (TimeoutError, CancelledError) as e:
        for other in tasks:
            other.future.cancel()
        raise ServingError(
            Code.DEADLINE_EXCEEDED, "Deadline exceeded while the request waited for its batch"
        ) from e
