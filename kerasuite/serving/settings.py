"""The options of `kerasuite serve`: TF Serving's own, and limits that it lacks. No TensorFlow."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

_CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class ServeOptions:
    """Answers TF Serving's REST and gRPC protocols from SavedModels.

    Without a model, everything under saved_models/ is served. Options are TF Serving's, spelled
    with - or _; those marked (here) are additions. A client for TF Serving needs no change.
    """

    port: int = 8500
    """Port of the gRPC API; 0 for none."""
    rest_api_port: int = 8501
    """Port of the REST API; 0 for none."""
    host: str = "127.0.0.1"
    """(here) Address to listen on; 0.0.0.0 for every network of this machine."""
    model_name: str = "default"
    """Name of the model under --model-base-path."""
    model_base_path: str = ""
    """A folder with one subfolder per version: 1, 2, ..."""
    model_config_file: Path | None = None
    """File of a ModelServerConfig in text form: several models, version policies, labels."""
    model_config_file_poll_wait_seconds: int = 0
    """How often to look whether that file has changed; 0 for never."""
    file_system_poll_wait_seconds: int = 1
    """How often to look for new versions; 0 for once, at the start."""
    allow_version_labels_for_unavailable_models: bool = False
    """Labels may name versions that are not loaded yet."""
    max_num_load_retries: int = 5
    """How often a version that failed to load is tried again; at once if its files change."""
    load_retry_interval_micros: int = 60_000_000
    """How long to wait before that."""
    saved_model_tags: str = "serve"
    """Tags of the graph to load, separated by commas."""
    enable_model_warmup: bool = True
    """Answer the requests in assets.extra/tf_serving_warmup_requests before a version goes live."""
    num_request_iterations_for_warmup: int = 1
    """How often each of them."""
    enable_signature_method_name_check: bool = False
    """Classify and regress only signatures with that method name; those of TF 2 have none."""
    enable_batching: bool = False
    """Run requests that arrive together in one batch."""
    batching_parameters_file: Path | None = None
    """File of BatchingParameters in text form."""
    monitoring_config_file: Path | None = None
    """File of a MonitoringConfig in text form; Prometheus metrics are on without it."""
    ssl_config_file: Path | None = None
    """File of an SSLConfig in text form, with the PEM texts in it; for gRPC and REST."""
    rest_api_num_threads: int = 0
    """REST requests worked on at once; 0 for four a core, more with batching."""
    rest_api_timeout_in_ms: int = 30_000
    """How long sending a request and answering it may take, each."""
    rest_api_enable_cors_support: bool = False
    """Let web pages of other hosts ask."""
    rest_api_max_connections: int = 1000
    """(here) Connections at once; further ones are answered with 503."""
    max_request_bytes: int = 64 << 20
    """(here) The largest request, for both protocols."""
    grpc_max_threads: int = 0
    """gRPC requests worked on at once; 0 for four a core, more with batching."""
    grpc_channel_arguments: str = ""
    """Arguments of the gRPC server, as in grpc.max_connection_age_ms=2000,..."""
    tensorflow_intra_op_parallelism: int = 0
    """Threads of one operation; 0 for TensorFlow's choice."""
    tensorflow_inter_op_parallelism: int = 0
    """Operations at once; 0 for TensorFlow's choice."""
    shutdown_grace_seconds: float = 10.0
    """(here) How long requests in flight may take to finish when the server is stopped."""
    log_format: Literal["text", "json"] = "text"
    """(here) A line of words or a JSON object per event."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """(here) The least that is logged; debug shows every request."""

    def threads(self, asked: int, batch_size: int) -> int:
        """How many requests to work on at once.

        A thread waits for its request's batch, so twice a batch of them keep the next one coming.
        """
        return asked or max(4 * _CORES, min(2 * batch_size, 128))


@dataclass(frozen=True)
class DeployOptions:
    """Writes a folder that runs a model in the official TF Serving image.

    In it: the model, TF Serving's own config files, a Dockerfile, a docker compose file, a
    Kubernetes manifest, and smoke_test.py, which asks the running server, or `kerasuite serve`,
    and compares its answer with the one given here.
    """

    app: tyro.conf.Positional[str]
    """Name of the app."""
    to: Path
    """The folder to write; it must not exist or be empty."""
    version: int | None = None
    """Version of the model; left out, the latest."""
    image: str = ""
    """The TF Serving image; left out, tensorflow/serving of the version that is installed here."""
    replicas: int = 2
    """How many servers Kubernetes runs."""
    max_batch_size: int = 32
    """The most examples that are run together."""
    batch_timeout_micros: int = 1000
    """How long an incomplete batch waits for more."""
