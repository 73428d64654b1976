"""What the report shows of an autoencoder."""

import keras
import numpy as np
from sklearn.manifold import TSNE

from kerasuite.apps.autoencoder.config import VARIATIONAL, AutoencoderConfig
from kerasuite.apps.autoencoder.measuring import (
    decoded,
    encoded,
    reconstruct,
    spoilt,
    values_of,
)
from kerasuite.apps.autoencoder.nets import ENCODER
from kerasuite.data.splits import Splits
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure

_SHOWN = 10
_WALKS = 5
_SAMPLE_ROWS = 6
_PLANE_CODES = 1000


def autoencoder_figures(
    model: keras.Model, splits: Splits, config: AutoencoderConfig
) -> list[Figure]:
    """Reconstructions, repairs, walks between codes, samples, filters, and the codes' plane."""
    found = [_reconstructions(model, splits, config), _walk(model, splits, config)]
    if config.kind in VARIATIONAL:
        found.append(_samples(model, splits, config))
    kernel = _first_kernel(model.get_layer(ENCODER))
    if kernel is not None:
        found.append(first_filters(kernel, splits.info.shape))
    if len(splits.test) >= _SHOWN:
        found.append(_plane(model, splits, config))
    return found


def first_filters(kernel: np.ndarray, shape: tuple[int, ...]) -> Figure:
    """The first layer's filters: [h, w, c, maps], or [h * w * c (and classes), units]."""
    if kernel.ndim == 2:
        pixels = int(np.prod(shape))
        kernel = kernel[:pixels].reshape(*shape, -1)
    return draw.filters(kernel)


def _first_kernel(encoder: keras.Model) -> np.ndarray | None:
    kernels = (getattr(layer, "kernel", None) for layer in encoder.layers)
    first = next((k for k in kernels if k is not None), None)
    return None if first is None else keras.ops.convert_to_numpy(first)


def _reconstructions(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> Figure:
    test = splits.test
    values = values_of(test, _SHOWN)
    if config.kind != "denoising":
        rows = {"test": values, "rebuilt": reconstruct(model, test, config, values)}
        caption = "Test pictures, and what is left of them after the code."
        return draw.picture_rows(rows, "reconstructions", "Reconstructions", caption)
    noisy = spoilt(values, config)
    rows = {
        "test": values,
        "spoilt": noisy,
        "repaired": reconstruct(model, test, config, noisy),
    }
    caption = "Test pictures, the same spoilt as in training, and what the model makes of those."
    return draw.picture_rows(rows, "repairs", "Repairs", caption)


def _walk(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> Figure:
    """Straight ways from one test picture's code to the next one's."""
    codes = encoded(model, splits.test, config, values_of(splits.test, 2 * _WALKS))
    steps = np.linspace(0, 1, _SHOWN, dtype="float32")[:, None]
    rows = {}
    for i in range(len(codes) // 2):
        way = (1 - steps) * codes[2 * i] + steps * codes[2 * i + 1]
        labels = np.repeat(splits.test.labels[2 * i], _SHOWN)
        rows[" " * i] = decoded(model, way, labels, config)
    caption = "Each row goes straight from the code of one test picture to that of another."
    if config.kind == "conditional":
        caption += " The class stays that of the first: what changes is the style."
    return draw.picture_rows(rows, "walk", "Between two codes", caption)


def _samples(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> Figure:
    rng = np.random.default_rng(config.seed)
    rows = {}
    if config.kind == "conditional":
        codes = rng.standard_normal((_SHOWN, config.code), "float32")
        for k, name in enumerate(splits.info.class_names[: 2 * _SAMPLE_ROWS]):
            labels = np.full(_SHOWN, k)
            rows[name] = decoded(model, codes, labels, config)
        caption = "A row a class, a code drawn from the prior a column: one style in all classes."
        return draw.picture_rows(rows, "samples", "Made up by class", caption)
    for i in range(_SAMPLE_ROWS):
        codes = rng.standard_normal((_SHOWN, config.code), "float32")
        rows[" " * i] = decoded(model, codes, np.zeros(_SHOWN, int), config)
    caption = "What the decoder makes of codes drawn from the prior: the means of the pixels."
    return draw.picture_rows(rows, "samples", "Made up", caption)


def _plane(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> Figure:
    codes = encoded(model, splits.test, config, values_of(splits.test, _PLANE_CODES))
    labels = splits.test.labels[: len(codes)]
    if config.code == 2:
        points, caption = codes, "The two numbers of the code."
    else:
        perplexity = min(30.0, (len(codes) - 1) / 3)
        points = TSNE(random_state=config.seed, perplexity=perplexity, init="pca")
        points = points.fit_transform(codes) if config.code > 1 else np.repeat(codes, 2, axis=1)
        caption = (
            "Codes laid out in the plane by t-SNE: near ones stay near, far distances mean little."
        )
    return draw.code_plane(points, labels, splits.info.class_names, caption=caption)
