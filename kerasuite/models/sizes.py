"""The sizes of a family: functions of their own over one builder."""

import inspect
from collections.abc import Callable
from typing import Any


def sized(builder: Callable, function_name: str, summary: str, **defaults) -> Callable:
    """Returns `builder` with other defaults, as a function with a name and a signature.

    Args:
        builder: the builder of the family.
        function_name: such as "ResNet50"; in lower case it is the default name of the model.
        summary: first line of the function's documentation.
        **defaults: arguments of `builder` that make this size. Callers may still override them.

    Raises:
        ValueError: if `builder` has no such argument.
    """
    signature = inspect.signature(builder)
    defaults = {"name": function_name.lower(), **defaults}
    unknown = sorted(set(defaults) - set(signature.parameters))
    if unknown:
        raise ValueError(
            f"`defaults` must be arguments of {builder.__name__}. Received: {', '.join(unknown)}"
        )

    def build(*args, **kwargs) -> Any:
        return builder(**{**defaults, **signature.bind_partial(*args, **kwargs).arguments})

    given = ", ".join(f"{key}={value!r}" for key, value in defaults.items())
    build.__name__ = build.__qualname__ = function_name
    build.__module__ = builder.__module__
    build.__doc__ = f"{summary}\n\nThe arguments are those of `{builder.__name__}`; here {given}.\n"
    build.__signature__ = signature.replace(
        parameters=[
            parameter.replace(default=defaults.get(key, parameter.default))
            for key, parameter in signature.parameters.items()
        ]
    )
    return build
