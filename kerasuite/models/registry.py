"""The table of models: what each name builds, at which size, from which paper.

A `Spec` in a file of `kerasuite/models/specs/` is a model on the command line and in the tests. No
deep-learning framework is imported before `create` is called.
"""

import difflib
import fnmatch
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kerasuite.errors import InputError
from kerasuite.files import read_json
from kerasuite.models import specs
from kerasuite.models.spec import Spec

if TYPE_CHECKING:
    import keras


_SPECS = {
    spec.name: spec
    for module in pkgutil.iter_modules(specs.__path__)
    for spec in importlib.import_module(f"{specs.__name__}.{module.name}").SPECS
}


def names(pattern: str = "*", task: str | None = None) -> list[str]:
    """Returns the names of the models, sorted.

    Args:
        pattern: as in file names: "resnext*".
        task: only models for this task, such as "classify"; None for all.
    """
    found = fnmatch.filter(_SPECS, pattern)
    return sorted(name for name in found if task in (None, _SPECS[name].task))


def builders() -> dict[str, str]:
    """Returns the functions that build models: name to module."""
    pairs = (spec.builder.split(":") for spec in _SPECS.values())
    return {function: module for module, function in pairs}


def spec(name: str) -> Spec:
    """Returns what is known of the model `name`.

    Raises:
        InputError: (a ValueError) if there is none; the message names those spelled alike.
    """
    check_names([name])
    return _SPECS[name]


def check_names(wanted: Iterable[str]) -> None:
    """Checks that every name of `wanted` is a model's.

    Raises:
        InputError: (a ValueError) at the first that is not; the message names those spelled
            alike.
    """
    for name in wanted:
        if name not in _SPECS:
            near = difflib.get_close_matches(str(name), _SPECS, n=3, cutoff=0.5) or names()
            raise InputError(f"There is no model {name!r}. Did you mean: {', '.join(near)}?")


def counts() -> dict[str, dict[str, int]]:
    """Returns "parameters" and "multiply_adds" of every model, as `count` has recorded them."""
    return read_json(Path(__file__).with_name("counts.json"))


def accepts(name: str, argument: str) -> bool:
    """Whether the builder of the model `name` has an argument of that name."""
    return argument in inspect.signature(_builder(spec(name))).parameters


def create(name: str, /, **kwargs) -> "keras.Model":
    """Builds the model `name`.

    Args:
        name: one of `names()`.
        **kwargs: arguments of its builder, over those of its `Spec`: `input_shape` (the channels
            where Keras's data format has them), `classes`, `include_top`, `pooling`, …

    Returns:
        A functional `keras.Model`, not compiled, called `name`.

    Raises:
        InputError: (a ValueError) if there is no such model.
        ValueError: if the builder refuses an argument.
    """
    found = spec(name)
    defaults = {"input_shape": _shape(found), "classes": found.classes, "name": name}
    return _builder(found)(**{**defaults, **found.arguments, **kwargs})


def _shape(found: Spec) -> tuple[int, ...]:
    """Returns the default shape, in the data format that Keras is set to."""
    from kerasuite.models import data_format

    return data_format.in_set_format(found.input_shape)


def _builder(found: Spec) -> Callable[..., "keras.Model"]:
    module, function = found.builder.split(":")
    return getattr(importlib.import_module(module), function)
