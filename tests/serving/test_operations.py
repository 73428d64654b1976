"""What keeps a server running: metrics, health, limits, TLS, and stopping without a loss."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from tensorflow_serving.apis import prediction_service_pb2_grpc

from kerasuite.cli import main
from kerasuite.serving.command_line import flags
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.settings import ServeOptions
from tests.serving import models
from tests.serving.models import floats, predict

METRICS = "/monitoring/prometheus/metrics"

# --- metrics and health --------------------------------------------------------------------------


def samples(page):
    families = text_string_to_metric_families(page)
    return {
        # The parser follows OpenMetrics, where counters end in _total.
        (s.name.removesuffix("_total"), tuple(sorted(s.labels.items()))): s.value
        for f in families
        for s in f.samples
    }


def test_metrics(rest, server):
    rest("half_plus_two:predict", {"instances": [1]})
    rest("half_plus_two:predict", "{")
    rest("made-up:predict", {"instances": [1]})
    with models.channel_of(server) as channel:
        predict(prediction_service_pb2_grpc.PredictionServiceStub(channel), "types", "float32",
                x=floats(1))  # fmt: skip
    response = rest(METRICS)
    assert response.headers["content-type"].startswith("text/plain")
    found = samples(response.text)

    def value(name, **labels):
        return found[f":tensorflow:{name}", tuple(sorted(labels.items()))]

    for status in ("OK", "INVALID_ARGUMENT"):
        assert value("serving:request_count", model_name="half_plus_two", status=status) >= 1
    timed = sum(
        count
        for (name, labels), count in found.items()
        if name.endswith(":request_latency_count") and dict(labels)["model_name"] == "types"
    )  # how long refusing takes is not counted
    assert timed == value("serving:request_count", model_name="types", status="OK")
    assert "made-up" not in response.text  # clients cannot fill the memory with names
    for labels in (
        {"model_name": "half_plus_two", "API": "predict", "entrypoint": "REST"},
        {"model_name": "types", "API": "Predict", "entrypoint": "GRPC"},
    ):
        count = value("serving:request_latency_count", **labels)
        assert count >= 1
        assert value("serving:request_latency_bucket", le="+Inf", **labels) == count
        assert value("serving:request_latency_sum", **labels) > 0
    runtime = {"model_name": "types", "API": "Predict", "runtime": "TF2"}
    assert value("serving:runtime_latency_count", **runtime) >= 1
    assert "# TYPE :tensorflow:serving:request_count counter" in response.text
    assert "# TYPE :tensorflow:serving:request_latency histogram" in response.text


def test_buckets_and_escapes():
    metrics = Metrics()
    for value in (9, 10, 11, 1e12):
        metrics.observe("/tensorflow/serving/request_latency", 'a"\\\n', "p", "REST", value=value)
    found = samples(metrics.page())
    labels = (("API", "p"), ("entrypoint", "REST"), ("model_name", 'a"\\\n'))
    name = ":tensorflow:serving:request_latency"
    assert found[f"{name}_bucket", tuple(sorted([*labels, ("le", "10")]))] == 2
    assert found[f"{name}_bucket", tuple(sorted([*labels, ("le", "18")]))] == 3
    assert found[f"{name}_count", labels] == 4
    metrics.observe("/tensorflow/serving/batching_session/input_batch_size", value=9000)
    found = samples(metrics.page())
    name = ":tensorflow:serving:batching_session:input_batch_size_bucket"
    limits = [dict(labels)["le"] for key, labels in found if key == name]
    assert limits == [*(str(2**i) for i in range(14)), "+Inf"]


def test_monitoring_can_be_moved_and_turned_off(half_plus_two, tmp_path):
    file = tmp_path / "monitoring.config"
    for text, path, code in (
        ('prometheus_config { enable: true path: "/m" }', "/m", 200),
        ("prometheus_config { enable: false }", METRICS, 404),
    ):
        file.write_text(text)
        server = models.start(model_base_path=str(half_plus_two), monitoring_config_file=file)
        assert models.rest_of(server)(path).status_code == code
        server.stop()


def test_liveness_and_readiness(rest):
    assert rest("/healthz").status_code == 200
    assert rest("/readyz").status_code == 200


# --- limits --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(half_plus_two):
    running = models.start(
        model_name="m", model_base_path=str(half_plus_two), rest_api_timeout_in_ms=400,
        rest_api_max_connections=5, port=0,
    )  # fmt: skip
    yield running
    running.stop()


def connect(server):
    return socket.create_connection(("127.0.0.1", server._options.rest_api_port), 10)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/models/m:pre", b"POST / HTTP/1.1\r\nHost:"])
def test_clients_that_never_finish_a_head_are_left(strict, sent):
    with connect(strict) as client:
        client.sendall(sent)
        assert client.recv(1000) == b""


def test_heads_without_end_are_left(strict):
    with connect(strict) as client:
        client.sendall(b"GET /v1/models/m HTTP/1.1\r\nHost: x\r\nX: ")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                client.sendall(b"x" * 100_000)
    with connect(strict) as client:  # a long one that ends is answered
        client.sendall(b"GET /v1/models/m HTTP/1.1\r\nX: " + b"x" * 50_000 + b"\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_clients_that_never_finish_a_body_are_told(strict):
    with connect(strict) as client:
        client.sendall(
            b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        )
        assert b"408" in client.recv(1000)


def test_too_many_connections(strict):
    held = [connect(strict) for _ in range(5)]
    time.sleep(0.1)
    assert requests.get(f"{strict.addresses['rest']}/healthz", timeout=10).status_code == 503
    for client in held:
        client.close()
    time.sleep(0.1)
    assert requests.get(f"{strict.addresses['rest']}/healthz", timeout=10).status_code == 200


def test_a_slow_model_times_out(strict, monkeypatch):
    monkeypatch.setattr(
        strict.inference, "predict_arrays", lambda *arguments: time.sleep(1.0) or {}
    )
    response = models.rest_of(strict)("m:predict", {"instances": [1]})
    assert (response.status_code, response.json()) == (504, {"error": "Timed out after 0.4 s"})


def test_rubbish_instead_of_http(strict):
    with connect(strict) as client:
        client.sendall(b"\x16\x03\x01\x00 this is no HTTP\r\n\r\n")
        assert client.recv(1000).startswith((b"HTTP/1.1 400", b""))
    assert requests.get(f"{strict.addresses['rest']}/healthz", timeout=10).status_code == 200


def test_an_internal_error_is_not_shown(rest, server, monkeypatch):
    monkeypatch.setattr(server.inference, "status", lambda request: 1 / 0)
    response = rest("half_plus_two")
    assert response.json() == {"error": "Internal error: ZeroDivisionError"}
    assert response.status_code == 500


def test_answers_do_not_wait_for_acknowledgements(rest):
    def seconds():
        start = time.perf_counter()
        assert rest("half_plus_two").status_code == 200
        return time.perf_counter() - start

    # The best of several: other work keeps the machine busy, but Nagle's 40 ms are in every one.
    assert min(seconds() for _ in range(20)) < 0.035


# --- the command ---------------------------------------------------------------------------------


def test_stopping_lets_requests_finish(half_plus_two, monkeypatch):
    server = models.start(model_name="m", model_base_path=str(half_plus_two))
    rest, begun, results = models.rest_of(server), threading.Event(), []
    before = server.inference.predict_arrays

    def slow(*arguments):
        begun.set()
        time.sleep(1.0)
        return before(*arguments)

    monkeypatch.setattr(server.inference, "predict_arrays", slow)

    def ask():
        results.append(rest("m:predict", {"instances": [1]}).json())

    def ask_grpc():
        with models.channel_of(server) as channel:
            stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            results.append(list(predict(stub, "m", x=floats(1)).outputs["y"].float_val))

    threads = [threading.Thread(target=work) for work in (ask, ask_grpc)]
    for thread in threads:
        thread.start()
    begun.wait()
    time.sleep(0.3)
    server.stop()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == sorted(map(str, [{"predictions": [3.5]}, [3.5]]))
    with pytest.raises(requests.ConnectionError):
        rest("m:predict", {"instances": [1]})


def test_the_command_from_start_to_sigterm(half_plus_two, tmp_path):
    ports = models.free_port(), models.free_port()
    command = [
        sys.executable, "-m", "kerasuite.cli", "serve", "--model_name=m",
        f"--model_base_path={half_plus_two}", f"--port={ports[0]}", f"--rest_api_port={ports[1]}",
        "--log-format=json", "--log-level=debug", "--enable_batching=true",
        "--tensorflow_inter_op_parallelism=2", "--tensorflow_intra_op_parallelism=2",
    ]  # fmt: skip
    environment = {**os.environ, "KERASUITE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout.readline() == f"rest: http://127.0.0.1:{ports[1]}\n"
        assert process.stdout.readline() == f"grpc: grpc://127.0.0.1:{ports[0]}\n"
        url = f"http://127.0.0.1:{ports[1]}/v1/models/m:predict"
        response = requests.post(url, json={"instances": [1]}, timeout=20)
        assert response.json() == {"predictions": [3.5]}
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    names = [e["event"] for e in events]
    assert names[0] == "loading" and names[-1] == "stopped"
    request = next(e for e in events if e["event"] == "request")
    assert {"time", "level", "path", "code", "milliseconds"} <= request.keys()


def test_options_as_tf_serving_spells_them():
    words = ["--enable_batching=true", "--enable-model-warmup=false", "--port=1", "--x=true"]
    assert flags(words, ServeOptions) == [
        "--enable-batching", "--no-enable-model-warmup", "--port=1", "--x=true"
    ]  # fmt: skip


WRONG = {
    "both ports alike": (["--port=8599", "--rest_api_port=8599"], "must differ"),
    "no port": (["--port=0", "--rest_api_port=0"], "nothing to serve"),
    "no model": (["--model_base_path", "nowhere"], "nowhere"),
    "no config file": (["--model_config_file", "nowhere"], "nowhere cannot be read"),
    "no batching file": (["--enable_batching", "--batching_parameters_file=no"], "cannot be read"),
    "no host": (["--host", "no.such.host.invalid"], "cannot listen"),
    "no argument": (["--grpc_channel_arguments", "x"], "expected name=value"),
    "port out of range": (["--rest_api_port", "99999"], "99999"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options(case, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    words, hint = WRONG[case]
    ports = [f"--port={models.free_port()}", f"--rest_api_port={models.free_port()}"]
    assert main(["serve", *ports, *words]) == 2
    assert hint in capsys.readouterr().err.replace("\n", " ")


def test_a_taken_port(capsys, half_plus_two):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["--model_base_path", str(half_plus_two)]
        assert main(["serve", *words, "--port=0", "--rest_api_port", port]) == 2
        assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
        assert main(["serve", *words, "--rest_api_port=0", "--port", port]) == 2
        assert "--port: cannot listen" in capsys.readouterr().err


def test_everything_under_saved_models(monkeypatch, tmp_path, half_plus_two):
    (tmp_path / "saved_models").mkdir()
    (tmp_path / "saved_models" / "mine").symlink_to(half_plus_two)
    (tmp_path / "saved_models" / "broken" / "1").mkdir(parents=True)
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    server = models.start()
    rest = models.rest_of(server)
    assert rest("mine:predict", {"instances": [1]}).json() == {"predictions": [3.5]}
    assert rest("image_classifier").status_code == 200  # it came with the package
    assert "Could not find SavedModel" in rest("broken").text
    server.stop()


def test_help_teaches(capsys):
    assert main(["serve", "--help"]) == 0
    said = capsys.readouterr().out
    for word in (
        "curl",
        "--model-config-file",
        "--enable-batching",
        "SIGTERM",
        "kerasuite predict",
    ):
        assert word in said
