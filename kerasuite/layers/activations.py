"""Activations that Keras lacks."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
def scaled_tanh(x: Any) -> Any:
    """LeCun's squashing function, `1.7159 * tanh(2 / 3 * x)`.

    The constants make f(1) = 1 and f(-1) = -1, and put the greatest curvature there: targets
    of +1 and -1 are reached without saturating the unit.

    Args:
        x: float tensor of any shape.

    Returns:
        A tensor of `x`'s shape and dtype, in (-1.7159, 1.7159).

    Reference:
        LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
        recognition", appendix A.
    """
    return 1.7159 * ops.tanh(x * (2.0 / 3.0))
