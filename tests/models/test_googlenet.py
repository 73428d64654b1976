"""GoogLeNet: its maps, its auxiliary classifiers."""

import keras
import numpy as np
import pytest

from kerasuite import models
from tests import cases


def test_maps_are_the_papers():
    """Table 1."""
    model = models.create("googlenet", features_only=True)
    sizes = [x.shape[1:] for x in model.outputs]
    assert sizes == [(112, 112, 64), (56, 56, 192), (28, 28, 480), (14, 14, 832), (7, 7, 1024)]
    mixed = [model.get_layer(f"mixed_4{c}").output.shape[-1] for c in "abcde"]
    assert mixed == [512, 512, 512, 528, 832]


def test_auxiliary_classifiers():
    model = models.create("googlenet", auxiliary=True)
    assert cases.count(model.trainable_weights) == 13_378_280
    assert set(model.output) == {"predictions", "auxiliary1", "auxiliary2"}
    with pytest.raises(ValueError, match="at least 65"):
        models.create("googlenet", auxiliary=True, input_shape=(64, 64, 3))


def test_auxiliary_losses_train_the_net():
    keras.utils.set_random_seed(0)
    model = models.create("googlenet", auxiliary=True, input_shape=(65, 65, 1), classes=2)
    names = ("predictions", "auxiliary1", "auxiliary2")
    model.compile(
        keras.optimizers.Adam(1e-3),
        dict.fromkeys(names, "sparse_categorical_crossentropy"),
        loss_weights={"predictions": 1.0, "auxiliary1": 0.3, "auxiliary2": 0.3},
        run_eagerly=True,  # a few steps: tracing them would take longer
    )
    x, y = cases.random_input((8, 65, 65, 1)), np.arange(8) % 2
    x[::2] += 1
    losses = model.fit(x, dict.fromkeys(names, y), epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model = models.create("googlenet", input_shape=(64, 64, 3), classes=7)
    x = cases.random_input((2, 64, 64, 3))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)
    cases.check_probabilities(model, x)
