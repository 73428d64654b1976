"""Maps that nobody had to learn, to compare with."""

import numpy as np
from scipy import ndimage

_SIDE = 64
_AVERAGED, _BLUR = 3, 2.5


def middle_map(size: tuple[int, int]) -> np.ndarray:
    """A Gaussian about the middle with a quarter of the sides as its standard deviations."""
    down, across = (np.linspace(-2, 2, n) for n in size)
    return np.exp(-(down[:, None] ** 2 + across**2) / 2)


def spectral_residual(picture: np.ndarray) -> np.ndarray:
    """What is unusual in a picture's spectrum: its logarithm without its running mean.

    Args:
        picture: uint8 [height, width, 3].

    Returns:
        float64 [height, width].

    Reference:
        Hou & Zhang 2007, "Saliency detection: a spectral residual approach", section 3 (there of
        pictures of 64 pixels).
    """
    grey = picture.astype("float64").mean(-1)
    shrunk = ndimage.zoom(grey, _SIDE / np.array(grey.shape), order=1)
    spectrum = np.fft.fft2(shrunk)
    logarithm = np.log(np.abs(spectrum) + 1e-9)
    residual = logarithm - ndimage.uniform_filter(logarithm, _AVERAGED, mode="wrap")
    found = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    found = ndimage.gaussian_filter(found, _BLUR)
    return np.maximum(ndimage.zoom(found, np.array(grey.shape) / _SIDE, order=1), 0)
