"""The models run and learn on Keras's other backends, where these are installed."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

LIGHT = {
    "lenet5_1998": {},
    "small_cnn": {},
    "resnext29_32x4d": {"depth": 11, "width": 16, "base_width": 8, "stochastic_depth": 0.1},
    "densenetbc40_12": {"depth": 10},
    "c3d_small": {"input_shape": (4, 16, 16, 1), "dropout": 0},
}
HEAVY = {
    "alexnet": {"input_shape": (67, 67, 1), "units": 16, "dropout": 0},
    "googlenet": {"input_shape": (32, 32, 1), "dropout": 0},
    "vgg11": {"input_shape": (32, 32, 1), "units": 16, "dropout": 0},
}

_SCRIPT = """
import json
import sys
import numpy as np
import keras
from kerasuite import models
from tests import cases

assert keras.backend.backend() == sys.argv[1]
for name, arguments in json.loads(sys.argv[2]).items():
    arguments = {"input_shape": (16, 16, 1), "classes": 10, **arguments}
    model = models.create(name, **arguments)
    x = cases.random_input((8, *arguments["input_shape"]))
    cases.check_probabilities(model, x)
    cases.check_gradients(model, x)
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(x, np.arange(8), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0], (name, losses)
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize(
    "models",
    [pytest.param(LIGHT, id="light"), pytest.param(HEAVY, id="heavy", marks=pytest.mark.slow)],
)
def test_models_on_another_backend(backend, models):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    folders = os.pathsep.join(filter(None, sys.path))
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, backend, json.dumps(models)],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
