"""Runs scripts that use keras-rl2's own agents, in a process with legacy Keras."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kerasuite.errors import InputError, KerasuiteError

_CHILD = Path(__file__).parent / "child.py"


def run_script(
    script: str | Path,
    arguments: Sequence[str] = (),
    most_steps: int | None = None,
    folder: str | Path | None = None,
    timeout: float | None = None,
) -> str:
    """Runs a script of keras-rl's time as it is.

    `import gym` gives it Gymnasium, `gym.make` environments with Gym's API (of their newest version
    where that of the script is gone), `keras` and `tensorflow.keras` are Keras 2 with its old
    optimizers, and `rl` is keras-rl2, whose agents work.

    Args:
        script: its path.
        arguments: its command line.
        most_steps: the most that any `fit` trains; None for what the script says.
        folder: where it runs; None for here.
        timeout: in seconds; None for none.

    Returns:
        What it printed.

    Raises:
        InputError: if there is no such script, or legacy Keras is not installed.
        KerasuiteError: if the script fails, with the end of what it said, or takes too long.
    """
    path = Path(script).resolve()
    if not path.is_file():
        raise InputError(f"There is no script {script}")
    if importlib.util.find_spec("tf_keras") is None:
        raise InputError(
            "keras-rl2's own agents need legacy Keras: pip install 'kerasuite[keras-rl]'"
        )
    limit = "" if most_steps is None else str(most_steps)
    environment = {
        **os.environ, "TF_USE_LEGACY_KERAS": "1", "KERAS_RL_MOST_STEPS": limit,
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, str(_CHILD), str(path), *arguments],
            cwd=folder, env=environment, timeout=timeout, text=True, check=False,
            capture_output=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as e:
        raise KerasuiteError(f"{script} took longer than {timeout:g} s") from e
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise KerasuiteError(f"{script} failed with exit code {done.returncode}: {last}")
    return done.stdout
