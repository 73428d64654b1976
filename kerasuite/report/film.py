"""Moving pictures: frames as an animated GIF."""

import io

import numpy as np
from PIL import Image

from kerasuite.report.figure import Figure

# How long the last frame stands before the film begins again.
LAST_FRAME = 2.0
# So many frames, first and last among them, decide about the colours of all.
PALETTE_FRAMES = 8


def film(
    frames: np.ndarray, name: str, title: str, caption: str = "", seconds: float = 0.15
) -> Figure:
    """Writes frames as an animated GIF that repeats for ever.

    Args:
        frames: uint8 `[n, height, width, 3]`.
        name, title, caption: words of the figure.
        seconds: how long a frame stands; the last one stands longer.

    Returns:
        The figure, of kind "gif".

    Raises:
        ValueError: if the frames are not pictures.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise ValueError(
            "`frames` must be uint8 of shape (n, height, width, 3). Received: "
            f"{frames.dtype} of shape {frames.shape}"
        )
    # One palette for the whole film, so that colours do not flicker.
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), PALETTE_FRAMES)).round().astype(int)
    palette = Image.fromarray(np.concatenate(frames[chosen])).quantize(256)
    pictures = [
        Image.fromarray(f).quantize(palette=palette, dither=Image.Dither.NONE) for f in frames
    ]
    durations = [round(seconds * 1000)] * (len(pictures) - 1) + [round(LAST_FRAME * 1000)]
    file = io.BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0
    )
    return Figure(name, title, caption, file.getvalue(), "gif")
