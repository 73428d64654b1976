"""What timm's models answer with known weights, recorded so that the tests need no PyTorch.

`python -m tests.models.timm_golden` writes timm_golden.json anew: for each model the names and
shapes of its state dict, and the logits for `pictures()` with `weights()`. It needs torch and
timm, but not torchvision: the models recorded here use nothing of it.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_suffix(".json")
# Height and width of the pictures.
MODELS = {
    "resnet18": 64,
    "resnet50": 64,
    "resnext50_32x4d": 64,
    "densenet121": 64,
    "inception_v4": 96,
    "mobilenet_v2": 64,
    "efficientnet_lite0": 64,
    "efficientnet_lite2": 64,
}
# What timm calls those that have another name there.
TIMM_NAMES = {
    "mobilenet_v2": "mobilenetv2_100",
    "efficientnet_lite0": "tf_efficientnet_lite0",
    "efficientnet_lite2": "tf_efficientnet_lite2",
}
LOGITS = 20


def pictures(size: int) -> np.ndarray:
    """Returns two pictures of `size` by `size`, channels last."""
    return np.random.RandomState(1).standard_normal((2, size, size, 3)).astype("float32")


def weights(shapes: dict[str, list[int]]) -> dict[str, np.ndarray]:
    """Returns random weights and moving statistics that keep activations near 1."""
    # A RandomState draws the same in all versions of NumPy.
    random = np.random.RandomState(0)
    return {path: _weight(random, path, shape) for path, shape in shapes.items()}


def _weight(random: np.random.RandomState, path: str, shape: list[int]) -> np.ndarray:
    if path.endswith("num_batches_tracked"):
        return np.zeros(shape, "int64")
    if len(shape) > 1:
        return (random.standard_normal(shape) * np.prod(shape[1:]) ** -0.5).astype("float32")
    low, high = -0.2, 0.2
    if path.endswith("running_var"):
        low, high = 0.5, 1.5
    elif path.endswith("weight"):
        low, high = 0.5, 1.0
    return random.uniform(low, high, shape).astype("float32")


def main() -> None:
    """Writes the file."""
    timm = import_timm()
    import torch

    golden = {}
    for name, size in MODELS.items():
        net = timm.create_model(TIMM_NAMES.get(name, name)).eval()
        shapes = {path: list(value.shape) for path, value in net.state_dict().items()}
        state = {path: torch.tensor(value) for path, value in weights(shapes).items()}
        net.load_state_dict(state)
        with torch.no_grad():
            logits = net(torch.tensor(pictures(size).transpose(0, 3, 1, 2))).numpy()
        rounded = [[round(float(value), 7) for value in row[:LOGITS]] for row in logits]
        golden[name] = {"timm": timm.__version__, "logits": rounded, "shapes": shapes}
    FILE.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def import_timm() -> types.ModuleType:
    """Returns timm, imported without torchvision where that is missing."""
    if importlib.util.find_spec("torchvision") is None:
        sys.meta_path.append(_StandIn())
    import timm

    return timm


class _StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Any module of torchvision, with empty classes by any name."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] != "torchvision":
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = _empty_class
        return module

    def exec_module(self, module):
        pass


class _Empty(type):
    def __getattr__(cls, name):
        return _empty_class(name)


def _empty_class(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _Empty(name, (), {})


if __name__ == "__main__":
    main()
