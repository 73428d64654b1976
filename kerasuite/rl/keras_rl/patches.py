"""All that keras-rl2 1.0.5 needs to be changed for Keras 3, in one place.

| module | what breaks | what is done |
|---|---|---|
| `rl.util` | imports `model_from_config`, which Keras 3 has not | it is put there |
| `rl.core` | hands Keras 3's History to the callback list of Keras 2 | that of Keras 2 |
| `rl.core` | counts steps in `np.int16`: `fit(nb_steps=40_000)` never ends | Python's integers |

`rl.agents` is never imported here: `rl.agents.ddpg` switches eager execution off for the whole
process, and Keras 3 cannot train any more.
"""

import importlib
import importlib.util
from types import ModuleType
from typing import Any

import keras
import numpy

MODULES = ("core", "callbacks", "memory", "policy", "processors", "random", "util")


class _WideNumPy(ModuleType):
    """NumPy, but for one name."""

    int16 = int

    def __getattr__(self, name: str) -> Any:
        return getattr(numpy, name)


def load() -> list[ModuleType]:
    """Imports keras-rl2's modules and patches them; again does no harm.

    Returns:
        The modules in the order of `MODULES`.

    Raises:
        ImportError: if keras-rl2 is not installed.
    """
    if importlib.util.find_spec("rl") is None:
        raise ImportError("keras-rl2 is not installed: pip install 'kerasuite[keras-rl]'")
    importlib.import_module("tensorflow.keras.models").model_from_config = _model_from_config
    core = importlib.import_module("rl.core")
    core.History = importlib.import_module("tensorflow.python.keras.callbacks").History
    core.np = _WideNumPy("numpy")
    return [importlib.import_module(f"rl.{name}") for name in MODULES]


def _model_from_config(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> keras.Model:
    """What `rl.util.clone_model` calls: {"class_name": …, "config": …} to a model."""
    kind = {"Sequential": keras.Sequential}.get(config["class_name"], keras.Model)
    return kind.from_config(config["config"], custom_objects=custom_objects)
