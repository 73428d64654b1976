"""The process of keras-rl2's own agents: makes the world as it was, then runs a script in it.

Run by `run_script` as a file, with TF_USE_LEGACY_KERAS=1. It imports nothing of kerasuite, which
would bring Keras 3 along.
"""

import functools
import importlib
import os
import pkgutil
import runpy
import sys
from pathlib import Path
from typing import Any

import gymnasium
import tensorflow as tf
import tf_keras
from old_gym import OldGym  # beside this file


def main() -> None:
    """Runs the script that is named first; what follows is its command line."""
    script, *arguments = sys.argv[1:]
    _prepare_keras()
    _name_it_keras()
    _prepare_gym()
    if limit := os.environ.get("KERAS_RL_MOST_STEPS"):
        _limit_steps(int(limit))
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


def _prepare_keras() -> None:
    """`rl.callbacks` wants `__version__`, agents the old optimizers, NAF all intermediates."""
    importlib.import_module("tensorflow.keras").__version__ = tf_keras.__version__
    optimizers = importlib.import_module("tensorflow.keras.optimizers")
    for name in ("Adam", "SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam"):
        setattr(optimizers, name, getattr(optimizers.legacy, name))
    optimizers.Optimizer = optimizers.legacy.Optimizer
    tf.compat.v1.experimental.output_all_intermediates(True)
    # np.int16 counts to 32767 only: see patches.py.
    core, numpy = importlib.import_module("rl.core"), importlib.import_module("numpy")
    wide = type("WideNumPy", (), {"__getattr__": lambda self, name: getattr(numpy, name)})
    wide.int16 = int
    core.np = wide()


def _name_it_keras() -> None:
    """Scripts of keras-rl import `keras`, those of keras-rl2 `tensorflow.keras`: both are one."""
    root = importlib.import_module("tensorflow.keras")
    sys.modules["keras"] = root
    for module in pkgutil.iter_modules(root.__path__):
        found = importlib.import_module(f"tensorflow.keras.{module.name}")
        sys.modules[f"keras.{module.name}"] = found


def _prepare_gym() -> None:
    """`gym` is Gymnasium, whose environments have the old API."""
    make = gymnasium.make

    @functools.wraps(make)
    def make_old(name: Any, *args: Any, **kwargs: Any) -> OldGym:
        return OldGym(make(_newest(name), *args, **kwargs))

    gymnasium.make = make_old
    sys.modules["gym"] = gymnasium


def _newest(name: Any) -> Any:
    """The newest version of an environment in place of one that is gone: Pendulum-v1 for -v0."""
    base, version, _ = str(name).rpartition("-v")
    known = [n for n in gymnasium.registry if n.rpartition("-v")[:2] == (base, version)]
    if name in gymnasium.registry or not known:
        return name
    newest = max(known, key=lambda n: int(n.rpartition("-v")[2]))
    print(f"{name} is no more: {newest} takes its place", file=sys.stderr)
    return newest


def _limit_steps(most: int) -> None:
    """Trains no longer than that."""
    core = importlib.import_module("rl.core")
    whole = core.Agent.fit

    def fit(self: Any, env: Any, nb_steps: int, *args: Any, **kwargs: Any) -> Any:
        return whole(self, env, min(nb_steps, most), *args, **kwargs)

    core.Agent.fit = fit


if __name__ == "__main__":
    main()
