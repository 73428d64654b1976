"""super_resolution: what only this app does; its way from data to SavedModel is in test_apps."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.apps.super_resolution.app import SuperResolution
from kerasuite.apps.super_resolution.config import PRESETS, SuperResolutionConfig
from kerasuite.apps.super_resolution.nets import build
from kerasuite.apps.super_resolution.serving import enlarged, signatures
from kerasuite.data.pictures import png_bytes
from kerasuite.errors import InputError

TINY = {"width": 4, "blocks": 1, "scale": 2, "patch": 32}


def test_one_request_with_pictures_of_several_sizes():
    model = build(SuperResolutionConfig(**TINY), 0)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (*s, 3)).astype("uint8") for s in ((12, 9), (150, 7))]
    transparent = np.dstack([pictures[0], np.zeros((12, 9), "uint8")])
    file = io.BytesIO()
    Image.fromarray(transparent).save(file, "PNG")
    serve = tf.function(signatures(model, 2)["serving_default"].function)
    raw = [*map(png_bytes, pictures), file.getvalue()]
    files = serve(tf.constant(raw))["image_bytes"].numpy()
    made = [np.array(Image.open(io.BytesIO(f))) for f in files]
    assert [m.shape for m in made] == [(24, 18, 3), (300, 14, 3), (24, 18, 3)]
    for mine, its in zip(made, enlarged(model, pictures, 2), strict=False):
        assert np.abs(mine.astype(int) - its).max() <= 1  # they may round otherwise
    with pytest.raises(tf.errors.InvalidArgumentError):
        serve(tf.constant([b"no picture"]))


def test_rates_of_srgan_fall_in_each_part():
    options = {"method": "srgan", "epochs": 6, "pretraining": 4, "keep": "last"}
    app = SuperResolution(SuperResolutionConfig(**TINY, **options))
    rates = app._rates()
    rates.set_model(build(app.config, 0))
    found = []
    for epoch in range(6):
        rates.on_epoch_begin(epoch)
        found.append([float(o.learning_rate) for o in rates.model.optimizers])
    np.testing.assert_allclose(
        found, np.array([[1e-3] * 2, [1e-3] * 2, [1e-3] * 2, [5e-4] * 2, [1e-4] * 2, [1e-4] * 2])
    )


def test_presets_of_both_methods():
    assert PRESETS["srgan"].method == "srgan" and PRESETS["srgan"].keep == "last"
    assert PRESETS["small"].residual and not PRESETS["full"].residual


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"patch": 40}, "--patch must be a multiple of 16"),
        ({"method": "srgan", "epochs": 3, "pretraining": 3}, "--pretraining must be below"),
        ({"content": -1.0}, "--content"),
        ({"adversarial_rate": 0.0}, "--adversarial-rate"),
        ({"blocks": 0}, "--blocks"),
        ({"limit": 0}, "--limit"),
    ],
)
def test_options_that_cannot_work(options, words):
    with pytest.raises(InputError, match=f"{words}.*Received"):
        SuperResolutionConfig(**options).check()
