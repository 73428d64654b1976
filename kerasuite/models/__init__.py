"""Models by name (`names`, `create`, `spec`) and their builders (`LeNet5`, `SmallCNN`, …).

Importing this package imports no deep-learning framework; the builders do, when first used.
"""

import importlib
from typing import Any

from kerasuite.models.registry import Spec, check_names, create, names, spec

_BUILDERS = {
    "LeNet5": "kerasuite.models.lenet",
    "LeNet5Original": "kerasuite.models.lenet",
    "MLP": "kerasuite.models.mlp",
    "SmallCNN": "kerasuite.models.small_cnn",
}

__all__ = ["Spec", "check_names", "create", "names", "spec", *_BUILDERS]


def __getattr__(name: str) -> Any:
    if name not in _BUILDERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_BUILDERS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_BUILDERS})
