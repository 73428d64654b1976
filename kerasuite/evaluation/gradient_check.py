"""Gradients by backpropagation against gradients by finite differences."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def gradient_error(
    model: keras.Model,
    inputs: np.ndarray,
    targets: np.ndarray,
    loss: Callable[[Any, Any], Any],
    step: float = 1e-5,
) -> float:
    """Compares the gradient of every trainable weight with central differences.

    Each weight is moved by `step` to both sides, so this is for small models alone.

    Args:
        model: of dtype float64: in float32 the differences drown in rounding.
        inputs: a batch.
        targets: the batch's targets.
        loss: takes targets and outputs, and returns the loss or one a example.
        step: how far a weight is moved.

    Returns:
        The length of the difference of both gradients over the sum of their lengths: about 1e-9
        where backpropagation is right.

    Raises:
        ValueError: if the model is not of dtype float64.

    Reference:
        Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating
        errors", equations 4 to 7.
    """
    if any(w.dtype != "float64" for w in model.trainable_weights):
        raise ValueError(
            "The weights must be of dtype float64. "
            f"Received: {sorted({w.dtype for w in model.trainable_weights})}"
        )

    def value() -> Any:
        return tf.reduce_mean(loss(targets, model(inputs, training=False)))

    with tf.GradientTape() as tape:
        current = value()
    exact = tape.gradient(current, [w.value for w in model.trainable_weights])
    exact = np.concatenate([np.ravel(g) for g in exact])
    measured = np.concatenate([_differences(w, value, step) for w in model.trainable_weights])
    lengths = np.linalg.norm(exact) + np.linalg.norm(measured)
    return float(np.linalg.norm(exact - measured) / max(lengths, 1e-30))


def _differences(weight: keras.Variable, value: Callable[[], Any], step: float) -> np.ndarray:
    start = np.array(weight)
    slopes = np.empty(start.size)
    for i in range(start.size):
        moved = []
        for sign in (1, -1):
            shifted = start.copy()
            shifted.flat[i] += sign * step
            weight.assign(shifted)
            moved.append(float(value()))
        slopes[i] = (moved[0] - moved[1]) / (2 * step)
    weight.assign(start)
    return slopes
