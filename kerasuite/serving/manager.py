"""The models in memory: which versions are loaded, which of them answers, and when they change.

Requests and changes never wait for each other: loading happens outside the lock that requests
take, a new version is put in place before the old one is taken away, and a version that requests
still use is closed by the last of them.
"""

import contextlib
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasuite.serving import model_config
from kerasuite.serving.logs import log
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.model_config import ModelConfig, ModelServerConfig
from kerasuite.serving.servable import Servable, timed_micros
from kerasuite.serving.status import Code, ServingError, invalid
from kerasuite.serving.version_states import Failures, State, VersionState


@dataclass(frozen=True)
class Policy:
    """How versions are loaded.

    Attributes:
        tags: of the graph in the SavedModel.
        max_retries: how often a version that failed to load is tried again.
        retry_seconds: how long to wait before that; a version whose files changed does not wait.
        labels_for_unavailable: labels may name versions that are not loaded.
    """

    tags: tuple[str, ...] = ("serve",)
    max_retries: int = 5
    retry_seconds: float = 60.0
    labels_for_unavailable: bool = False


@dataclass
class _Entry:
    """A loaded version, and how many requests use it now."""

    servable: Servable
    users: int = 0
    retired: bool = False


@dataclass
class _Model:
    """All that is known of one model."""

    config: ModelConfig
    loaded: dict[int, _Entry] = field(default_factory=dict)
    states: dict[int, VersionState] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)


