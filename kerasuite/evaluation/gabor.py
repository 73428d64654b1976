"""How much like Gabor functions filters are: where they lie, their orientation and frequency."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

_PADDED = 64


@dataclass(frozen=True)
class Shape:
    """What is measured of one filter.

    Attributes:
        orientation: of its stripes' normal, in radians from 0 (stripes upright) to below pi.
        frequency: cycles per pixel, where its spectrum is highest.
        selectivity: from 0 (its energy is spread over all orientations) to 1 (one orientation).
        extent: share of the patch that it covers: the squared sum of its energy through the sum of
            squares, per pixel; 1 if all weights are of one size.
        fit: share of its variance that the best Gabor function explains.
    """

    orientation: float
    frequency: float
    selectivity: float
    extent: float
    fit: float


def measure(filter_: np.ndarray) -> Shape:
    """Measures a filter [height, width], by its spectrum and by the Gabor function nearest to it.

    A Gabor function is a plane wave under a Gaussian, here with axes along and across the wave.

    Raises:
        ValueError: if the filter is not finite, or zero everywhere.

    Reference:
        Jones & Palmer 1987, "An evaluation of the two-dimensional Gabor filter model"; Bigun &
        Granlund 1987, "Optimal orientation detection of linear symmetry" (moments of the spectrum).
    """
    values = np.asarray(filter_, "float64")
    if values.ndim != 2 or not np.isfinite(values).all() or not values.any():
        raise ValueError(
            "`filter_` must be finite and not all zero [height, width]. Received: shape "
            f"{values.shape}"
        )
    values = values / np.linalg.norm(values)
    orientation, frequency, selectivity = _spectrum(values)
    energy = values**2
    extent = float(1.0 / (values.size * (energy**2).sum()))
    return Shape(
        orientation, frequency, selectivity, extent, _gabor_fit(values, orientation, frequency)
    )


def gabor(
    shape: tuple[int, int],
    centre: tuple[float, float],
    deviations: tuple[float, float],
    orientation: float,
    frequency: float,
    phase: float = 0.0,
) -> np.ndarray:
    """A Gabor function on a grid of pixels, float64 [height, width].

    Args:
        shape: height and width.
        centre: (x, y) in pixels.
        deviations: of the Gaussian across and along the stripes, in pixels.
        orientation: of the normal of the stripes, in radians from the x axis.
        frequency: cycles per pixel.
        phase: of the cosine at the centre, in radians.
    """
    wave = _wave(shape, (*centre, *deviations, orientation, frequency))
    return (wave * np.exp(1j * phase)).real


def _wave(shape: tuple[int, int], parameters: tuple[float, ...]) -> np.ndarray:
    x0, y0, across, along, orientation, frequency = parameters
    y, x = np.mgrid[: shape[0], : shape[1]]
    u = (x - x0) * np.cos(orientation) + (y - y0) * np.sin(orientation)
    v = (y - y0) * np.cos(orientation) - (x - x0) * np.sin(orientation)
    envelope = np.exp(-0.5 * ((u / across) ** 2 + (v / along) ** 2))
    return envelope * np.exp(2j * np.pi * frequency * u)


def _spectrum(values: np.ndarray) -> tuple[float, float, float]:
    power = np.abs(np.fft.fft2(values, (_PADDED, _PADDED))) ** 2
    steps = np.fft.fftfreq(_PADDED)
    fy, fx = np.meshgrid(steps, steps, indexing="ij")
    peak = np.unravel_index(power.argmax(), power.shape)
    # An orientation and its opposite are the same: angles count twice.
    turned = (power * np.exp(2j * np.arctan2(fy, fx)))[np.hypot(fx, fy) > 0].sum()
    angle = np.arctan2(fy[peak], fx[peak]) % np.pi
    return float(angle), float(np.hypot(fx[peak], fy[peak])), float(abs(turned) / power.sum())


def _gabor_fit(values: np.ndarray, orientation: float, frequency: float) -> float:
    """The share of the variance that is explained: amplitude and phase are solved for exactly."""
    height, width = values.shape
    y, x = np.mgrid[:height, :width]
    energy = values**2
    size = float(max(height, width))

    def rest(parameters: np.ndarray) -> np.ndarray:
        wave = _wave(values.shape, tuple(parameters)).ravel()
        parts = np.stack([wave.real, wave.imag], 1)
        products = parts.T @ parts + 1e-12 * np.eye(2)
        return values.ravel() - parts @ np.linalg.solve(products, parts.T @ values.ravel())

    low = np.array([-1.0, -1.0, 0.4, 0.4, orientation - np.pi / 2, 0.0])
    high = np.array([width, height, size, size, orientation + np.pi / 2, 0.75])
    best = np.inf
    for deviation in (size / 8, size / 3):
        centre = [(energy * x).sum(), (energy * y).sum()]
        start = np.array([*centre, deviation, deviation, orientation, max(frequency, 0.02)])
        found = least_squares(rest, start.clip(low + 1e-6, high - 1e-6), bounds=(low, high),
                              max_nfev=25)  # fmt: skip
        best = min(best, 2 * found.cost)
    return float(1.0 - best)
