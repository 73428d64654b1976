"""Tiny SavedModels, and a server that all tests of a process share."""

import pytest

from tests.serving import models


@pytest.fixture(scope="session")
def half_plus_two(tmp_path_factory):
    """y = x / 2 + 2, with signatures for Classify and Regress; versions 1 and 2 (x / 2 + 3)."""
    folder = tmp_path_factory.mktemp("models") / "half_plus_two"
    models.half_plus(folder / "1", 2.0)
    models.half_plus(folder / "2", 3.0)
    return folder


@pytest.fixture(scope="session")
def types_model(tmp_path_factory):
    """Several inputs and outputs of many types."""
    folder = tmp_path_factory.mktemp("models") / "types"
    models.types(folder / "1")
    return folder


@pytest.fixture(scope="session")
def config_file(half_plus_two, types_model, tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "models.config"
    file.write_text(
        f"""
        model_config_list {{
          config {{
            name: "half_plus_two" base_path: "{half_plus_two}" model_platform: "tensorflow"
            model_version_policy {{ all {{}} }}
            version_labels {{ key: "stable" value: 1 }}
            version_labels {{ key: "canary/x" value: 2 }}
          }}
          config {{ name: "types" base_path: "{types_model}" model_platform: "tensorflow" }}
        }}"""
    )
    return file


@pytest.fixture(scope="session")
def server(config_file):
    """half_plus_two and types, over REST and gRPC, without batching."""
    running = models.start(
        model_config_file=config_file, rest_api_enable_cors_support=True, max_request_bytes=2 << 20
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def rest(server):
    """Sends a request to the shared server: rest(path, body) → requests.Response."""
    return models.rest_of(server)
