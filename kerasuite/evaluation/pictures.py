"""How alike two pictures are: PSNR and SSIM, on luma as papers on super-resolution measure them."""

import numpy as np
from scipy import ndimage

PEAK = 255.0
_RADIUS = 5  # of SSIM's windows
_LUMA = np.array([65.481, 128.553, 24.966])


def luma(picture: np.ndarray) -> np.ndarray:
    """The luma Y of colour pictures, by ITU-R BT.601 from 16 to 235 as MATLAB's rgb2ycbcr has it.

    Args:
        picture: uint8 [..., 3].

    Returns:
        float64 [...].
    """
    return 16 + picture.astype("float64") @ _LUMA / 255


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    """The peak signal-to-noise ratio in dB: 10 log10(255² / mean squared difference).

    Args:
        first: numbers from 0 to 255, of any shape.
        second: the same.

    Returns:
        Infinity for equal pictures.

    Raises:
        ValueError: if shapes differ.
    """
    first, second = _checked(first, second)
    error = np.square(first - second).mean()
    return float(10 * np.log10(PEAK**2 / error)) if error else float("inf")


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """The mean structural similarity, in Gaussian windows of 11x11 that lie wholly inside.

    Args:
        first: numbers from 0 to 255, [height, width], sides of at least 11.
        second: the same.

    Returns:
        From -1 to 1, which is for equal pictures.

    Raises:
        ValueError: if shapes differ or are too small.

    Reference:
        Wang et al. 2004, "Image quality assessment: from error visibility to structural
        similarity", section 3 (standard deviation 1.5, K1 0.01, K2 0.03).
    """
    first, second = _checked(first, second)
    if first.ndim != 2 or min(first.shape) < 11:
        raise ValueError(
            f"Pictures must be [height, width] of at least 11x11. Received: {first.shape}"
        )
    means = [_windowed(x) for x in (first, second)]
    products = [_windowed(x * y) for x, y in ((first, first), (second, second), (first, second))]
    variances = products[0] - means[0] ** 2 + products[1] - means[1] ** 2
    covariance = products[2] - means[0] * means[1]
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    alike = (2 * means[0] * means[1] + c1) * (2 * covariance + c2)
    return float((alike / ((means[0] ** 2 + means[1] ** 2 + c1) * (variances + c2))).mean())


def _windowed(values: np.ndarray) -> np.ndarray:
    """The weighted mean of each window that lies wholly inside."""
    smooth = ndimage.gaussian_filter(values, 1.5, radius=_RADIUS)
    return smooth[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]


def luma_figures(made: np.ndarray, true: np.ndarray, border: int = 4) -> dict[str, float]:
    """PSNR and SSIM of the lumas of two pictures, without a frame.

    Args:
        made: uint8 [height, width, 3].
        true: the same.
        border: width of the frame that is left out, in pixels.

    Returns:
        "psnr" in dB, and "ssim".

    Raises:
        ValueError: as `psnr` and `ssim`.

    Reference:
        Ledig et al. 2017, "Photo-realistic single image super-resolution using a generative
        adversarial network", section 3.1.
    """
    inside = slice(border, -border or None)
    first, second = (luma(picture[inside, inside]) for picture in (made, true))
    return {"psnr": psnr(first, second), "ssim": ssim(first, second)}


def _checked(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(first, "float64"), np.asarray(second, "float64")
    if first.shape != second.shape:
        raise ValueError(
            f"Pictures must have one shape. Received: {first.shape} and {second.shape}"
        )
    return first, second