class ModelManager:
    """Loads, swaps and unloads versions; hands them to requests.

    Args:
        policy: how versions are loaded.
        metrics: counts loads.
        warm_up: called with a version before it goes live; it fails the load by raising.
        on_close: called with a version that is let go of.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        metrics: Metrics | None = None,
        warm_up: Callable[[Servable], None] | None = None,
        on_close: Callable[[Servable], None] | None = None,
    ) -> None:
        self._policy = policy or Policy()
        self._metrics = metrics or Metrics()
        self._warm_up = warm_up or (lambda servable: None)
        self._on_close = on_close or (lambda servable: None)
        self._failures = Failures(self._policy.max_retries, self._policy.retry_seconds)
        self._lock = threading.Lock()  # guards what follows; never held while loading
        self._models: dict[str, _Model] = {}
        self._changing = threading.RLock()  # one change at a time

    # --- for requests ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def acquire(self, spec: ModelSpec) -> Iterator[Servable]:
        """The version that a request asks for, kept loaded while the block runs.

        Raises:
            ServingError: NOT_FOUND, or INVALID_ARGUMENT for an unknown label.
        """
        with self._lock:
            entry = self._find(spec)
            entry.users += 1
        try:
            yield entry.servable
        finally:
            with self._lock:
                entry.users -= 1
                last = entry.retired and entry.users == 0
            if last:  # freeing a large model takes a while: not in the request's own time
                threading.Thread(target=self._close, args=(entry,)).start()

    def _find(self, spec: ModelSpec) -> _Entry:
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        model = self._models.get(spec.name)
        choice = spec.WhichOneof("version_choice")
        if choice == "version_label":
            if model is None or spec.version_label not in model.labels:
                raise invalid(f"Unrecognized servable version label: {spec.version_label}")
            version = model.labels[spec.version_label]
        elif choice == "version":
            version = spec.version.value
        elif model is None or not model.loaded:
            raise ServingError(
                Code.NOT_FOUND, f"Servable not found for request: Latest({spec.name})"
            )
        else:
            version = max(model.loaded)
        if model is None or version not in model.loaded:
            raise ServingError(
                Code.NOT_FOUND, f"Servable not found for request: Specific({spec.name}, {version})"
            )
        return model.loaded[version]

    def status(self, spec: ModelSpec) -> dict[int, VersionState]:
        """The states of a model's versions, the highest first, or of the one asked for.

        Raises:
            ServingError: NOT_FOUND if there is no such model or version.
        """
        with self._lock:
            model = self._models.get(spec.name)
            states = dict(model.states) if model else {}
            labels = dict(model.labels) if model else {}
        choice = spec.WhichOneof("version_choice")
        if choice is None:
            if not states:
                raise ServingError(
                    Code.NOT_FOUND, f"Could not find any versions of model {spec.name}"
                )
            return dict(sorted(states.items(), reverse=True))
        if choice == "version_label" and spec.version_label not in labels:
            raise invalid(f"Unrecognized servable version label: {spec.version_label}")
        version = spec.version.value if choice == "version" else labels[spec.version_label]
        if version not in states:
            raise ServingError(
                Code.NOT_FOUND, f"Could not find version {version} of model {spec.name}"
            )
        return {version: states[version]}

    def unavailable(self) -> dict[str, str]:
        """The models of the config that have no version to answer with, and why."""
        with self._lock:
            return {
                name: _worst(model.states)
                for name, model in self._models.items()
                if not model.loaded
            }

    @property
    def names(self) -> list[str]:
        """The models of the config."""
        with self._lock:
            return list(self._models)

    # --- changes ---------------------------------------------------------------------------------

    def apply(self, config: ModelServerConfig) -> None:
        """Serves what a config says, and returns when that is done.

        Raises:
            ServingError: if the config makes no sense (nothing is changed then), if versions cannot
                be loaded (the others are), or if a label names a version that is not loaded (all
                labels then stay as they were).
        """
        model_config.check(config)
        with self._changing:
            wanted = {m.name: m for m in config.model_config_list.config}
            with self._lock:
                dropped = [m for name, m in self._models.items() if name not in wanted]
                for name, model in wanted.items():
                    if name in self._models:
                        self._models[name].config = model
                    else:
                        self._models[name] = _Model(model)
            for model in dropped:
                self._unload(model, keep=set())
                with self._lock:
                    del self._models[model.config.name]
            self.poll()
            self._set_labels()
            self._complain()

    def poll(self) -> None:
        """Looks for new and vanished versions once."""
        with self._changing:
            with self._lock:
                models = list(self._models.values())
            for model in models:
                self._poll(model)

    def _poll(self, model: _Model) -> None:
        try:
            wanted = model_config.aspired(model.config)
        except (ServingError, OSError) as e:
            # The folder may be on a disk that is away for a moment: what is loaded stays.
            log("cannot look for versions", logging.WARNING, model=model.config.name, error=str(e))
            return
        for version, path in reversed(wanted.items()):
            entry = model.loaded.get(version)
            if (entry is None or entry.servable.path != path) and self._failures.may_try(path):
                self._load(model, version, path)
        # The old versions answer until at least one new one does.
        if not wanted or any(v in model.loaded for v in wanted):
            self._unload(model, keep=set(wanted))

    def _load(self, model: _Model, version: int, path: Path) -> None:
        name, start = model.config.name, time.perf_counter()
        self._set_state(model, version, State.LOADING)
        log("loading", model=name, version=version, path=str(path))
        try:
            servable = Servable(name, version, path, self._policy.tags)
            self._warm_up(servable)
        except ServingError as e:
            self._failures.add(path)
            self._metrics.count("/tensorflow/cc/saved_model/load_attempt_count", str(path), "fail")
            log("loading failed", logging.ERROR, model=name, version=version, error=e.named())
            if version not in model.loaded:
                self._set_state(model, version, State.END, e.code, e.message)
            return
        self._failures.forget(path)
        self._metrics.count("/tensorflow/cc/saved_model/load_attempt_count", str(path), "success")
        taken = timed_micros(start)
        self._metrics.count("/tensorflow/cc/saved_model/load_latency", str(path), by=taken)
        with self._lock:
            old = model.loaded.get(version)
            model.loaded[version] = _Entry(servable)
            model.states[version] = VersionState(State.AVAILABLE)
        log("available", model=name, version=version, milliseconds=round(taken / 1000))
        if old:
            self._retire(old)

    def _unload(self, model: _Model, keep: set[int]) -> None:
        with self._lock:
            gone = {v: e for v, e in model.loaded.items() if v not in keep}
            for version in gone:
                del model.loaded[version]
                model.states[version] = VersionState(State.UNLOADING)
        for version, entry in gone.items():
            log("unloading", model=model.config.name, version=version)
            self._retire(entry)

    def _retire(self, entry: _Entry) -> None:
        with self._lock:
            entry.retired = True
            idle = entry.users == 0
        if idle:
            self._close(entry)

    def _close(self, entry: _Entry) -> None:
        servable = entry.servable
        self._on_close(servable)
        servable.close()
        gc.collect()  # TensorFlow's functions refer to themselves in circles
        with self._lock:
            model = self._models.get(servable.name)
            if model and servable.version not in model.loaded:
                model.states[servable.version] = VersionState(State.END)
        log("unloaded", model=servable.name, version=servable.version)

    def _set_state(
        self, model: _Model, version: int, state: State, code: Code = Code.OK, message: str = ""
    ) -> None:
        with self._lock:
            if version not in model.loaded:
                model.states[version] = VersionState(state, code, message)

    def _set_labels(self) -> None:
        with self._lock:
            for name, model in self._models.items():
                for label, version in model.config.version_labels.items():
                    moved = model.labels.get(label, version) != version
                    early = self._policy.labels_for_unavailable and not moved
                    if version not in model.loaded and not early:
                        raise ServingError(
                            Code.FAILED_PRECONDITION,
                            f"Request to assign label to version {version} of model {name}, which "
                            "is not currently available for inference",
                        )
            for model in self._models.values():
                model.labels = dict(model.config.version_labels)

    def _complain(self) -> None:
        missing = self.unavailable()
        if missing:
            reasons = "; ".join(f"{name}: {why}" for name, why in missing.items())
            raise ServingError(
                Code.UNKNOWN, f"{len(missing)} model(s) did not become available: {reasons}"
            )

    def close(self) -> None:
        """Unloads everything."""
        with self._changing:
            with self._lock:
                models = list(self._models.values())
                self._models = {}
            for model in models:
                self._unload(model, keep=set())


def _worst(states: dict[int, VersionState]) -> str:
    failed = [f"version {v}: {s.code.name}: {s.message}" for v, s in states.items() if s.message]
    return ", ".join(failed) or "no version was found"
