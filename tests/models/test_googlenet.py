"""GoogLeNet: its maps, its auxiliary classifiers."""

import keras
import pytest

from kerasuite import models
from tests import cases


def test_maps_are_the_papers():
    """Table 1."""
    with cases.without_values():
        model = models.create("googlenet", features_only=True)
    sizes = [x.shape[1:] for x in model.outputs]
    assert sizes == [(112, 112, 64), (56, 56, 192), (28, 28, 480), (14, 14, 832), (7, 7, 1024)]
    mixed = [model.get_layer(f"mixed_4{c}").output.shape[-1] for c in "abcde"]
    assert mixed == [512, 512, 512, 528, 832]


def test_auxiliary_classifiers():
    with cases.without_values():
        model = models.create("googlenet", auxiliary=True)
    assert cases.count(model.trainable_weights) == 13_378_280
    assert set(model.output) == {"predictions", "auxiliary1", "auxiliary2"}
    with pytest.raises(ValueError, match="at least 65"):
        models.create("googlenet", auxiliary=True, input_shape=(64, 64, 3))


def test_auxiliary_losses_train_the_net():
    """Each classifier sends gradients to all below it, and to nothing else."""
    keras.utils.set_random_seed(0)
    model = models.create("googlenet", auxiliary=True, input_shape=(65, 65, 1), classes=2)
    x = cases.random_input((2, 65, 65, 1))
    for output, reached in (("auxiliary1", "mixed_4a"), ("auxiliary2", "mixed_4d")):
        below = keras.Model(model.input, model.output[output])
        cases.check_gradients(below, x)
        last = [layer.name for layer in below.layers if layer.name.startswith("mixed")][-1]
        assert last == reached


def test_gradients_and_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model = models.create("googlenet", input_shape=(64, 64, 3), classes=7)
    x = cases.random_input((2, 64, 64, 3))
    cases.check_gradients(model, x)
    cases.check_saving(model, x, tmp_path)
    cases.check_probabilities(model, x)
