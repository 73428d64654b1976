"""What every layer, every registered model and every app must hold.

`run_layer_test`, `run_builder_test` and `run_app_test` are called by the tests of this folder; a
failing check raises AssertionError and names what it looked at.
"""

import contextlib
import csv
import functools
import inspect
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from kerasuite import models
from kerasuite.app import apps
from kerasuite.cli import main
from tests.clean_process import ask_in_a_clean_process

TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}
# A checkpoint also records its own graph of objects: next to nothing, but a few weights are less.
CHECKPOINT_RECORD = 16 * 1024


def random_input(shape, seed: int = 0) -> np.ndarray:
    """Returns standard normal numbers, float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def to_numpy(x: Any) -> np.ndarray:
    """Returns a tensor of any backend and dtype as a float32 array."""
    return ops.convert_to_numpy(ops.cast(x, "float32"))


def run_layer_test(
    layer_class: type[keras.layers.Layer],
    config: dict[str, Any],
    inputs: np.ndarray,
    output_shape: tuple[int, ...],
    trainable: int,
    non_trainable: int,
    folder: Path,
) -> None:
    """Checks shapes, weights, config, saving, gradients, dtypes and symbolic use of a layer.

    Args:
        layer_class: the class to test.
        config: arguments of its constructor.
        inputs: a float32 batch.
        output_shape: the expected shape of the output for `inputs`.
        trainable: the expected number of trainable weights (tensors, not numbers).
        non_trainable: the expected number of other weights.
        folder: where a model may be saved.
    """
    layer = layer_class(**config)
    assert tuple(layer(inputs).shape) == output_shape
    assert tuple(layer.compute_output_shape(inputs.shape)) == output_shape
    assert len(layer.trainable_weights) == trainable
    assert len(layer.non_trainable_weights) == non_trainable
    for training in (False, True):
        assert np.isfinite(to_numpy(_call(layer, inputs, training))).all()
    _check_config(layer)
    _check_mixed_precision(layer_class, config, inputs)
    model = _symbolic(layer_class(**config), inputs, output_shape)
    check_gradients(model, inputs)
    check_saving(model, inputs, folder)


def run_builder_test(name: str, folder: Path) -> None:
    """Checks a registered classifier: size, gradients, saving, its variants and its refusals.

    A model for large pictures is run on pictures of 64x64 or 80x80, if it takes them.
    """
    run_size_test(name)
    keras.utils.set_random_seed(0)
    shape = _cheap_shape(name)
    model = models.create(name, input_shape=shape)
    inputs = random_input((2, *shape))
    check_probabilities(model, inputs)
    check_gradients(model, inputs)
    check_saving(model, inputs, folder)
    check_variants(name, shape)
    check_refusals(name)


def run_size_test(name: str) -> None:
    """Checks shapes and published parameters of a registered model, without making weights."""
    spec = models.spec(name)
    with without_values():
        model = models.create(name)
    assert model.name == name
    assert model.input_shape == (None, *spec.input_shape)
    _check_output_shapes(model, spec)
    if spec.parameters is not None:
        assert count(model.trainable_weights) == spec.parameters


def is_light(name: str) -> bool:
    """Whether a registered model is small enough for `run_builder_test` to take seconds."""
    spec = models.spec(name)
    few = spec.parameters is None or spec.parameters < 300_000
    return few and math.prod(spec.input_shape[-3:-1]) <= 64 * 64


def is_classifier(name: str) -> bool:
    """Whether a registered model gives one probability a class, as `run_builder_test` wants."""
    return models.spec(name).task in ("classify", "classify_video")


@contextlib.contextmanager
def without_values() -> Iterator[None]:
    """Models built within have weights with shapes, but no values: drawing them takes long."""
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        keras.utils.clear_session()  # else the next scope would draw them


def check_gradients(model: keras.Model, inputs: np.ndarray) -> None:
    """Every trainable weight gets a gradient that is finite and not all zero."""
    if not model.trainable_weights:
        return
    for weight, gradient in zip(
        model.trainable_weights, weight_gradients(model, inputs), strict=True
    ):
        assert gradient is not None, f"{weight.path} gets no gradient"
        assert np.isfinite(gradient).all(), f"the gradient of {weight.path} is not finite"
        assert np.abs(gradient).max() > 0, f"the gradient of {weight.path} is all zero"


def check_saving(model: keras.Model, inputs: np.ndarray, folder: Path) -> None:
    """A saved model comes back, in safe mode, with the same weights and outputs."""
    path = folder / f"{model.name}.keras"
    model.save(path)
    loaded = keras.saving.load_model(path, safe_mode=True)
    for saved, back in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(saved), to_numpy(back))
    expected = to_numpy(model(inputs, training=False))
    np.testing.assert_allclose(to_numpy(loaded(inputs, training=False)), expected, **TOLERANCE)


def check_probabilities(model: keras.Model, inputs: np.ndarray) -> None:
    """The output is a distribution over the classes."""
    outputs = to_numpy(model(inputs, training=False))
    assert (outputs >= 0).all()
    np.testing.assert_allclose(outputs.sum(-1), 1, rtol=1e-5)


def check_variants(name: str, input_shape: tuple[int, ...]) -> None:
    """Other classes, sizes and channels, logits, mixed precision, and no top."""
    spec = models.spec(name)
    *frames, height, width, channels = input_shape
    create = functools.partial(models.create, name, input_shape=input_shape)
    pictures = random_input((2, *input_shape))
    other = (*frames, height + 8, width + 5, 4 - channels)
    for change in ({"input_shape": other}, {"classes": 7}):
        model = create(**change)
        inputs = random_input((2, *model.input_shape[1:]))
        assert tuple(model(inputs).shape) == (2, change.get("classes", spec.classes))
    logits = to_numpy(create(classifier_activation=None)(pictures))
    assert not np.allclose(logits.sum(-1), 1)
    _check_mixed_model(create, pictures)
    maps = create(include_top=False)
    for pooling in ("avg", "max"):
        pooled = create(include_top=False, pooling=pooling)
        pooled.set_weights(maps.get_weights())
        assert count(pooled.weights) == count(maps.weights)
        assert pooled.output_shape == (None, maps.output_shape[-1])
        outputs = to_numpy(maps(pictures))
        if axes := tuple(range(1, outputs.ndim - 1)):
            outputs = outputs.mean(axes) if pooling == "avg" else outputs.max(axes)
        np.testing.assert_allclose(to_numpy(pooled(pictures)), outputs, **TOLERANCE)


def check_refusals(name: str) -> None:
    """Wrong arguments are refused with the argument and what was received."""
    for wrong in (
        {"classes": 0},
        {"classes": 2.5},
        {"pooling": "median", "include_top": False},
        {"input_shape": (28, 28)},
        {"input_shape": (0, 28, 1)},
        {"input_shape": (None, None, 3)},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
            models.create(name, **wrong)
    with pytest.raises(ValueError, match="activation"):
        models.create(name, classifier_activation="no such activation")


def weight_gradients(model: keras.Model, inputs: np.ndarray) -> list[np.ndarray | None]:
    """Returns the gradient of each trainable weight, for a random weighting of the outputs."""
    shape = model.compute_output_shape(inputs.shape)
    weighting = ops.convert_to_tensor(random_input(shape, seed=1))

    def loss(outputs):
        return ops.sum(ops.cast(outputs, "float32") * weighting)

    backend = keras.backend.backend()
    gradients = {"tensorflow": _by_tensorflow, "jax": _by_jax, "torch": _by_torch}[backend]
    return gradients(model, ops.convert_to_tensor(inputs), loss)


def count(weights: list[keras.Variable]) -> int:
    """Returns how many numbers the weights hold."""
    return sum(int(np.prod(w.shape)) for w in weights)


def _by_tensorflow(model, inputs, loss):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss(model(inputs, training=True))
    gradients = tape.gradient(value, [w.value for w in model.trainable_weights])
    return [None if g is None else tf.convert_to_tensor(g).numpy() for g in gradients]


def _by_torch(model, inputs, loss):
    model.zero_grad()
    loss(model(inputs, training=True)).backward()
    gradients = [w.value.grad for w in model.trainable_weights]
    return [None if g is None else g.cpu().numpy() for g in gradients]


def _by_jax(model, inputs, loss):
    import jax

    def of_weights(trainable):
        fixed = [w.value for w in model.non_trainable_variables]
        outputs, _ = model.stateless_call(trainable, fixed, inputs, training=True)
        return loss(outputs)

    return [np.asarray(g) for g in jax.grad(of_weights)([w.value for w in model.trainable_weights])]


def _call(layer, inputs, training):
    """Calls a layer with the training flag if it has one."""
    has_flag = "training" in inspect.signature(layer.call).parameters
    return layer(inputs, training=training) if has_flag else layer(inputs)


def _check_config(layer):
    config = layer.get_config()
    again = type(layer).from_config(config).get_config()
    assert again == config
    data = keras.saving.serialize_keras_object(layer)
    assert data["registered_name"] == f"kerasuite>{type(layer).__name__}"
    assert keras.saving.deserialize_keras_object(data).get_config() == config


def _check_mixed_precision(layer_class, config, inputs):
    layer = layer_class(**config, dtype="mixed_bfloat16")
    outputs = layer(inputs)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert np.isfinite(to_numpy(outputs)).all()
    assert all(w.dtype == "float32" for w in layer.weights)


def _check_mixed_model(create, pictures):
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        outputs = create()(pictures)
    finally:
        keras.config.set_dtype_policy(before)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    np.testing.assert_allclose(to_numpy(outputs).sum(-1), 1, rtol=1e-5)


def _symbolic(layer, inputs, output_shape):
    symbolic = keras.Input(inputs.shape[1:])
    model = keras.Model(symbolic, layer(symbolic), name="one_layer")
    assert model.output_shape == (None, *output_shape[1:])
    return model


def _cheap_shape(name):
    """The input of the paper, or 64x64 or 80x80 where that is larger and they are taken."""
    *frames, height, width, channels = models.spec(name).input_shape
    for side in (64, 80):
        shape = (*frames, min(side, height), min(side, width), channels)
        try:
            with without_values():
                models.create(name, input_shape=shape)
        except ValueError:
            continue
        return shape
    return (*frames, height, width, channels)


def _check_output_shapes(model, spec):
    if spec.task == "multitask":
        shapes = {task: output.shape for task, output in model.output.items()}
        assert shapes == {task: (None, n) for task, n in spec.arguments["classes"].items()}
    elif spec.task == "detect":
        numbers = {name: output.shape[2] for name, output in model.output.items()}
        assert numbers == {"classes": spec.classes, "boxes": 4}
    elif spec.task not in ("generate", "discriminate", "translate_pictures"):
        places = 2 if spec.task == "segment" else 0
        assert len(model.output_shape) == 2 + places
        assert model.output_shape[-1] == spec.classes


def run_app_test(name: str, folder: Path) -> None:
    """Takes an app's smoke preset through every stage, as a user would.

    The loss falls, or an agent's reward rises (of a game, which has neither, what says which epoch
    is best falls); the model reloads; report and records are there; the SavedModel holds each
    weight once, answers raw held-out input as the Keras model does (in a process that knows only
    TensorFlow), and `kerasuite predict` prints the same.

    Args:
        name: of the app.
        folder: an empty one, used as KERASUITE_HOME.
    """
    from kerasuite import run_folder
    from kerasuite.export.parity import by_class
    from kerasuite.export.versions import locate

    assert main(["train", name, "--preset", "smoke", "--folder", str(folder / "run")]) == 0
    rows = read_csv(folder / "run" / "history.csv")
    if "val_episode_reward" in rows[0]:  # an agent's loss says nothing of what it can do
        history = [-float(row["val_episode_reward"]) for row in rows]
    else:
        watched = "loss" if "loss" in rows[0] else apps()[name].load().monitor[0]
        history = [float(row[watched]) for row in rows if row[watched]]
    assert history[-1] < history[0], f"nothing was learned: {history}"
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert metrics["headline"] and metrics["export"]["parity_max_difference"] < 1e-4
    report = (folder / "run" / "report.html").read_text()
    assert metrics["model"]["name"] in report and "<svg" in report

    app = run_folder.load_app(folder / "run")
    model = run_folder.load_model(folder / "run")
    splits = app.data(run_folder.load_info(folder / "run"))
    again = app.evaluate(model, splits)["headline"]
    assert again == pytest.approx(metrics["headline"], abs=1e-5)

    path = locate(name)
    stored = sum(f.stat().st_size for f in (path / "variables").glob("variables.data*"))
    weights = sum(v.value.dtype.size * math.prod(v.shape) for v in model.variables)
    assert stored <= 1.1 * weights + CHECKPOINT_RECORD
    for signature, check in app.checks(model, splits).items():
        answers = ask_in_a_clean_process(path, signature, check.inputs)
        for output, wanted in by_class(check.answers).items():
            got = by_class(answers)[output]
            if wanted.dtype.kind in "fc":
                np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)
            else:
                np.testing.assert_array_equal(got, wanted)


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as f:
        return list(csv.DictReader(f))
