"""Models by name (`names`, `create`, `spec`) and their builders (`LeNet5`, `SmallCNN`, …).

Importing this package imports no deep-learning framework; the builders do, when first used.
"""

import importlib
from typing import Any

from kerasuite.models.registry import Spec, accepts, builders, check_names, create, names, spec

__all__ = ["Spec", "accepts", "builders", "check_names", "create", "names", "spec"]


def __getattr__(name: str) -> Any:
    module = builders().get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *builders()})
