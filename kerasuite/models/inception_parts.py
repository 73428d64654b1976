"""What Inception-v3, v4 and Inception-ResNet-v2 are made of: branches side by side.

A module is a list of branches, a branch a list of steps. A step is one of

- `(maps, kernel)`: a convolution with batch norm and ReLU, padded to keep the size;
- `(maps, kernel, strides)`: the same with strides, not padded;
- `(maps, kernel, strides, padding)`: all said;
- `AVERAGE`: the mean of each 3x3 window, which keeps the size;
- `MAX`: the maximum of every second 3x3 window, which halves it;
- a list of branches: the branch splits, and its parts are joined again.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization

AVERAGE = "average"
MAX = "max"


def convolution(
    x: keras.KerasTensor,
    maps: int,
    kernel: int | tuple[int, int],
    strides: int = 1,
    padding: str | None = None,
    *,
    name: str,
) -> keras.KerasTensor:
    """Returns a convolution with batch norm and ReLU.

    Args:
        x: feature maps (batch, height, width, channels).
        maps: number of its output maps.
        kernel: its size, or (height, width).
        strides: its strides.
        padding: "same", "valid", or None for "same" without strides and "valid" with strides.
        name: of the convolution; batch norm and ReLU add to it.
    """
    padding = padding or ("same" if strides == 1 else "valid")
    x = layers.Conv2D(
        maps,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = BatchNormalization(momentum=0.9, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def mixed(x: keras.KerasTensor, branches: Sequence[Any], name: str) -> keras.KerasTensor:
    """Returns the outputs of the branches, one behind the other.

    Args:
        x: feature maps (batch, height, width, channels), which every branch sees.
        branches: as described at the top of this file.
        name: of the concatenation; the layers of branch 2 begin with `{name}_2`.
    """
    outputs = [_branch(x, steps, f"{name}_{i}") for i, steps in enumerate(branches, 1)]
    return layers.Concatenate(name=name)(outputs)


def _branch(x: keras.KerasTensor, steps: Sequence[Any], name: str) -> keras.KerasTensor:
    for i, step in enumerate(steps, 1):
        here = f"{name}_{i}"
        if step == AVERAGE:
            x = layers.AveragePooling2D(3, strides=1, padding="same", name=here)(x)
        elif step == MAX:
            x = layers.MaxPooling2D(3, strides=2, name=here)(x)
        elif isinstance(step, list):
            x = mixed(x, step, here)
        else:
            x = convolution(x, *step, name=here)
    return x
