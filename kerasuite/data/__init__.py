"""Data: the catalogue, fetching, and loaders.

Importing this package imports no TensorFlow; the loaders are in the submodules that need it.
"""

import importlib
from typing import Any

from kerasuite.data.splits import Info, Splits

_AT = {
    "entries": "catalogue",
    "find": "catalogue",
    "get": "fetch",
    "load_pairs": "pairs",
    "load_pictures": "load",
    "load_scenes": "scene_sets",
    "load_table": "tables",
    "load_texts": "corpora",
    "Pairs": "pairs",
    "Pictures": "pictures",
    "Scenes": "scenes",
    "decode_picture": "pictures",
    "decode_pictures": "pictures",
    "augmentation": "augment",
}

__all__ = ["Info", "Splits", *_AT]


def __getattr__(name: str) -> Any:
    if name in _AT:
        return getattr(importlib.import_module(f"kerasuite.data.{_AT[name]}"), name)
    raise AttributeError(f"module 'kerasuite.data' has no attribute {name!r}")
