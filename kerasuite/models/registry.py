"""The table of models: what each name builds, at which size, from which paper.

A line here is a model in the command line and in the tests. No deep-learning framework is
imported before `create` is called.
"""

import difflib
import fnmatch
import importlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kerasuite.errors import InputError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Spec:
    """One model of the registry.

    Attributes:
        name: what it is called on the command line.
        builder: the function that builds it, as "module:function".
        summary: one line on what it is.
        paper: where it was published, "" if nowhere.
        input_shape: the input of the paper, (height, width, channels).
        classes: the classes of the paper.
        parameters: trainable parameters as published, for `input_shape` and `classes`; None if
            nowhere published.
        size: height and width to which pictures of another origin are brought.
        arguments: what the builder is called with beside the above.
    """

    name: str
    builder: str
    summary: str
    paper: str = ""
    input_shape: tuple[int, int, int] = (32, 32, 3)
    classes: int = 10
    parameters: int | None = None
    size: tuple[int, int] = (32, 32)
    arguments: dict[str, Any] = field(default_factory=dict)


_LENET = "LeCun et al. 1998, Gradient-based learning applied to document recognition"

_SPECS = {
    spec.name: spec
    for spec in (
        Spec(
            name="lenet5",
            builder="kerasuite.models.lenet:LeNet5",
            summary="LeNet-5 as it is taught: every map sees all maps, average pooling, softmax",
            paper=_LENET,
            input_shape=(32, 32, 1),
            parameters=61_706,
        ),
        Spec(
            name="lenet5_1998",
            builder="kerasuite.models.lenet:LeNet5Original",
            summary="LeNet-5 as published: connection table, trainable subsampling, RBF output",
            paper=_LENET,
            input_shape=(32, 32, 1),
            parameters=60_000,
        ),
        Spec(
            name="mlp",
            builder="kerasuite.models.mlp:MLP",
            summary="Fully connected layers on the pixels: the baseline",
            input_shape=(28, 28, 1),
        ),
        Spec(
            name="small_cnn",
            builder="kerasuite.models.small_cnn:SmallCNN",
            summary="Six convolutions with batch norm, made to train fast on a CPU",
            input_shape=(28, 28, 1),
        ),
    )
}


def names(pattern: str = "*") -> list[str]:
    """Returns the names that match `pattern` ("*" and "?" as in file names), sorted."""
    return sorted(fnmatch.filter(_SPECS, pattern))


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


def create(name: str, /, **kwargs) -> "keras.Model":
    """Builds the model `name`.

    Args:
        name: one of `names()`.
        **kwargs: arguments of its builder, over those of its `Spec`: `input_shape`, `classes`,
            `include_top`, `pooling`, …

    Returns:
        A functional `keras.Model`, not compiled, called `name`.

    Raises:
        InputError: (a ValueError) if there is no such model.
        ValueError: if the builder refuses an argument.
    """
    found = spec(name)
    module, function = found.builder.split(":")
    builder = getattr(importlib.import_module(module), function)
    defaults = {"input_shape": found.input_shape, "classes": found.classes, "name": name}
    return builder(**{**defaults, **found.arguments, **kwargs})
