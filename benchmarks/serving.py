"""Requests a second and latency of `kerasuite serve`: REST and gRPC, with and without batching.

Two servers of the classifier that ships with the package, one of them batching, are asked about one
PNG at a time by 1 and by 16 clients. Clients and servers share the machine's cores, so the figures
are lower than those of clients elsewhere; they are for comparison with each other.

    python -m benchmarks.serving --rounds 3 --seconds 3
"""

import argparse
import base64
import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from benchmarks import harness

PICTURE = Path(__file__).parents[1] / "apps" / "image_classifier" / "examples" / "ankle_boot.png"
CLIENTS = (1, 16)
BATCHING = """
max_batch_size { value: 16 } batch_timeout_micros { value: 1000 }
num_batch_threads { value: 2 } max_enqueued_batches { value: 1000 }
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def served(*options: str):
    """Starts a server; gives the ports of gRPC and REST."""
    ports = free_port(), free_port()
    command = [sys.executable, "-m", "kerasuite.cli", "serve", "--log-level=error"]
    command += [f"--port={ports[0]}", f"--rest_api_port={ports[1]}", *options]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "KERASUITE_HOME": home}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        try:
            process.stdout.readline()
            yield ports
        finally:
            process.terminate()
            process.wait(timeout=60)


def rest_asker(port: int):
    """Returns a function that asks once; each client has its own connection."""
    body = {"instances": [{"b64": base64.b64encode(PICTURE.read_bytes()).decode()}]}
    data, session = json.dumps(body), requests.Session()
    url = f"http://127.0.0.1:{port}/v1/models/image_classifier:predict"

    def ask() -> None:
        session.post(url, data=data).raise_for_status()

    return ask


def grpc_asker(port: int):
    """The same by gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    # Else all channels of a process share one connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "image_classifier"
    picture = tf.make_tensor_proto([PICTURE.read_bytes()])
    request.inputs["image_bytes"].CopyFrom(picture)

    def ask() -> None:
        stub.Predict(request, timeout=60)

    return ask


def load(askers: list, seconds: float) -> list[float]:
    """Asks from as many threads as there are askers; returns the seconds of each request."""
    latencies, end = [], time.perf_counter() + seconds

    def work(ask) -> None:
        while (start := time.perf_counter()) < end:
            ask()
            latencies.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work, args=(ask,)) for ask in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies


def percentiles(latencies: list[float]) -> dict[str, float]:
    """Milliseconds that half, 95 and 99 percent of the requests took at most."""
    cuts = statistics.quantiles(latencies, n=100)
    return {f"p{p}": round(1000 * cuts[p - 1], 2) for p in (50, 95, 99)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file, contextlib.ExitStack() as stack:
        file.write(BATCHING)
        file.flush()
        batching = ("--enable_batching", f"--batching_parameters_file={file.name}")
        servers = {
            "alone": stack.enter_context(served()),
            "batched": stack.enter_context(served(*batching)),
        }
        makers = {"gRPC": (grpc_asker, 0), "REST": (rest_asker, 1)}
        askers = {}
        for protocol, how, clients in itertools.product(makers, servers, CLIENTS):
            make, which = makers[protocol]
            port = servers[how][which]
            askers[f"{protocol} {how}, {clients} clients"] = [make(port) for _ in range(clients)]
        latencies = {name: [] for name in askers}
        samples = {name: [] for name in askers}
        for made in askers.values():
            load(made, 0.5)  # connections and TensorFlow warm up
        for name in list(askers) * options.rounds:
            found = load(askers[name], options.seconds)
            latencies[name] += found
            samples[name].append(len(found) / options.seconds)
    most = CLIENTS[-1]
    ratios = {
        f"{protocol} with {most} clients, batched against alone": (
            f"{protocol} batched, {most} clients",
            f"{protocol} alone, {most} clients",
        )
        for protocol in makers
    }
    ratios |= {
        f"one client alone, gRPC against REST ({how})": (
            f"gRPC {how}, 1 clients",
            f"REST {how}, 1 clients",
        )
        for how in servers
    }
    harness.report(
        "serving",
        samples,
        ratios,
        unit="requests/s",
        model="image_classifier 1, one PNG a request",
        seconds=options.seconds,
        batching=" ".join(BATCHING.split()),
        latency_ms={name: percentiles(found) for name, found in latencies.items()},
    )


if __name__ == "__main__":
    main()
