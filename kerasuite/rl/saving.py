"""Files of an agent: weights in Keras's format, and the state that training goes on from."""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasuite.errors import InputError, KerasuiteError

_SUFFIX = ".weights.h5"


def save_weights(path: Path, model: keras.Model, overwrite: bool) -> None:
    """Writes a model's weights in Keras's HDF5 format, whatever the file is called.

    Raises:
        InputError: if the file is there and may not be overwritten.
    """
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists; pass overwrite=True to replace it")
    _write(path, _SUFFIX, lambda file: model.save_weights(file))


def load_weights(path: Path, model: keras.Model) -> None:
    """Reads what `save_weights` wrote.

    Raises:
        InputError: if the file is missing, damaged or of another architecture.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"link{_SUFFIX}"  # Keras looks at the name
        link.symlink_to(path.resolve())
        try:
            model.load_weights(link)
        except (ValueError, KeyError, OSError) as e:
            # Keras goes on with all the numbers of the variable.
            reason = " ".join(str(e).split(" Target variable:")[0].split())
            raise InputError(f"{path} holds no weights of this architecture: {reason}") from e


def weight_files(path: Path, names: list[str]) -> dict[str, Path]:
    """Returns the file of each net: `path` of a single one, else beside it with the net's name."""
    if len(names) == 1:
        return {names[0]: path}
    stem, dot, rest = path.name.partition(".")
    return {name: path.with_name(f"{stem}_{name}{dot}{rest}") for name in names}


def save_agent(path: Path, agent: Any) -> None:
    """Writes all that an agent's training goes on from, whole or not at all."""
    arrays, values = agent.own_state()
    arrays |= pack(agent.variables())
    values |= {"step": agent.step, "episode": agent.episode, "seed": agent.seed}
    values |= {"agent": type(agent).__name__, "rng": agent.rng.bit_generator.state}
    if agent.processor is not None:
        values["processor"] = agent.processor.state()
    text = np.frombuffer(json.dumps(values).encode(), "u1")
    _write(path, ".npz", lambda file: np.savez(file, values=text, **arrays))


def load_agent(path: Path, agent: Any) -> None:
    """Puts back what `save_agent` wrote, into an agent made alike, with room in its memory.

    Raises:
        InputError: if the file is missing, damaged or of another agent.
    """
    arrays, values = _load_state(path)
    if values.get("agent") != type(agent).__name__:
        raise InputError(f"{path} is of a {values.get('agent')}, not {type(agent).__name__}")
    unpack(arrays, agent.variables(), path)
    agent.step, agent.episode, agent.seed = values["step"], values["episode"], values["seed"]
    agent.rng.bit_generator.state = values["rng"]
    if agent.processor is not None:
        agent.processor.restore(values["processor"])
    agent.restore_own_state(arrays, values)
    agent.weights_changed()


def _load_state(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    try:
        # Pickled objects are refused: a checkpoint is data and must not run code.
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return arrays, json.loads(arrays.pop("values").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as e:
        raise InputError(f"{path} is no state of an agent, or damaged: {e}") from e


def pack(groups: dict[str, list[keras.Variable]]) -> dict[str, np.ndarray]:
    """Returns the values of variables under "group/number"."""
    return {
        f"{group}/{i}": keras.ops.convert_to_numpy(variable)
        for group, variables in groups.items()
        for i, variable in enumerate(variables)
    }


def unpack(
    arrays: dict[str, np.ndarray], groups: dict[str, list[keras.Variable]], source: str | Path
) -> None:
    """Puts back what `pack` gave.

    Raises:
        InputError: naming the file `source`, if variables have other shapes.
    """
    for group, variables in groups.items():
        for i, variable in enumerate(variables):
            saved = arrays.get(f"{group}/{i}")
            if saved is None or saved.shape != tuple(variable.shape):
                raise InputError(
                    f"{source} is of another architecture: {variable.path} has shape "
                    f"{tuple(variable.shape)}, the file has "
                    f"{'nothing' if saved is None else saved.shape}"
                )
            variable.assign(saved)


def pack_parts(parts: dict[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Returns the states of things: arrays under "part/name", plain values under "part".

    `state` of a thing returns plain values, or arrays and plain values.
    """
    arrays, values = {}, {}
    for part, thing in parts.items():
        state = thing.state()
        found, values[part] = state if isinstance(state, tuple) else ({}, state)
        arrays |= {f"{part}/{name}": array for name, array in found.items()}
    return arrays, values


def unpack_parts(
    parts: dict[str, Any], arrays: dict[str, np.ndarray], values: dict[str, Any]
) -> None:
    """Puts back what `pack_parts` gave."""
    for part, thing in parts.items():
        start = f"{part}/"
        found = {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
        if found:
            thing.restore(found, values[part])
        else:
            thing.restore(values[part])


def _write(path: Path, suffix: str, write: Callable[[Path], None]) -> None:
    """Writes beside first, then renames: large files never pass through memory."""
    try:
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=suffix)
        os.close(fd)
        try:
            write(Path(name))
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as e:
        raise KerasuiteError(f"Writing {path} failed: {e.strerror or e}") from e
