"""Pictures as drawings of their edges."""

import numpy as np
from scipy import ndimage


def edge_maps(
    pictures: np.ndarray, sigma: float = 1.0, low: float = 20.0, high: float = 50.0
) -> np.ndarray:
    """Draws the edges of pictures, black on white and one pixel wide, by Canny's rules.

    The slope of the smoothed picture, in the channel where it is steepest; of it, the places that
    are steeper than both neighbours along it; of these, the chains that are above `low` everywhere
    and above `high` somewhere.

    Args:
        pictures: uint8 [n, height, width, channels].
        sigma: standard deviation of the smoothing, in pixels.
        low, high: slopes, in units of colour (of 255) for each pixel.

    Returns:
        uint8 [n, height, width, 1]: 0 at edges, else 255.

    Reference:
        Canny 1986, "A computational approach to edge detection".
    """
    return np.stack([_edges(picture, sigma, low, high) for picture in pictures])


def _edges(picture: np.ndarray, sigma: float, low: float, high: float) -> np.ndarray:
    smooth = ndimage.gaussian_filter(picture.astype("float32"), (sigma, sigma, 0), mode="nearest")
    down, right = (ndimage.sobel(smooth, axis, mode="nearest") / 4 for axis in (0, 1))
    slopes = np.hypot(down, right)
    steepest = slopes.argmax(-1)[..., None]
    down, right, slope = (
        np.take_along_axis(x, steepest, -1)[..., 0] for x in (down, right, slopes)
    )
    thin = _thinned(slope, np.arctan2(down, right)) & (slope > low)
    chains, count = ndimage.label(thin, structure=np.ones((3, 3)))
    kept = np.zeros(count + 1, bool)
    kept[np.unique(chains[thin & (slope > high)])] = True
    kept[0] = False
    return np.where(kept[chains], 0, 255).astype("uint8")[..., None]


def _thinned(slope: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Where the slope is no less than before and more than behind, along it; bool [h, w]."""
    padded = np.pad(slope, 1)
    height, width = slope.shape
    direction = np.round(angle / (np.pi / 4)).astype(int) % 4
    thin = np.zeros(slope.shape, bool)
    for number, (dy, dx) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        after = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        before = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        thin |= (direction == number) & (slope >= before) & (slope > after)
    return thin
