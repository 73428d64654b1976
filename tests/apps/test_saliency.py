"""saliency: what only this app does; its way from data to SavedModel is in test_apps."""

import numpy as np
import pytest

from kerasuite.apps.saliency.app import measured
from kerasuite.apps.saliency.baselines import middle_map, spectral_residual
from kerasuite.apps.saliency.config import SaliencyConfig
from kerasuite.data.saliency_sets import SaliencyMaps
from kerasuite.errors import InputError


def test_baselines_find_what_they_should():
    middle = middle_map((21, 31))
    assert np.unravel_index(middle.argmax(), middle.shape) == (10, 15)
    # One spot on even ground is what a spectrum does not foretell.
    picture = np.random.default_rng(0).integers(90, 110, (64, 64, 3)).astype("uint8")
    picture[40:44, 16:20] = 255
    found = np.unravel_index(spectral_residual(picture).argmax(), (64, 64))
    assert np.abs(np.array(found) - (42, 18)).max() <= 4


def test_measures_are_means_over_pictures():
    maps = np.random.default_rng(0).random((3, 8, 8)).astype("float32")
    fixations = maps > 0.8
    images = np.zeros((3, 8, 8, 3), "uint8")
    found = measured(maps, SaliencyMaps(images, maps, fixations))
    assert found["cc"] == pytest.approx(1) and found["auc_judd"] == 1
    assert set(measured(maps, SaliencyMaps(images, maps))) == {"cc", "sim", "kl"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 40}, "--image-size must be a multiple of 16"),
        ({"epochs": 3, "pretraining": 4}, "--pretraining must be from 0 to --epochs 3"),
        ({"head_start": -1}, "--head-start"),
        ({"depth": 6}, "--depth"),
        ({"content": -1.0}, "--content"),
        ({"cell": 3}, "--cell"),
        ({"gradient_penalty": -1.0}, "--gradient-penalty"),
        ({"ema": 1.0}, "--ema"),
        ({"width": 0}, "--width"),
    ],
)
def test_options_that_cannot_work(options, words):
    with pytest.raises(InputError, match=f"{words}.*Received"):
        SaliencyConfig(**options).check()
