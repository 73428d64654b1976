"""The tuned settings of settings.toml, and what the user changes of them. No TensorFlow."""

import difflib
import functools
import json
import tomllib
from pathlib import Path
from typing import Any

from kerasuite.app import option_error
from kerasuite.errors import InputError

FILE = Path(__file__).parent / "settings.toml"


@functools.cache
def table() -> dict[str, dict[str, dict[str, Any]]]:
    """All of settings.toml: agent to environment to settings."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def agents() -> list[str]:
    """The agents' names."""
    return list(table())


def tuned(agent: str) -> list[str]:
    """The environments that an agent has settings of its own for."""
    return [name for name in table()[agent] if name != "default"]


def settings(agent: str, env: str, changes: dict[str, Any]) -> dict[str, Any]:
    """All settings of an agent on an environment.

    Args:
        agent: its name.
        env: the environment's.
        changes: name to value, what the user wants otherwise.

    Raises:
        InputError: if there is no such agent or setting, or a value is of another kind.
    """
    if agent not in table():
        near = difflib.get_close_matches(agent, agents(), n=2)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise InputError(f"There is no agent {agent!r}; {hint}There are: {', '.join(agents())}")
    default = table()[agent]["default"]
    found = {**default, **table()[agent].get(env, {})}
    for name, value in changes.items():
        if name not in default:
            near = difflib.get_close_matches(name, default, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has: {', '.join(default)}"
            raise InputError(f"{agent} has no setting {name!r}; {hint}")
        found[name] = _as(default[name], value, name)
    return found


def parse(option: str, text: str) -> dict[str, Any]:
    """The object that an option holds as JSON.

    Raises:
        InputError: if it holds something else.
    """
    try:
        value = json.loads(text or "{}")
    except ValueError as e:
        raise option_error(option, f"a JSON object ({e})", text) from e
    if not isinstance(value, dict):
        raise option_error(option, 'a JSON object, such as {"name": 1}', text)
    return value


def _as(example: Any, value: Any, name: str) -> Any:
    """`value` in the kind of `example`; a whole number will do for a fraction."""
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(example):
        raise InputError(
            f"The setting {name} must be like {json.dumps(example)}. Received: {json.dumps(value)}"
        )
    if isinstance(value, list) and not all(isinstance(v, int) and v > 0 for v in value):
        raise InputError(
            f"The setting {name} must be a list of positive integers. Received: {value}"
        )
    return value
