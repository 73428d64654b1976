"""The models run and learn on Keras's other backends, where these are installed."""

import importlib.util
import os
import subprocess
import sys

import pytest

_SCRIPT = """
import sys
import numpy as np
import keras
from kerasuite import models
from tests import cases

assert keras.backend.backend() == sys.argv[1]
for name, arguments in {
    "lenet5_1998": {},
    "small_cnn": {},
    "resnext29_32x4d": {"depth": 11, "width": 16, "base_width": 8, "stochastic_depth": 0.1},
    "densenetbc40_12": {"depth": 10},
}.items():
    model = models.create(name, input_shape=(16, 16, 1), **arguments)
    x = cases.random_input((8, 16, 16, 1))
    cases.check_probabilities(model, x)
    cases.check_gradients(model, x)
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(x, np.arange(8), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_models_on_another_backend(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    folders = os.pathsep.join(filter(None, sys.path))
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, backend],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
