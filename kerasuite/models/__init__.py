"""Models by name (`names`, `create`, `spec`) and their builders (`LeNet5`, `SmallCNN`, …).

`load_weights_from` copies the weights of another library's net, and `fold_batch_norms` prepares a
trained net for inference. Classifiers, detectors and segmentation nets follow Keras's data format
(`keras.config.set_image_data_format`); all others take channels-last pictures.

Importing this package imports no deep-learning framework; the other functions do, when first used.
"""

import importlib
from typing import Any

from kerasuite.models.registry import Spec, accepts, builders, check_names, create, names, spec

_LATER = {
    "fold_batch_norms": "kerasuite.models.folding",
    "load_weights_from": "kerasuite.models.convert",
}

__all__ = [
    "Spec",
    "accepts",
    "builders",
    "check_names",
    "create",
    "fold_batch_norms",
    "load_weights_from",
    "names",
    "spec",
]


def __getattr__(name: str) -> Any:
    module = _LATER.get(name) or builders().get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *builders()})
