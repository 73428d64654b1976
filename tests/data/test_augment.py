import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.data.augment import augmentation, views

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


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((16, 12, 3)), *augmentation(**ALL)])


def test_saved_and_loaded(batch, model, tmp_path):
    model.save(tmp_path / "a.keras")
    loaded = keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(batch), batch)
    configs = [[layer.layer.get_config() for layer in m.layers] for m in (loaded, model)]
    assert configs[0] == configs[1]
    np.testing.assert_array_equal(loaded(batch, training=True), model(batch, training=True))


def test_whoever_does_not_ask_for_training_gets_the_picture(batch, model, tmp_path):
    """Keras's own random layers change pictures then, also in exported models."""
    np.testing.assert_array_equal(model(batch), batch)
    np.testing.assert_array_equal(model.predict(batch, verbose=0), batch)
    model.export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_array_equal(served.serve(batch), batch)


def test_fit_trains_on_changed_pictures(batch, model):
    seen = []
    recorder = keras.layers.Lambda(lambda x: seen.append(x.numpy()) or x)
    whole = keras.Sequential([model, recorder, keras.layers.Flatten(), keras.layers.Dense(1)])
    whole.compile("sgd", "mse", run_eagerly=True)
    whole.fit(batch, np.zeros(8), batch_size=8, shuffle=False, verbose=0)
    assert np.abs(seen[-1] - batch).max() > 0.1


@pytest.mark.parametrize("options", [{"shift": 1.0}, {"rotate": -1}, {"scale": 2}, {"rotate": 200}])
def test_ranges(options):
    with pytest.raises(ValueError, match="Received: "):
        augmentation(**options)


def test_views_are_the_picture_moved_and_mirrored():
    pictures = np.random.default_rng(0).uniform(0, 255, (2, 9, 7, 1)).astype("float32")
    seen = [np.asarray(v) for v in views(pictures, ["flip", "shift"])]
    assert len(seen) == 10
    np.testing.assert_array_equal(seen[0], pictures)
    np.testing.assert_array_equal(seen[1], pictures[:, :, ::-1])
    np.testing.assert_array_equal(seen[2][:, 1:], pictures[:, :-1])  # down, the border continued
    np.testing.assert_array_equal(seen[2][:, 0], pictures[:, 0])
    np.testing.assert_array_equal(seen[5][:, :, :-1], pictures[:, :, 1:])  # left
    assert len({v.tobytes() for v in seen}) == 10


def test_other_views_are_refused():
    with pytest.raises(ValueError, match="Received: \\['turn'\\]"):
        views(np.zeros((1, 4, 4, 1)), ["turn"])
