"""C3D: its sizes, and that it learns what only motion tells."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases


def _small(**kwargs):
    sizes = {"input_shape": (8, 16, 16, 1), "classes": 4, "blocks": ((8,), (8, 8)), "units": (32,)}
    return models.C3D(**{**sizes, **kwargs})


def test_maps_of_the_published_net():
    """Five poolings leave time alone once, and halve it four times, rounding up."""
    maps = models.create("c3d", blocks=((1,), (1,), (1, 1), (1, 1), (1, 1)), include_top=False)
    assert maps.output_shape == (None, 1, 4, 4, 1)
    features = models.create("c3d", blocks=((1,),) * 5, features_only=True)
    sizes = [x.shape[1:4] for x in features.outputs]
    assert sizes == [(16, 112, 112), (16, 56, 56), (8, 28, 28), (4, 14, 14), (2, 7, 7)]


@pytest.mark.parametrize("size", [(16, 32, 32, 1), (12, 40, 33, 3), (16, 64, 64, 3)])
def test_small_net_takes_any_clip(size):
    model = models.create("c3d_small", input_shape=size, classes=3)
    cases.check_probabilities(model, cases.random_input((2, *size)))
    dense = models.create("c3d_small", input_shape=size).count_params()
    assert dense - models.create("c3d_small").count_params() == 27 * 32 * (size[-1] - 1)


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    for kwargs in ({"name": "dense"}, {"name": "pooled", "units": ()}):
        model, x = _small(**kwargs), cases.random_input((2, 8, 16, 16, 1))
        cases.check_gradients(model, x)
        cases.check_saving(model, x, tmp_path)


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_pooled_features(pooling):
    maps, pooled = (_small(include_top=False, pooling=p) for p in (None, pooling))
    pooled.set_weights(maps.get_weights())
    x = cases.random_input((2, 8, 16, 16, 1))
    reduce = {"avg": np.mean, "max": np.max}[pooling]
    expected = reduce(cases.to_numpy(maps(x)), axis=(1, 2, 3))
    np.testing.assert_allclose(cases.to_numpy(pooled(x)), expected, **cases.TOLERANCE)


def test_refusals():
    with pytest.raises(ValueError, match=r"4 positive integers, \(frames.*Received: "):
        _small(input_shape=(16, 16, 1))
    with pytest.raises(
        ValueError, match=r"`blocks` must be a positive integer\. Received: blocks=0"
    ):
        _small(blocks=((8,), (0,)))
    with pytest.raises(
        ValueError, match=r"`units` must be a positive integer\. Received: units=-1"
    ):
        _small(units=(-1,))


def test_net_learns_what_only_motion_tells():
    """A bar moves left or right, from anywhere: no single frame tells which."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 192)
    x = 0.2 * rng.standard_normal((192, 8, 16, 16, 1)).astype("float32")
    for clip, label, start in zip(x, labels, rng.integers(0, 16, 192), strict=True):
        for time, frame in enumerate(clip):
            frame[:, (start + (2 * label - 1) * time) % 16] += 1
    model = models.create(
        "c3d_small", input_shape=(8, 16, 16, 1), classes=2, blocks=((8,), (16,)), dropout=0.0
    )
    model.compile(
        keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x[:128], labels[:128], batch_size=16, epochs=8, verbose=0)
    assert model.evaluate(x[128:], labels[128:], verbose=0)[1] > 0.95
