"""What tests of several folders share."""

import json

import pytest

from tests.models import timm_golden
from tests.torch_files import state_of, write_legacy


@pytest.fixture
def imagenet_weights(tmp_path, monkeypatch):
    """Random weights of MobileNetV2 in the place of the fetched file; name to array."""
    shapes = json.loads(timm_golden.FILE.read_text())["mobilenet_v2"]["shapes"]
    arrays = timm_golden.weights(shapes)
    path = write_legacy(tmp_path / "net.pth", state_of(arrays), arrays)
    monkeypatch.setattr("kerasuite.data.fetch.paths", lambda name: (path,))
    return arrays
