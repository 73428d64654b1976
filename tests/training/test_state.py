"""What a run remembers must bring back every number, and refuse what is not its own."""

import keras
import numpy as np
import pytest

from kerasuite.errors import InputError
from kerasuite.training.state import (
    History,
    load_state,
    load_weights,
    save_state,
    save_weights,
    variables,
)


def tiny_model(units=3):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dropout(0.5, seed=1)]
    )
    model.compile("adam", "mse")
    return model


def values(model):
    return [keras.ops.convert_to_numpy(v) for v in variables(model)]


def fit(model, epochs=1):
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    model.fit(x, x[:, :3], epochs=epochs, batch_size=8, verbose=0, shuffle=False)


def test_state_brings_back_weights_moments_and_random_states(tmp_path):
    first = tiny_model()
    fit(first)
    history = History("val_loss", "min", [{"loss": 1.5, "val_loss": 2.0}])
    save_state(tmp_path / "last.npz", first, history)

    second, restored = tiny_model(), History("val_loss", "min")
    assert load_state(tmp_path / "last.npz", second, restored) == 1
    assert restored.rows == history.rows
    for a, b in zip(values(first), values(second), strict=True):
        np.testing.assert_array_equal(a, b)
    # Dropout's generator and Adam's moments decide what comes next: it must be the same.
    fit(first)
    fit(second)
    for a, b in zip(values(first), values(second), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_alone(tmp_path):
    first, second = tiny_model(), tiny_model()
    save_weights(tmp_path / "best.npz", first)
    load_weights(tmp_path / "best.npz", second)
    np.testing.assert_array_equal(first.layers[0].kernel, second.layers[0].kernel)


@pytest.mark.parametrize("size", [0, 10, -20])
def test_damaged_checkpoint_is_named(tmp_path, size):
    path = tmp_path / "last.npz"
    save_state(path, tiny_model(), History("loss", "min"))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match=r"last\.npz is damaged"):
        load_state(path, tiny_model(), History("loss", "min"))


def test_checkpoint_of_another_model_is_refused(tmp_path):
    save_state(tmp_path / "last.npz", tiny_model(3), History("loss", "min"))
    other = tiny_model(5)
    before = values(other)
    with pytest.raises(InputError, match="another model"):
        load_state(tmp_path / "last.npz", other, History("loss", "min"))
    for a, b in zip(before, values(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "last.npz"
    with path.open("wb") as f:
        np.savez(f, meta=np.array([{"rows": []}], dtype=object))
    with pytest.raises(InputError, match="damaged"):
        load_state(path, tiny_model(), History("loss", "min"))


@pytest.mark.parametrize(
    ("mode", "values", "best", "since"),
    [("max", [0.1, 0.5, 0.5, 0.4], 1, 2), ("min", [3.0, 1.0, 2.0], 1, 1), ("max", [], None, 0)],
)
def test_best_epoch(mode, values, best, since):
    history = History("v", mode, [{"v": v} for v in values])
    assert history.best() == best
    assert history.epochs_since_best() == since
    if mode == "max" and values:
        assert History("v", mode, history.rows, ties="last").best() == best + 1


def test_history_as_csv():
    history = History("loss", "min", [{"loss": 0.25}, {"loss": 0.125, "val_loss": 1.0}])
    assert history.to_csv() == "epoch,loss,val_loss\n1,0.25,\n2,0.125,1\n"
