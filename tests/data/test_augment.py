import keras
import numpy as np
import pytest

from kerasuite.data.augment import augmentation

ALL = {"flip": True, "shift": 0.2, "rotate": 20, "scale": 0.2}


@pytest.fixture
def batch(rng):
    return rng.random((8, 16, 12, 3), dtype="float32")


@pytest.mark.parametrize("options", [{k: v} for k, v in ALL.items()] + [ALL])
def test_changes_in_training_alone(batch, options):
    layers = augmentation(**options, seed=1)
    assert len(layers) == len(options)
    trained = untouched = batch
    for layer in layers:
        trained, untouched = layer(trained, training=True), layer(untouched, training=False)
    np.testing.assert_array_equal(untouched, batch)
    assert trained.shape == batch.shape and "float32" in str(trained.dtype)
    assert np.abs(np.asarray(trained) - batch).max() > 0.1


def test_nothing_asked_for_is_no_layer():
    assert augmentation() == []


def test_seeds(batch):
    def changed(seed):
        return np.asarray(keras.Sequential(augmentation(**ALL, seed=seed))(batch, training=True))

    np.testing.assert_array_equal(changed(1), changed(1))
    assert (changed(1) != changed(2)).any()


def test_flip_is_left_to_right(batch):
    (layer,) = augmentation(flip=True)
    flipped = np.asarray(layer(batch, training=True))
    same = [(a == b).all() for a, b in zip(flipped, batch, strict=True)]
    mirrored = [(a == b[:, ::-1]).all() for a, b in zip(flipped, batch, strict=True)]
    assert all(s or m for s, m in zip(same, mirrored, strict=True)) and any(same) and any(mirrored)


def test_edges_continue_the_ground():
    flat = np.full((4, 10, 10, 1), 0.7, "float32")
    for layer in augmentation(**ALL):
        np.testing.assert_allclose(layer(flat, training=True), flat, atol=1e-5)


def test_saved_and_loaded(batch, tmp_path):
    model = keras.Sequential([keras.Input((16, 12, 3)), *augmentation(**ALL)])
    model.save(tmp_path / "a.keras")
    loaded = keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(batch, training=False), batch)
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), batch)
    assert [layer.get_config() for layer in loaded.layers] == [m.get_config() for m in model.layers]
    np.testing.assert_array_equal(loaded(batch, training=True), model(batch, training=True))


@pytest.mark.parametrize("options", [{"shift": 1.0}, {"rotate": -1}, {"scale": 2}, {"rotate": 200}])
def test_ranges(options):
    with pytest.raises(ValueError, match="Received: "):
        augmentation(**options)
