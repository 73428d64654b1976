"""What tests of several folders share."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.models import timm_golden
from tests.torch_files import state_of, write_legacy


def pytest_collection_modifyitems(items):
    """The apps first: the longest file at the end would leave the other worker waiting."""
    items.sort(key=lambda item: item.path.name != "test_apps.py")


@pytest.fixture
def imagenet_weights(tmp_path, monkeypatch):
    """Random weights in the place of the fetched files; tells those of a model, name to array."""
    golden = json.loads(timm_golden.FILE.read_text())

    def weights(name: str) -> dict[str, np.ndarray]:
        return timm_golden.weights(golden[name]["shapes"])

    def paths(entry: str) -> tuple[Path]:
        arrays = weights(entry.removesuffix("_imagenet"))
        return (write_legacy(tmp_path / f"{entry}.pth", state_of(arrays), arrays),)

    monkeypatch.setattr("kerasuite.data.fetch.paths", paths)
    return weights
