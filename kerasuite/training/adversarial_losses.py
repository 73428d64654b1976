"""Losses of adversarial games, by name, and the gradient penalty."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Score = Any  # float tensor (batch, ...): what a discriminator says, before any sigmoid

NAMES = ("minimax", "non_saturating", "least_squares", "wasserstein", "hinge")
WITH_LABELS = ("minimax", "non_saturating", "least_squares")


def check_loss(name: str, smoothing: float = 0.0) -> None:
    """Refuses a loss that there is not.

    Args:
        name: one of `NAMES`.
        smoothing: see `discriminator_loss`.

    Raises:
        ValueError: if there is no such loss, or it cannot be smoothed so.
    """
    if name not in NAMES:
        raise ValueError(f"`loss` must be one of {', '.join(NAMES)}. Received: loss={name!r}")
    if not 0 <= smoothing < 0.5:
        raise ValueError(
            f"`smoothing` must be at least 0 and below 0.5. Received: smoothing={smoothing}"
        )
    if smoothing and name not in WITH_LABELS:
        raise ValueError(
            f"`smoothing` is for losses that have labels, {', '.join(WITH_LABELS)}. Received: "
            f"smoothing={smoothing} with loss={name!r}"
        )


def discriminator_loss(name: str, real: Score, fake: Score, smoothing: float = 0.0) -> Any:
    """What the discriminator descends. With D for the score and s for the sigmoid:

    | loss | the mean of |
    |---|---|
    | minimax, non_saturating | -log s(D(real)) - log(1 - s(D(fake))) |
    | least_squares | (D(real) - 1)² / 2 + D(fake)² / 2 |
    | wasserstein | D(fake) - D(real) |
    | hinge | max(0, 1 - D(real)) + max(0, 1 + D(fake)) |

    Args:
        name: one of `NAMES`.
        real: scores of real examples.
        fake: scores of generated ones.
        smoothing: what the label of real examples falls short of 1, at least 0 and below 0.5; the
            label of generated ones stays 0 (one-sided label smoothing).

    Returns:
        A float32 scalar.

    Reference:
        Goodfellow et al. 2014, "Generative adversarial nets", equation 1; Mao et al. 2017, "Least
        squares generative adversarial networks", equation 9; Arjovsky et al. 2017, "Wasserstein
        GAN", algorithm 1; Lim & Ye 2017, "Geometric GAN"; Salimans et al. 2016, "Improved
        techniques for training GANs", section 3.4 (smoothing).
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    if name in ("minimax", "non_saturating"):
        right = (1 - smoothing) * ops.softplus(-real) + smoothing * ops.softplus(real)
        return ops.mean(right) + ops.mean(ops.softplus(fake))
    if name == "least_squares":
        return 0.5 * (ops.mean(ops.square(real - (1 - smoothing))) + ops.mean(ops.square(fake)))
    if name == "wasserstein":
        return ops.mean(fake) - ops.mean(real)
    return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))


def generator_loss(name: str, fake: Score) -> Any:
    """What the generator descends. With D for the score and s for the sigmoid:

    | loss | the mean of |
    |---|---|
    | minimax | log(1 - s(D(fake))) |
    | non_saturating | -log s(D(fake)) |
    | least_squares | (D(fake) - 1)² / 2 |
    | wasserstein, hinge | -D(fake) |

    Args:
        name: one of `NAMES`.
        fake: scores of generated examples.

    Returns:
        A float32 scalar.
    """
    fake = ops.cast(fake, "float32")
    if name == "minimax":
        return -ops.mean(ops.softplus(fake))
    if name == "non_saturating":
        return ops.mean(ops.softplus(-fake))
    if name == "least_squares":
        return 0.5 * ops.mean(ops.square(fake - 1))
    return -ops.mean(fake)


def gradient_penalty(
    score: Callable[[Any], Score], real: Any, fake: Any, seed: keras.random.SeedGenerator
) -> Any:
    """How far the slope of a critic is from 1 between real and generated examples. TensorFlow only.

    The mean of (|| d score(x) / dx || - 1)², with each x at a random place on the straight line
    between a real and a generated example.

    Args:
        score: examples to scores.
        real: float tensor (batch, ...).
        fake: the same.
        seed: of the places.

    Returns:
        A float32 scalar.

    Reference:
        Gulrajani et al. 2017, "Improved training of Wasserstein GANs", equation 3.
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    batch = ops.shape(real)[0]
    share = keras.random.uniform((batch,) + (1,) * (len(real.shape) - 1), seed=seed)
    return ops.mean(ops.square(slopes(score, real + share * (fake - real)) - 1))


def slopes(score: Callable[[Any], Score], examples: Any) -> Any:
    """The length of the gradient of each example's score by the example, (batch,) float32."""
    import tensorflow as tf  # only here: the losses above run on every backend

    examples = tf.convert_to_tensor(examples)
    with tf.GradientTape() as tape:
        tape.watch(examples)
        scores = score(examples)
    gradient = ops.cast(tape.gradient(scores, examples), "float32")
    squares = ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
    return ops.sqrt(squares + 1e-12)  # at 0 the root has no slope
