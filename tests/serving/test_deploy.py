"""`kerasuite deploy`: its files fit their schemas, and its smoke test passes with our server."""

import json
import re
import shutil
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml
from google.protobuf import text_format

from kerasuite.cli import main
from kerasuite.serving import batching_parameters, model_config, text_protos
from tests.serving import models


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deploy") / "to"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(tmp_path_factory.mktemp("home")))
        # The one that ships: in a clone, `make demo` puts a version 2 beside it.
        words = ["deploy", "image_classifier", "--version", "1", "--to", str(folder)]
        assert main(words) == 0
    return folder


def test_the_files_of_tf_serving(deployed):
    config = model_config.from_file(deployed / "config" / "models.config")
    (entry,) = config.model_config_list.config
    assert (entry.name, entry.base_path) == ("image_classifier", "/models/image_classifier")
    assert dict(entry.version_labels) == {"stable": 1}
    assert (deployed / "models" / "image_classifier" / "1" / "saved_model.pb").exists()
    message = text_format.Parse(
        (deployed / "config" / "batching_parameters.txt").read_text(),
        text_protos.BatchingParameters(),
    )
    options = batching_parameters.from_message(message)
    assert options.allowed_batch_sizes == (1, 2, 4, 8, 16, 32)
    monitoring = text_protos.read(
        deployed / "config" / "monitoring.config", text_protos.MonitoringConfig(), "x"
    )
    assert monitoring.prometheus_config.enable


def test_the_compose_file_fits_its_schema(deployed):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         str(deployed / "docker-compose.yaml")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["1.27", "1.31"])
def test_the_manifest_fits_kubernetes_schemas(deployed, version):
    documents = list(yaml.safe_load_all((deployed / "kubernetes.yaml").read_text()))
    assert [d["kind"] for d in documents] == ["Deployment", "Service"]
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
    deployment, service = documents
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    wrong = {**deployment, "spec": {**deployment["spec"], "replicas": "two"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_the_dockerfile_starts_tf_serving_with_what_is_there(deployed):
    text = (deployed / "Dockerfile").read_text()
    assert re.search(r"^FROM tensorflow/serving:\d+\.\d+\.\d+$", text, re.MULTILINE)
    for path in re.findall(r"=/(config/[\w.]+)", text):
        assert (deployed / path).is_file()


@pytest.fixture(scope="module")
def running(deployed, tmp_path_factory):
    """Our server with the deployed config, its path being that of the container."""
    file = tmp_path_factory.mktemp("config") / "models.config"
    text = (deployed / "config" / "models.config").read_text()
    file.write_text(text.replace("/models/", f"{deployed}/models/"))
    server = models.start(
        model_config_file=file,
        enable_batching=True,
        batching_parameters_file=deployed / "config" / "batching_parameters.txt",
        monitoring_config_file=deployed / "config" / "monitoring.config",
    )
    yield server
    server.stop()


def smoke_test(folder, *words):
    return subprocess.run(
        [sys.executable, str(folder / "smoke_test.py"), *words], capture_output=True, text=True
    )


def test_the_smoke_test_passes(deployed, running):
    done = smoke_test(deployed, "--rest", running.addresses["rest"])
    assert done.returncode == 0, done.stderr
    assert "REST: the known answer" in done.stdout and "all is well" in done.stdout


@pytest.mark.slow  # it imports TensorFlow
def test_the_smoke_test_by_grpc(deployed, running):
    target = running.addresses["grpc"].removeprefix("grpc://")
    done = smoke_test(deployed, "--rest", running.addresses["rest"], "--grpc", target)
    assert done.returncode == 0, done.stderr
    assert "gRPC: an answer per example" in done.stdout


def test_the_smoke_test_fails_where_it_should(deployed, running, tmp_path):
    for name in ("smoke_test.py", "smoke_test.json"):
        shutil.copy(deployed / name, tmp_path)
    known = json.loads((tmp_path / "smoke_test.json").read_text())
    known["answer"]["scores"][0][0] += 0.1
    (tmp_path / "smoke_test.json").write_text(json.dumps(known))
    done = smoke_test(tmp_path, "--rest", running.addresses["rest"])
    assert done.returncode == 1 and "FAILED: REST: the known answer" in done.stderr
    away = f"http://127.0.0.1:{models.free_port()}"
    done = smoke_test(tmp_path, "--rest", away, "--wait", "1")
    assert done.returncode == 1 and "is not available after 1 s" in done.stderr


WRONG = {
    "full folder": (["image_classifier", "--to", "."], "not an empty folder"),
    "no model": (["perceptron", "--to", "d"], "no exported model"),
    "no version": (["image_classifier", "--to", "d", "--version", "7"], "no version 7"),
    "no image": (["image_classifier", "--to", "d", "--image", "x y"], "--image"),
    "replicas": (["image_classifier", "--to", "d", "--replicas", "0"], "--replicas must be"),
    "a path": (["../x", "--to", "d"], "cannot be a model's name"),
    "timeout": (["image_classifier", "--to", "d", "--batch-timeout-micros=-1"], "0 or more"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options(case, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    words, hint = WRONG[case]
    assert main(["deploy", *words]) == 2
    assert hint in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "d").exists()
