"""The client: the same answers by REST and gRPC, retries, deadlines, and `predict --server`."""

import json
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from kerasuite.cli import main
from kerasuite.serving import Client
from kerasuite.serving.client import Tensor
from kerasuite.serving.status import Code, ServingError
from tests.serving import models

EXAMPLES = Path(__file__).parents[2] / "apps" / "image_classifier" / "examples"


@pytest.fixture(scope="module", params=["rest", "grpc"])
def client(request, server):
    with Client(server.addresses[request.param]) as made:
        yield made


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The model that came with the package, on a server."""
    import os

    before = os.environ.get("KERASUITE_HOME")
    os.environ["KERASUITE_HOME"] = str(tmp_path_factory.mktemp("home"))
    running = models.start()
    yield running
    running.stop()
    if before is None:
        del os.environ["KERASUITE_HOME"]
    else:
        os.environ["KERASUITE_HOME"] = before


def test_predict(client):
    values = np.random.default_rng(0).standard_normal(9).astype("float32")
    for inputs in (values, {"x": values}, values.tolist()):
        answer = client.predict("half_plus_two", inputs, version=1)
        assert list(answer) == ["y"] and answer["y"].dtype == np.float32
        np.testing.assert_array_equal(answer["y"], values * np.float32(0.5) + 2)
    assert client.predict("half_plus_two", [0], label="canary/x")["y"].tolist() == [3]


@pytest.mark.parametrize("dtype", ["float64", "int8", "int64", "uint8", "uint64", "bool"])
def test_dtypes_come_back(client, dtype):
    answer = client.predict("types", np.array([0, 1], dtype), signature=dtype)["y"]
    assert answer.dtype == dtype and answer.tolist() == [0, 1]


def test_several_inputs_and_outputs(client, tmp_path):
    file = tmp_path / "raw"
    file.write_bytes(b"\x00\xff")
    answer = client.predict(
        "types", {"matrix": [[1, 2], [3, 4]], "text": ["ä", file], "count": [1, 2]}
    )
    assert answer["matrix"].tolist() == [[2, 4], [6, 8]]
    assert answer["text_bytes"].tolist() == ["ä".encode(), b"\x00\xff"]
    assert answer["count_out"].dtype == np.int32


def test_classify_and_regress(client):
    examples = [{"x": 1.0}, {"x": [2.0], "name": "b", "raw": b"\xff"}]
    assert client.regress("half_plus_two", examples, signature="regress") == [3.5, 4.0]
    (first, *_), _ = client.classify("half_plus_two", examples, signature="classify")
    assert tuple(first) == ("plus", 3.5)


def test_status_and_signatures(client):
    assert client.status("half_plus_two") == {2: ("AVAILABLE", ""), 1: ("AVAILABLE", "")}
    assert list(client.status("half_plus_two", version=1)) == [1]
    signature = client.signatures("types")["serving_default"]
    assert signature.inputs["matrix"] == Tensor("float32", (None, None))
    assert signature.inputs["text"] == Tensor("string", (None,))
    assert client.signatures("types")["scalar"].inputs["x"].shape == ()
    client.wait_until_ready("types", 10)


WRONG = {
    "no model": (("no", [1]), {}, Code.NOT_FOUND, "no"),
    "no version": (("half_plus_two", [1]), {"version": 9}, Code.NOT_FOUND, "9"),
    "no label": (("half_plus_two", [1]), {"label": "x"}, Code.INVALID_ARGUMENT, "label: x"),
    "no signature": (("half_plus_two", [1]), {"signature": "x"}, Code.INVALID_ARGUMENT, "regress"),
    "no such input": (("half_plus_two", {"z": [1]}), {}, Code.INVALID_ARGUMENT, "there are: x"),
    "no number": (("half_plus_two", ["a"]), {}, Code.INVALID_ARGUMENT, "array of float32"),
    "names needed": (("types", [1]), {}, Code.INVALID_ARGUMENT, "count, matrix, text"),
    "wrong shape": (("half_plus_two", [[1]]), {}, Code.INVALID_ARGUMENT, "shape"),
    "no text": (("types", [1]), {"signature": "string"}, Code.INVALID_ARGUMENT, "Expected strings"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(client, case):
    arguments, options, code, hint = WRONG[case]
    with pytest.raises(ServingError, match=hint) as caught:
        client.predict(*arguments, **options)
    assert caught.value.code is code


@pytest.mark.parametrize("url", ["localhost:8501", "ftp://x", "http://", "http://x:port", ""])
def test_wrong_urls(url):
    with pytest.raises(ValueError, match="A server's URL is"):
        Client(url)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_is_away(scheme):
    url = f"{scheme}://127.0.0.1:{models.free_port()}"
    start = time.monotonic()
    with Client(url, retries=2, backoff=0.05) as client, pytest.raises(ServingError) as caught:
        client.predict("m", [1])
    assert caught.value.code is Code.UNAVAILABLE
    assert 0.075 <= time.monotonic() - start < 5
    with Client(url, deadline=0.3, retries=100) as client, pytest.raises(ServingError):
        client.status("m")
    assert time.monotonic() - start < 5
    with Client(url) as client, pytest.raises(ServingError, match="m is not ready"):
        client.wait_until_ready("m", 0.3)


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_server_that_comes_back(half_plus_two, protocol):
    ports = {"port": models.free_port(), "rest_api_port": models.free_port()}
    scheme, port = ("http", "rest_api_port") if protocol == "rest" else ("grpc", "port")
    url = f"{scheme}://127.0.0.1:{ports[port]}"
    started = []

    def start():
        time.sleep(0.3)
        started.append(models.start(model_name="m", model_base_path=str(half_plus_two), **ports))

    thread = threading.Thread(target=start)
    thread.start()
    with Client(url, retries=30, deadline=30) as client:
        assert client.predict("m", [1])["y"].tolist() == [3.5]
    thread.join()
    started[0].stop()


def test_busy_servers_are_asked_again(server, monkeypatch):
    answers = iter([Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE])
    before = server.inference.predict_arrays

    def busy(*arguments):
        code = next(answers, None)
        if code:
            raise ServingError(code, "busy")
        return before(*arguments)

    monkeypatch.setattr(server.inference, "predict_arrays", busy)
    with Client(server.addresses["rest"], backoff=0.01) as client:
        assert client.predict("half_plus_two", [1])["y"].tolist() == [3.5]


def test_a_server_that_never_answers():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, deadline=0.3) as client, pytest.raises(ServingError) as caught:
            client.predict("m", [1])
    assert caught.value.code is Code.DEADLINE_EXCEEDED


def test_something_else_answers(server):
    with Client(f"{server.addresses['rest']}/healthz") as client, pytest.raises(ServingError):
        client.predict("m", [1])


# --- kerasuite predict --server ------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_predict_by_a_server_prints_what_predict_prints(shipped, protocol, capsys):
    words = ["predict", "image_classifier", "--json", str(EXAMPLES)]
    assert main(words) == 0
    here = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main([*words, "--server", shipped.addresses[protocol]]) == 0
    there = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["input"] for a in here] == [a["input"] for a in there]
    for a, b in zip(here, there, strict=True):
        assert a["classes"] == b["classes"]
        np.testing.assert_allclose(a["scores"], b["scores"], rtol=1e-5)


def test_predict_by_a_server_names_what_was_refused(shipped, capsys, tmp_path):
    (tmp_path / "note.png").write_text("no picture")
    url = shipped.addresses["rest"]
    words = ["predict", "image_classifier", str(EXAMPLES / "bag.png"), str(tmp_path), "--json"]
    assert main([*words, "--server", url]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["classes"][0] == "Bag"
    assert "note.png was refused: not a picture" in " ".join(err.split())


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["no_such_model", "x"], 2, "has no model no_such_model"),
        (["image_classifier", "x", "--signature", "no"], 2, "serving_default"),
        (["image_classifier", "x", "--model", "y"], 2, "exclude each other"),
        (["image_classifier", "x", "--version", "7"], 2, "Specific(image_classifier, 7)"),
    ],
)
def test_wrong_questions_to_a_server(shipped, capsys, words, code, hint):
    assert main(["predict", *words, "--server", shipped.addresses["rest"]]) == code
    assert hint in " ".join(capsys.readouterr().err.split())


def test_no_server_to_predict(capsys):
    url = f"http://127.0.0.1:{models.free_port()}"
    assert main(["predict", "image_classifier", "x", "--server", url]) == 1
    assert "cannot be reached" in " ".join(capsys.readouterr().err.split())
