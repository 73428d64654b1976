"""Counters and histograms under TF Serving's names, in Prometheus's text form.

TF Serving writes the metric /tensorflow/serving/request_count as :tensorflow:serving:request_count.
prometheus_client cannot: it appends _total to every counter.
"""

import bisect
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

DEFAULT_PATH = "/monitoring/prometheus/metrics"


def exponential(scale: float, growth: float, count: int) -> tuple[float, ...]:
    """The upper limits of `count` buckets; one more, without limit, follows them."""
    return tuple(scale * growth**i for i in range(count))


# Limits as in TF Serving: up to 25 minutes, one second, 2^14 and 2^13 examples.
_LATENCY = exponential(10, 1.8, 33)
_QUEUING = exponential(100, 1.2, 52)
_SIZES = exponential(1, 2, 15)
_BATCHES = exponential(1, 2, 14)


@dataclass
class _Metric:
    name: str
    labels: tuple[str, ...]
    limits: tuple[float, ...] | None = None
    cells: dict[tuple[str, ...], list[float]] = field(default_factory=dict)


class Metrics:
    """All metrics of a server; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: dict[str, _Metric] = {}
        serving = "/tensorflow/serving"
        batching = f"{serving}/batching_session"
        self._define(f"{serving}/request_count", ("model_name", "status"))
        self._define(f"{serving}/request_latency", ("model_name", "API", "entrypoint"), _LATENCY)
        self._define(f"{serving}/runtime_latency", ("model_name", "API", "runtime"), _LATENCY)
        self._define(f"{serving}/request_example_counts", ("model",), _SIZES)
        self._define(f"{serving}/request_example_count_total", ("model",))
        self._define(f"{serving}/model_warmup_latency", ("model_path", "status"), _LATENCY)
        self._define(f"{batching}/wrapped_run_count", ())
        self._define(f"{batching}/queuing_latency", ("thread_pool_name",), _QUEUING)
        for size in ("input_batch_size", "processed_batch_size"):
            self._define(f"{batching}/{size}", (), _BATCHES)
        self._define(f"{batching}/padding_size", ("execution_batch_size",), _BATCHES)
        loading = "/tensorflow/cc/saved_model"
        self._define(f"{loading}/load_attempt_count", ("model_path", "status"))
        self._define(f"{loading}/load_latency", ("model_path",))

    def _define(
        self, name: str, labels: tuple[str, ...], limits: tuple[float, ...] | None = None
    ) -> None:
        self._metrics[name] = _Metric(name, labels, limits)

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Adds to a counter.

        Args:
            name: of the metric, as in TF Serving, with slashes.
            *labels: values of its labels.
            by: how much.
        """
        with self._lock:
            self._metrics[name].cells.setdefault(labels, [0.0])[0] += by

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Adds a value to a histogram."""
        metric = self._metrics[name]
        limits = metric.limits or ()
        with self._lock:
            # One number a bucket, the last without limit, and the sum.
            cell = metric.cells.setdefault(labels, [0.0] * (len(limits) + 2))
            cell[bisect.bisect_left(limits, value)] += 1
            cell[-1] += value

    def total(self, name: str) -> int:
        """A counter over all values of its labels; 0 if there is no such counter."""
        with self._lock:
            metric = self._metrics.get(name)
            if metric is None or metric.limits is not None:
                return 0
            return int(sum(cell[0] for cell in metric.cells.values()))

    def page(self) -> str:
        """Everything counted so far, in Prometheus's text form."""
        lines: list[str] = []
        with self._lock:
            for metric in self._metrics.values():
                if metric.cells:
                    lines += _lines(metric)
        return "\n".join(lines) + "\n"


def _lines(metric: _Metric) -> list[str]:
    name = metric.name.replace("/", ":")
    kind = "counter" if metric.limits is None else "histogram"
    lines = [f"# TYPE {name} {kind}"]
    for values, cell in sorted(metric.cells.items()):
        pairs = [f'{k}="{_escape(v)}"' for k, v in zip(metric.labels, values, strict=True)]
        labels = ",".join(pairs)
        if metric.limits is None:
            lines.append(f"{name}{{{labels}}} {cell[0]:.0f}")
            continue
        *counts, total = cell
        lines += _buckets(name, pairs, metric.limits, counts)
        lines.append(f"{name}_sum{{{labels}}} {total:g}")
        lines.append(f"{name}_count{{{labels}}} {sum(counts):.0f}")
    return lines


def _buckets(
    name: str, pairs: list[str], limits: Sequence[float], counts: Sequence[float]
) -> list[str]:
    lines, so_far = [], 0.0
    for limit, count in zip([*(f"{x:g}" for x in limits), "+Inf"], counts, strict=True):
        so_far += count
        le = f'le="{limit}"'
        lines.append(f"{name}_bucket{{{','.join([*pairs, le])}}} {so_far:.0f}")
    return lines


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
