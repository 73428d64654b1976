"""How good codes and reconstructions are, beside what is simpler."""

from typing import Any

import keras
import numpy as np
from scipy.ndimage import median_filter
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from kerasuite.apps.autoencoder.config import VARIATIONAL, AutoencoderConfig
from kerasuite.apps.autoencoder.nets import DECODER, ENCODER, code_of, pictures_of
from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Splits
from kerasuite.evaluation.likelihood import importance_sampled
from kerasuite.layers import Corruption

# The simpler ways and the linear classifier learn from at most so many pictures.
_BASELINE_PICTURES = 10_000
_PROBE_PICTURES = 5_000
_MOST_COMPONENTS = 512


def evaluate(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> dict[str, Any]:
    """Measures a trained autoencoder on the test split; see `App.evaluate`."""
    test = splits.test
    details: dict[str, Any] = {"examples": len(test)}
    if config.kind == "denoising":
        headline = _repairs(model, test, config)
    else:
        rebuilt = reconstruct(model, test, config)
        headline = {
            "mse": mse(values_of(test), rebuilt),
            "pca_mse": _pca_error(splits, config.code),
        }
    if config.kind in VARIATIONAL:
        found = _likelihood(model, splits, config)
        headline |= {name: found[name] for name in ("negative_elbo", "nll") if name in found}
        details |= found
    if config.kind == "sparse":
        codes = encoded(model, splits.test, config)
        details["active_share"] = float((codes > 0.1).mean())
    accuracy = _probe(model, splits, config)
    if accuracy is not None:
        headline["code_accuracy"] = accuracy
    return {"headline": headline, "evaluation": details}


def values_of(pictures: Pictures, most: int | None = None) -> np.ndarray:
    """The first pictures, float32 [n, h, w, c] from 0 to 1."""
    count = len(pictures) if most is None else min(most, len(pictures))
    return pictures.array(np.arange(count)).astype("float32") / 255


def encoded(
    model: keras.Model,
    pictures: Pictures,
    config: AutoencoderConfig,
    values: np.ndarray | None = None,
) -> np.ndarray:
    """The code of each picture, float32 [n, code].

    Args:
        model: what `nets.autoencoder` returned.
        pictures: with their labels.
        config: its options.
        values: in the place of the pictures' own, float32 from 0 to 1.
    """
    answers = _encoder_answers(model, pictures, config, values)
    return np.asarray(code_of(answers, config))


def decoded(
    model: keras.Model, codes: np.ndarray, labels: np.ndarray, config: AutoencoderConfig
) -> np.ndarray:
    """What becomes of codes, float32 [n, h, w, c] from 0 to 1."""
    given = _with_classes(model, codes, labels, config)
    parameters = model.get_layer(DECODER).predict(given, batch_size=512, verbose=0)
    return keras.ops.convert_to_numpy(pictures_of(parameters, config))


def reconstruct(
    model: keras.Model,
    pictures: Pictures,
    config: AutoencoderConfig,
    values: np.ndarray | None = None,
) -> np.ndarray:
    """Pictures through their codes, float32 [n, h, w, c]; arguments as of `encoded`."""
    codes = encoded(model, pictures, config, values)
    return decoded(model, codes, pictures.labels[: len(codes)], config)


def spoilt(values: np.ndarray, config: AutoencoderConfig) -> np.ndarray:
    """Pictures as the denoising model sees them, always spoilt in the same way."""
    layer = Corruption(config.corruption, config.corruption_level, seed=config.seed + 1)
    return keras.ops.convert_to_numpy(layer(values, training=True))


def mse(a: np.ndarray, b: np.ndarray) -> float:
    """The mean squared difference of pixels."""
    return float(np.mean(np.square(a - b, dtype="float64")))


def _with_classes(
    model: keras.Model, x: np.ndarray, labels: np.ndarray, config: AutoencoderConfig
) -> Any:
    if config.kind != "conditional":
        return x
    classes = model.get_layer(DECODER).input[1].shape[-1]
    return [x, np.eye(classes, dtype="float32")[labels]]


def _encoder_answers(
    model: keras.Model,
    pictures: Pictures,
    config: AutoencoderConfig,
    values: np.ndarray | None = None,
) -> np.ndarray:
    values = values_of(pictures) if values is None else values
    given = _with_classes(model, values, pictures.labels[: len(values)], config)
    return model.get_layer(ENCODER).predict(given, batch_size=512, verbose=0)


def _pca_error(splits: Splits, code: int) -> float:
    """Of as many principal components as the code has numbers: the best linear autoencoder."""
    train = values_of(splits.train, _BASELINE_PICTURES)
    test = values_of(splits.test)
    flat, wanted = train.reshape(len(train), -1), test.reshape(len(test), -1)
    components = min(code, _MOST_COMPONENTS, *flat.shape)
    pca = PCA(components, svd_solver="randomized", random_state=0).fit(flat)
    return mse(wanted, pca.inverse_transform(pca.transform(wanted)))


def _repairs(model: keras.Model, test: Pictures, config: AutoencoderConfig) -> dict[str, float]:
    """Squared errors of spoilt pictures, of repaired ones, and after a median filter."""
    clean = values_of(test)
    noisy = spoilt(clean, config)
    filtered = median_filter(noisy, size=(1, 3, 3, 1)).clip(0, 1)
    return {
        "spoilt_mse": mse(clean, noisy),
        "median_filter_mse": mse(clean, filtered),
        "repaired_mse": mse(clean, reconstruct(model, test, config, noisy)),
    }


def _likelihood(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> dict[str, Any]:
    """The bound on all test pictures by a few codes each; the likelihood of some by many."""
    test = splits.test
    values = values_of(test)
    if config.binarize:
        rng = np.random.default_rng(config.seed)
        values = (rng.random(values.shape, "float32") < values).astype("float32")
    decoder = model.get_layer(DECODER)
    labels = test.labels

    def decode(codes: np.ndarray, index: int) -> Any:
        return decoder(_with_classes(model, codes, np.repeat(labels[index], len(codes)), config))

    count = min(config.nll_pictures, len(test))
    codes = _encoder_answers(model, test, config, values[:count])
    samples = config.nll_samples or 1
    found = importance_sampled(
        values[:count], codes, decode, config.likelihood, samples, config.seed
    )
    found |= {"likelihood_pictures": count, "likelihood_codes": samples}
    if not config.nll_samples:
        del found["nll"], found["standard_error"]
    return found


def _probe(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> float | None:
    """Accuracy of a logistic regression that sees only codes; None if they tell the class."""
    if config.kind == "conditional" or len(np.unique(splits.train.labels)) < 2:
        return None
    some = splits.train.subset(_PROBE_PICTURES, config.seed)
    known, asked = (encoded(model, part, config) for part in (some, splits.test))
    mean, std = known.mean(0), known.std(0) + 1e-6
    regression = LogisticRegression(C=0.1, tol=1e-3, max_iter=1000)
    regression.fit((known - mean) / std, some.labels)
    return float(regression.score((asked - mean) / std, splits.test.labels))
