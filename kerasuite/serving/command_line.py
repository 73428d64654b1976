"""`kerasuite serve` and `kerasuite deploy`. Imports TensorFlow only once the options are right."""

import dataclasses
import gc
import signal
import threading
from typing import Any

_HELP = """\
Answers TF Serving's REST and gRPC protocols from SavedModels.

  kerasuite serve                                           all of saved_models/
  kerasuite serve --model_name shoes --model_base_path saved_models/image_classifier
  kerasuite serve --model_config_file models.config         several; versions and labels

  curl localhost:8501/v1/models/image_classifier            which versions answer
  curl localhost:8501/v1/models/image_classifier/metadata   what goes in and what comes out
  curl localhost:8501/v1/models/image_classifier:predict \\
       -d "{\\"instances\\": [{\\"b64\\": \\"$(base64 -w0 shoe.png)\\"}]}"
  kerasuite predict image_classifier shoe.png --server http://localhost:8501

A new folder saved_models/APP/N goes live by itself, without a failed request. Also there:
/monitoring/prometheus/metrics, /healthz, /readyz, gRPC health checking and reflection.
SIGTERM lets requests in flight finish. Options are TF Serving's, with - or _; those marked (here)
are additions. kerasuite/serving/README.md says what differs from TF Serving.
"""


def serve(words: list[str]) -> None:
    """Serves models by TF Serving's REST and gRPC protocols."""
    import tyro

    from kerasuite.serving.settings import ServeOptions

    words = flags(words, ServeOptions)
    options = tyro.cli(ServeOptions, args=words, prog="kerasuite serve", description=_HELP)
    from kerasuite.serving import logs
    from kerasuite.training.machine import start_tensorflow

    with logs.to_stderr(options.log_format, options.log_level):
        start_tensorflow(
            options.tensorflow_inter_op_parallelism, options.tensorflow_intra_op_parallelism
        )
        _serve_until_stopped(options)


def _serve_until_stopped(options: Any) -> None:
    from kerasuite.serving.server import Server

    stopped, handlers = threading.Event(), {}
    # Unloading a model collects its garbage: what is here now need not be searched each time.
    gc.freeze()
    try:
        server = Server(options)
        for number in (signal.SIGTERM, signal.SIGINT):
            handlers[number] = signal.signal(number, lambda *_: stopped.set())
        server.start()
        for protocol, address in server.addresses.items():
            print(f"{protocol}: {address}", flush=True)
        stopped.wait()
        server.stop()
    finally:
        gc.unfreeze()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def flags(words: list[str], options: type) -> list[str]:
    """Spells TF Serving's --option=true and --option=false as flags.

    Args:
        words: what was typed.
        options: a dataclass; its bool fields are meant.
    """
    switches = {f.name for f in dataclasses.fields(options) if f.type in (bool, "bool")}
    spelled = []
    for word in words:
        name, equals, value = word.partition("=")
        plain = name.removeprefix("--").replace("-", "_")
        if equals and plain in switches and value.lower() in ("true", "1", "false", "0"):
            prefix = "--" if value.lower() in ("true", "1") else "--no-"
            word = f"{prefix}{plain.replace('_', '-')}"
        spelled.append(word)
    return spelled


def deploy(words: list[str]) -> None:
    """Writes a folder that runs a model in the official TF Serving image."""
    import tyro

    from kerasuite.serving.settings import DeployOptions

    options = tyro.cli(DeployOptions, args=words, prog="kerasuite deploy")
    from kerasuite.serving.deploy import deploy as write
    from kerasuite.training.machine import start_tensorflow

    start_tensorflow()
    folder = write(options)
    print(f"{folder}\nits README.md says how to start and test it")
