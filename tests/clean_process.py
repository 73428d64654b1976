"""A process that knows only TensorFlow, as a server does, and answers for SavedModels.

Starting TensorFlow takes longer than most tests, so the tests of one worker share one process.
"""

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np

_CODE = """
    import os, pickle, sys
    pipe = os.fdopen(os.dup(1), "wb")  # what libraries print must not come between
    os.dup2(2, 1)
    import tensorflow as tf
    try:
        import tensorflow_text
    except ImportError:
        pass
    while True:
        try:
            path, signature, inputs = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        try:
            function = tf.saved_model.load(path).signatures[signature]
            outputs = function(**{k: tf.constant(v) for k, v in inputs.items()})
            assert "kerasuite" not in sys.modules
            answer = {k: v.numpy() for k, v in outputs.items()}
        except Exception as e:
            answer = f"{type(e).__name__}: {e}"
        pickle.dump(answer, pipe)
        pipe.flush()
"""
_process: subprocess.Popen | None = None


def ask_in_a_clean_process(
    path: Path, signature: str, inputs: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Calls a SavedModel where only TensorFlow (and tensorflow-text) is imported."""
    global _process
    if _process is None or _process.poll() is not None:
        command = [sys.executable, "-c", textwrap.dedent(_CODE)]
        _process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    plain = {k: v.tolist() if v.dtype == object else v for k, v in inputs.items()}
    pickle.dump((str(path), signature, plain), _process.stdin)
    _process.stdin.flush()
    answer = pickle.load(_process.stdout)
    assert not isinstance(answer, str), answer
    return answer
