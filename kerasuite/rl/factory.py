"""Makes environments from names: registered ones, your own classes, wrappers around them."""

import contextlib
import difflib
import functools
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv, VectorEnv

from kerasuite.errors import InputError

Wrapper = Callable[[gymnasium.Env], gymnasium.Env]


def make(
    env_id: str,
    nb_envs: int = 1,
    env_kwargs: dict[str, Any] | None = None,
    wrappers: Sequence[str] = (),
    **kwargs,
) -> VectorEnv:
    """Makes environments that step together.

    The environment's own vector form is used if it has one and is not to be wrapped, else they step
    one after another.

    Args:
        env_id: name of a registered environment; or "module:name", which imports the module first,
            for a class in it or an environment that it registers.
        nb_envs: how many.
        env_kwargs: arguments of the environment.
        wrappers: see `wrapper`; the first is the innermost.
        **kwargs: of `gymnasium.make_vec`, such as vectorization_mode="async" or max_episode_steps.

    Raises:
        InputError: if there is no such environment (near names are suggested) or it cannot be
            made.
    """
    with _failures(env_id):
        if _own_class(env_id) is not None:
            mode = kwargs.pop("vectorization_mode", "sync")
            one = functools.partial(make_one, env_id, env_kwargs, wrappers, **kwargs)
            return (AsyncVectorEnv if mode == "async" else SyncVectorEnv)([one] * nb_envs)
        if wrappers:
            kwargs["wrappers"] = [wrapper(text) for text in wrappers]
            kwargs.setdefault("vectorization_mode", "sync")
        return gymnasium.make_vec(env_id, nb_envs, **{**(env_kwargs or {}), **kwargs})


def make_one(
    env_id: str,
    env_kwargs: dict[str, Any] | None = None,
    wrappers: Sequence[str] = (),
    max_episode_steps: int | None = None,
    render_mode: str | None = None,
) -> gymnasium.Env:
    """Makes a single environment; see `make`.

    Args:
        env_id, env_kwargs, wrappers: see `make`.
        max_episode_steps: truncates episodes; None for the environment's own limit.
        render_mode: of Gymnasium, such as "rgb_array"; None for none.
    """
    arguments = dict(env_kwargs or {})
    if render_mode is not None:
        arguments["render_mode"] = render_mode
    with _failures(env_id):
        if (own := _own_class(env_id)) is not None:
            env = own(**arguments)
            if max_episode_steps is not None:
                env = gymnasium.wrappers.TimeLimit(env, max_episode_steps)
        else:
            env = gymnasium.make(env_id, max_episode_steps=max_episode_steps, **arguments)
        for text in wrappers:
            env = wrapper(text)(env)
    return env


def wrapper(text: str) -> Wrapper:
    """Returns what wraps an environment.

    Args:
        text: a class of `gymnasium.wrappers`, or "module:class"; its arguments may follow as JSON,
            as in 'FrameStackObservation:{"stack_size": 4}'.

    Raises:
        InputError: if there is no such class (near names are suggested), or the JSON is damaged.
    """
    name, brace, rest = text.partition(":{")
    try:
        arguments = json.loads("{" + rest) if brace else {}
    except ValueError as e:
        raise InputError(f"The arguments of the wrapper {text!r} are no JSON: {e}") from e
    module, _, attribute = name.rpartition(":")
    found = _module(module) if module else gymnasium.wrappers
    kind = getattr(found, attribute, None)
    if not isinstance(kind, type) or not issubclass(kind, gymnasium.Wrapper):
        # Not looked at: some of Gymnasium's import JAX or PyTorch then.
        known = [n for n in getattr(found, "__all__", dir(found)) if n[:1].isupper()]
        near = difflib.get_close_matches(attribute, known, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise InputError(f"There is no wrapper {name!r}{hint}")
    return functools.partial(kind, **arguments)


def _own_class(env_id: str) -> Callable[..., gymnasium.Env] | None:
    """The class that "module:class" names; None for the name of a registered environment."""
    module, colon, name = env_id.rpartition(":")
    return getattr(_module(module), name, None) if colon else None


def _own_names(module: str) -> dict[str, str]:
    """The classes of environments in a module: name to "module:name"; none without the module."""
    found = vars(sys.modules[module]).items() if module in sys.modules else ()
    classes = {n: v for n, v in found if isinstance(v, type) and issubclass(v, gymnasium.Env)}
    return {name: f"{module}:{name}" for name in classes}


def _module(name: str) -> Any:
    """Imports a module, of the current folder too: `kerasuite` is no script that lies in it."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return importlib.import_module(name)


@contextlib.contextmanager
def _failures(env_id: str) -> Iterator[None]:
    """Says of what could not be made which it is, and which names are near."""
    try:
        yield
    except InputError:
        raise
    except (gymnasium.error.UnregisteredEnv, ModuleNotFoundError) as e:
        module, _, name = env_id.rpartition(":")
        own = _own_names(module)
        known = [*own, *gymnasium.registry]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        # A wrong case or a missing version is the commonest slip.
        near += [k for k in known if k.lower().startswith(name.lower()) and k not in near]
        near = [own.get(k, k) for k in near[:3]]
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise InputError(f"There is no environment {env_id!r}{hint} ({e})") from e
    except Exception as e:  # its own code runs here: anything may go wrong in it
        raise InputError(
            f"The environment {env_id!r} cannot be made: {type(e).__name__}: {e}"
        ) from e
