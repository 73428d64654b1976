"""Making examples from numbered noise, the same ones again and again."""

import keras
import numpy as np

BATCH = 256


def noise(count: int, latent: int, seed: int) -> np.ndarray:
    """Standard normal float32 [count, latent]."""
    return np.random.default_rng(seed).standard_normal((count, latent)).astype("float32")


def generate(model: keras.Model, latents: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
    """What a GAN makes of noise.

    Args:
        model: the GAN.
        latents: float32 [n, latent].
        classes: int [n], or None if it has none.

    Returns:
        Pictures from 0 to 255, uint8 [n, height, width, channels]; or points, float32 [n, 2].
    """
    parts = []
    for i in range(0, len(latents), BATCH):
        given = latents[i : i + BATCH]
        if classes is not None:
            given = [given, classes[i : i + BATCH].astype("int32")]
        parts.append(model.predict_on_batch(given).astype("float32"))
    made = np.concatenate(parts)
    return to_pictures(made) if made.ndim == 4 else made


def to_pictures(made: np.ndarray) -> np.ndarray:
    """Numbers from -1 to 1 as uint8 from 0 to 255."""
    return np.clip(np.round((made + 1) * 127.5), 0, 255).astype("uint8")


def between(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """Noise on the great circle from one to the other, float32 [steps, latent].

    On the straight line between them, noise in many dimensions would be shorter than what the
    generator has learned from.

    Reference:
        White 2016, "Sampling generative networks", section 2.1.
    """
    cosine = first @ last / (np.linalg.norm(first) * np.linalg.norm(last))
    angle = np.arccos(np.clip(cosine, -1, 1))
    share = np.linspace(0, 1, steps)[:, None]
    if np.sin(angle) < 1e-6:
        return ((1 - share) * first + share * last).astype("float32")
    parts = np.sin((1 - share) * angle) * first + np.sin(share * angle) * last
    return (parts / np.sin(angle)).astype("float32")
