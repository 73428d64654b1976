"""The cross-residual net: its formula, its outputs, two tasks learned at once."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases


def _small(**kwargs):
    sizes = {"input_shape": (16, 16, 3), "classes": {"a": 4, "b": 3}, "blocks": 2, "width": 4}
    return models.CrossResidualNet(**{**sizes, **kwargs})


def _joined(model):
    """The same net with one output, its tasks side by side."""
    outputs = keras.layers.Concatenate()(list(model.output.values()))
    return keras.Model(model.input, outputs, name="joined")


def _randomized(model):
    """Gives moving statistics, scales and biases values that do not vanish from sums."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model


def test_each_task_has_an_output():
    model = models.create("cross_residual20")
    outputs = model(cases.random_input((2, 32, 32, 3)))
    assert {task: tuple(x.shape) for task, x in outputs.items()} == {
        "fine": (2, 10),
        "coarse": (2, 2),
    }
    for probabilities in outputs.values():
        np.testing.assert_allclose(cases.to_numpy(probabilities).sum(-1), 1, rtol=1e-5)


def test_twenty_layers_are_on_the_way_of_each_task():
    model = models.create("cross_residual20")
    shared = [x for x in model.layers if x.name.startswith(("stem_conv", "stage"))]
    own = [x for x in model.layers if x.name.startswith("fine")]
    counted = [
        layer
        for layer in (*shared, *own)
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
        and not {"shortcut", "from"} & set(layer.name.split("_"))
    ]
    assert len(counted) == 20


def test_block_is_the_formula():
    """`relu(F(x) + x + weight * cross(x of the other task))`, from the layers' own outputs."""
    model = _randomized(_small(cross_weight=0.3))
    names = {
        "output": "a_stage3_2_relu",
        "residual": "a_stage3_2_2_norm",
        "own": "a_stage3_1_relu",
        "other": "b_stage3_1_relu",
    }
    parts = {key: model.get_layer(name).output for key, name in names.items()}
    values = keras.Model(model.input, parts)(cases.random_input((2, 16, 16, 3)))
    cross = model.get_layer("a_stage3_2_from_b_conv")(values.pop("other"))
    cross = cases.to_numpy(model.get_layer("a_stage3_2_from_b_norm")(cross))
    values = {key: cases.to_numpy(x) for key, x in values.items()}
    expected = np.maximum(values["residual"] + values["own"] + 0.3 * cross, 0)
    np.testing.assert_allclose(values["output"], expected, **cases.TOLERANCE)


def test_without_weight_there_are_no_cross_residuals():
    assert not [x for x in _small(cross_weight=0).layers if "_from_" in x.name]
    crossing = [x.name for x in _small().layers if x.name.endswith("_conv") and "_from_" in x.name]
    assert len(crossing) == 4  # two blocks, two directions
    with pytest.raises(ValueError, match="Received: cross_weight=-1"):
        _small(cross_weight=-1)


def test_branches_may_be_the_end_of_a_stage_only():
    model = _small(blocks=3, branch_blocks=1, classes={"a": 2, "b": 2})
    names = {x.name for x in model.layers}
    assert {"stage3_1_relu", "stage3_2_relu", "a_stage3_3_relu", "b_stage3_3_relu"} <= names
    assert not {"a_stage3_2_relu", "stage3_3_relu"} & names
    assert model.count_params() < _small(blocks=3, classes={"a": 2, "b": 2}).count_params()
    for wrong in (0, 4, 1.5):
        with pytest.raises(ValueError, match=f"from 1 to `blocks`, 3.*branch_blocks={wrong}"):
            _small(blocks=3, branch_blocks=wrong)


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model, x = _joined(_small(classes={"a": 2, "b": 3, "c": 4})), cases.random_input((2, 16, 16, 3))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)


def test_features():
    *shared, own = _small(features_only=True).output
    assert [x.shape[1:] for x in shared] == [(16, 16, 4), (8, 8, 8)]
    assert {task: x.shape[1:] for task, x in own.items()} == {"a": (4, 4, 16), "b": (4, 4, 16)}
    pooled = _small(include_top=False, pooling="max").output
    assert {task: x.shape[1:] for task, x in pooled.items()} == {"a": (16,), "b": (16,)}


@pytest.mark.parametrize("classes", [10, {}, {"a": 0}, {"": 3}, {1: 3}])
def test_tasks_are_checked(classes):
    with pytest.raises(ValueError, match=r"classes.*Received: classes="):
        _small(classes=classes)


def test_two_tasks_are_learned_at_once():
    """Where a bar is, and whether it is bright."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    place, bright = rng.integers(0, 4, 192), rng.integers(0, 2, 192)
    x = 0.2 * rng.standard_normal((192, 16, 16, 3)).astype("float32")
    for picture, row, light in zip(x, place, bright, strict=True):
        picture[4 * row : 4 * row + 3] += 1 + light
    model = _small(classes={"place": 4, "bright": 2}, blocks=1)
    model.compile(
        keras.optimizers.Adam(5e-3),
        dict.fromkeys(("place", "bright"), "sparse_categorical_crossentropy"),
        metrics={task: ["accuracy"] for task in ("place", "bright")},
    )
    labels = {"place": place, "bright": bright}
    model.fit(x[:128], {k: v[:128] for k, v in labels.items()}, batch_size=16, epochs=8, verbose=0)
    answers = model.predict(x[128:], verbose=0)
    for task, wanted in labels.items():
        assert (answers[task].argmax(-1) == wanted[128:]).mean() > 0.9


def test_mixed_precision_answers_in_float32():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        outputs = _small(blocks=1)(cases.random_input((1, 16, 16, 3)))
    finally:
        keras.config.set_dtype_policy(before)
    for task, probabilities in outputs.items():
        assert keras.backend.standardize_dtype(probabilities.dtype) == "float32", task
        np.testing.assert_allclose(cases.to_numpy(probabilities).sum(-1), 1, rtol=1e-5)
