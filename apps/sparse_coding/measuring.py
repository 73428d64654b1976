"""How sparse codes are, what they explain, what atoms look like, and what cleaning gains."""

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, median_filter
from scipy.stats import kurtosis

from kerasuite.apps.sparse_coding.config import SparseCodingConfig
from kerasuite.apps.sparse_coding.pictures import cosines, denoised, psnr
from kerasuite.data.patches import Patches
from kerasuite.data.splits import Splits
from kerasuite.evaluation.gabor import Shape, measure
from kerasuite.training.patch_coders import PatchCoder

# Fitting a Gabor function takes a tenth of a second.
MOST_MEASURED = 64
_USED = 1e-4
_EVEN_WIDTHS = (0.5, 0.75, 1.0, 1.5)


def evaluate(model: PatchCoder, splits: Splits, config: SparseCodingConfig) -> dict[str, Any]:
    """Measures codes on the test patches, atoms, and the cleaning of a test picture."""
    rows = splits.test.rows
    codes = model.predict(rows, batch_size=config.batch_size, verbose=0)
    own = rows - rows.mean(1, keepdims=True)
    rest = own - np.asarray(model.rebuilt(codes))
    shapes = [measure(a) for a in atom_pictures(model, config)[:MOST_MEASURED]]
    principal = [measure(a) for a in principal_pictures(model, config)[:MOST_MEASURED]]
    headline = {
        "explained_variance": float(1 - np.square(rest).sum() / np.square(own).sum()),
        "kurtosis": float(np.median(kurtosis(codes, axis=0))),
        "gabor_fit": _median(shapes, "fit"),
    }
    if config.kind == "sparse_coding":
        headline["active_share"] = float((np.abs(codes) > _USED).mean())
    details = {
        "kurtosis_of_principal_components": float(
            np.median(kurtosis(np.asarray(model.whitening(rows)), axis=0))
        ),
        "gabor_fit_of_principal_components": _median(principal, "fit"),
        "extent": _median(shapes, "extent"),
        "extent_of_principal_components": _median(principal, "extent"),
        "selectivity": _median(shapes, "selectivity"),
        "frequency": _median(shapes, "frequency"),
        "shapes": [vars(s) for s in shapes],
    }
    clean, noisy = noisy_picture(splits.test, config)
    repaired = cleaned(model, noisy, config)
    headline |= {"noisy_psnr": psnr(clean, noisy), "denoised_psnr": psnr(clean, repaired["learnt"])}
    details |= {f"psnr_{name}": psnr(clean, p) for name, p in repaired.items()}
    return {"headline": headline, "evaluation": details}


def atom_pictures(model: PatchCoder, config: SparseCodingConfig) -> np.ndarray:
    """What each number of the code stands for, float [code, patch, patch]."""
    return np.asarray(model.atoms()).T.reshape(-1, config.patch, config.patch)


def principal_pictures(model: PatchCoder, config: SparseCodingConfig) -> np.ndarray:
    """The principal components of the patches, float [components, patch, patch]."""
    return np.asarray(model.whitening.inverse_kernel).reshape(-1, config.patch, config.patch)


def test_picture(test: Patches, config: SparseCodingConfig) -> np.ndarray:
    """The middle of the first test picture, tiled if it is too small: float32 [side, side]."""
    picture, side = test.pictures[0], config.picture_size
    times = [-(-side // length) for length in picture.shape]
    picture = np.tile(picture, times)
    top, left = ((length - side) // 2 for length in picture.shape)
    return picture[top : top + side, left : left + side]


def noisy_picture(test: Patches, config: SparseCodingConfig) -> tuple[np.ndarray, np.ndarray]:
    """The test picture, and the same with normal noise: float32 [side, side], not clipped."""
    clean = test_picture(test, config)
    rng = np.random.default_rng(config.seed)
    return clean, clean + config.noise * rng.standard_normal(clean.shape, "float32")


def cleaned(
    model: PatchCoder, noisy: np.ndarray, config: SparseCodingConfig
) -> dict[str, np.ndarray]:
    """The noisy picture cleaned by the atoms learnt, by cosines in the same way, and by filters.

    Of Gaussian filters the best width for this noise and picture is taken, which nobody who does
    not know the clean picture could choose.
    """
    clean_up = {
        "side": config.patch,
        "stride": config.stride,
        "penalty": config.shrinkage * config.noise,
        "steps": config.cleaning_steps,
    }
    waves = int(np.ceil(np.sqrt(config.code + 1)))
    dictionaries = {"learnt": np.asarray(model.atoms()), "cosines": cosines(config.patch, waves)}
    found = {
        name: np.asarray(denoised(noisy[None], atoms, **clean_up))[0]
        for name, atoms in dictionaries.items()
    }
    found["median_filter"] = median_filter(noisy, 3)
    for width in _EVEN_WIDTHS:
        found[f"gaussian_filter_{width}"] = gaussian_filter(noisy, width)
    return found


def _median(shapes: list[Shape], name: str) -> float:
    return float(np.median([getattr(s, name) for s in shapes]))
