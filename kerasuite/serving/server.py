"""The whole server: models, both protocols, metrics, health, and how it starts and stops."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.serving import batching_parameters, model_config, text_protos, tls
from kerasuite.serving.batching import Batcher
from kerasuite.serving.batching_parameters import Batching
from kerasuite.serving.grpc_server import GrpcOptions, GrpcServer
from kerasuite.serving.inference import Inference, Run, run_alone
from kerasuite.serving.logs import log
from kerasuite.serving.manager import ModelManager, Policy
from kerasuite.serving.metrics import DEFAULT_PATH, Metrics
from kerasuite.serving.model_config import ModelServerConfig
from kerasuite.serving.rest import RestApi, RestOptions
from kerasuite.serving.rest_server import RestServer, listen
from kerasuite.serving.settings import ServeOptions
from kerasuite.serving.status import ServingError
from kerasuite.serving.warm_up import WarmUp


class Server:
    """A model server; `start` it, and `stop` it.

    Args:
        options: as on the command line.

    Raises:
        InputError: if an option or a file that it names cannot be used.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        if options.port and options.port == options.rest_api_port:
            raise InputError(f"--rest_api_port must differ from --port. Received: {options.port}")
        if not options.port and not options.rest_api_port:
            raise InputError("--port and --rest_api_port are both 0: there is nothing to serve")
        self.metrics = Metrics()
        self._batcher = (
            Batcher(_batching(options), self.metrics) if options.enable_batching else None
        )
        run: Run = self._batcher or run_alone
        warm_up = WarmUp(run_alone, self.metrics, options.num_request_iterations_for_warmup)
        self.manager = ModelManager(
            Policy(
                tuple(options.saved_model_tags.split(",")),
                options.max_num_load_retries,
                options.load_retry_interval_micros / 1e6,
                options.allow_version_labels_for_unavailable_models,
            ),
            self.metrics,
            warm_up if options.enable_model_warmup else None,
        )
        self.inference = Inference(
            self.manager, self.metrics, run, options.enable_signature_method_name_check
        )
        self._stopping = threading.Event()
        self._config = _Source(options)
        secure = tls.read(options.ssl_config_file) if options.ssl_config_file else None
        self._rest, self._rest_api = self._make_rest(secure)
        self._grpc = self._make_grpc(secure)
        self._poller = threading.Thread(target=self._poll, name="poller", daemon=True)

    def _make_rest(self, secure: Any) -> tuple[RestServer | None, RestApi | None]:
        options = self._options
        if not options.rest_api_port:
            return None, None
        timeout = options.rest_api_timeout_in_ms / 1000
        rest_options = RestOptions(
            options.threads(options.rest_api_num_threads, self._batch_size),
            timeout,
            options.max_request_bytes,
            options.rest_api_enable_cors_support,
            _metrics_path(options.monitoring_config_file),
        )
        api = RestApi(self.inference, self.metrics, rest_options, self.is_ready)
        context = tls.context(secure) if secure else None
        bound = listen(options.host, options.rest_api_port, "rest_api_port")
        return RestServer(api, bound, timeout, options.rest_api_max_connections, context), api

    def _make_grpc(self, secure: Any) -> GrpcServer | None:
        options = self._options
        if not options.port:
            return None
        host = f"[{options.host}]" if ":" in options.host else options.host
        grpc_options = GrpcOptions(
            options.threads(options.grpc_max_threads, self._batch_size),
            options.rest_api_max_connections,
            options.max_request_bytes,
            _channel_arguments(options.grpc_channel_arguments),
        )
        return GrpcServer(
            self.inference,
            self.metrics,
            self.manager.apply,
            f"{host}:{options.port}",
            grpc_options,
            tls.grpc_credentials(secure) if secure else None,
        )

    @property
    def _batch_size(self) -> int:
        return self._batcher.options.max_execution_batch_size if self._batcher else 0

    def is_ready(self) -> bool:
        """Whether every model has a version that answers, and the server is not stopping."""
        return not self._stopping.is_set() and not self.manager.unavailable()

    def start(self) -> None:
        """Loads the models, then starts answering.

        Raises:
            InputError: if a model that was asked for cannot be loaded.
        """
        try:
            self.manager.apply(self._config.read())
        except ServingError as e:
            if self._config.is_explicit or not _some_loaded(self.manager):
                self.stop()
                raise InputError(f"Failed to start: {e}") from e
            log("some models are not served", logging.WARNING, reason=str(e))
        try:
            if self._rest:
                self._rest.start()
            if self._grpc:
                self._grpc.start()
                self._grpc.set_ready(True)
        except KerasuiteError:
            self.stop()
            raise
        self._poller.start()
        log("serving", models=self.manager.names, **self.addresses)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each protocol is answered."""
        options, secure = self._options, "s" if self._options.ssl_config_file else ""
        found = {}
        if options.rest_api_port:
            found["rest"] = f"http{secure}://{options.host}:{options.rest_api_port}"
        if options.port:
            found["grpc"] = f"grpc{secure}://{options.host}:{options.port}"
        return found

    def _poll(self) -> None:
        every = self._options.file_system_poll_wait_seconds
        config_every = self._config.poll_seconds
        waits = [w for w in (every, config_every) if w > 0]
        if not waits:
            return
        next_poll = next_config = time.monotonic()
        while not self._stopping.wait(min(waits)):
            now = time.monotonic()
            try:
                if config_every > 0 and now >= next_config:
                    next_config = now + config_every
                    self._reload()
                if every > 0 and now >= next_poll:
                    next_poll = now + every
                    self.manager.poll()
                if self._grpc and not self._stopping.is_set():
                    self._grpc.set_ready(self.is_ready())
            except Exception as e:  # looking again later is all that can be done
                log("polling failed", logging.ERROR, error=f"{type(e).__name__}: {e}")

    def _reload(self) -> None:
        """Serves what the config says now, if it has changed."""
        if (config := self._config.read_if_changed()) is not None:
            log("config changed", config=text_format.MessageToString(config, as_one_line=True))
            self.manager.apply(config)

    def stop(self) -> None:
        """Refuses new requests, lets those in flight finish, and unloads the models."""
        grace = self._options.shutdown_grace_seconds
        self._stopping.set()
        log("stopping", grace_seconds=grace)
        stops: list[Callable[[], Any]] = []
        for server in (self._rest, self._grpc):
            if server:
                stops.append(lambda server=server: server.stop(grace))
        threads = [threading.Thread(target=stop) for stop in stops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._rest_api:
            self._rest_api.close()
        if self._batcher:
            self._batcher.close()
        if self._poller.is_alive():
            self._poller.join(grace)
        self.manager.close()
        log("stopped")


class _Source:
    """Where the config comes from: a file, one model, or the folder of all models."""

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self._last = ModelServerConfig()
        self.is_explicit = bool(options.model_config_file or options.model_base_path)
        if options.model_config_file:
            self.poll_seconds = options.model_config_file_poll_wait_seconds
        else:
            self.poll_seconds = 0 if self.is_explicit else options.file_system_poll_wait_seconds

    def read(self) -> ModelServerConfig:
        options = self._options
        if options.model_config_file:
            self._last = model_config.from_file(options.model_config_file)
        elif options.model_base_path:
            self._last = model_config.single(options.model_name, options.model_base_path)
        else:
            self._last = model_config.everything()
            if not self._last.model_config_list.config:
                raise InputError(
                    "There is no model under saved_models/: train one with `kerasuite train`, or "
                    "name one by --model-base-path"
                )
        return self._last

    def read_if_changed(self) -> ModelServerConfig | None:
        last = self._last
        config = self.read()
        return None if config == last else config


def _some_loaded(manager: ModelManager) -> bool:
    return len(manager.unavailable()) < len(manager.names)


def _batching(options: ServeOptions) -> Batching:
    if not options.batching_parameters_file:
        return Batching()
    message = text_protos.read(
        options.batching_parameters_file,
        text_protos.BatchingParameters(),
        "batching_parameters_file",
    )
    return batching_parameters.from_message(message)


def _metrics_path(file: Path | None) -> str | None:
    if file is None:
        return DEFAULT_PATH
    config = text_protos.read(file, text_protos.MonitoringConfig(), "monitoring_config_file")
    prometheus = config.prometheus_config
    return (prometheus.path or DEFAULT_PATH) if prometheus.enable else None


def _channel_arguments(text: str) -> tuple[tuple[str, Any], ...]:
    arguments: list[tuple[str, Any]] = []
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"--grpc_channel_arguments: expected name=value. Received: {part!r}")
        number: Any = value
        with contextlib.suppress(ValueError):
            number = int(value)
        arguments.append((name.strip(), number))
    return tuple(arguments)
