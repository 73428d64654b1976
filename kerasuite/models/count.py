"""Counts of models: parameters and multiply-adds, for the table that `kerasuite models` shows.

python -m kerasuite.models.count     counts every registered model anew, into counts.json
"""

import math
from pathlib import Path

import keras

from kerasuite import models
from kerasuite.files import write_json
from kerasuite.layers import LocallyConnected1D, LocallyConnected2D
from kerasuite.models import graph

FILE = Path(__file__).with_name("counts.json")


def parameters(model: keras.Model) -> int:
    """The trainable parameters of a model."""
    return sum(math.prod(v.shape) for v in model.trainable_variables)


def multiply_adds(model: keras.Model) -> int:
    """The multiplications, each with an addition, that one example takes in inference.

    As is usual, only kernels are counted: convolutions (grouped ones by what they compute) and
    dense layers; not biases, normalization, activations or pooling.

    Args:
        model: a functional model whose input shape is known.

    Returns:
        The sum over all layers, those of models within it too.

    Raises:
        ValueError: if an output's shape is not known.
    """
    calls = graph.calls(model)
    return sum(
        multiply_adds(layer)
        if isinstance(layer, keras.Model)
        else _of_layer(layer, [call[0].shape for call in calls[layer.name] if call])
        for layer in model.layers
    )


def _of_layer(layer: keras.layers.Layer, input_shapes: list[tuple[int | None, ...]]) -> int:
    """Of all calls together: a layer shared by several inputs, as a detector's heads are."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return 0
    size = math.prod(kernel.shape)
    if isinstance(layer, (LocallyConnected1D, LocallyConnected2D)):
        return size  # every position has a kernel of its own
    channels_last = getattr(layer, "data_format", "channels_last") == "channels_last"
    # A transposed convolution multiplies each input by the whole kernel.
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    total = 0
    for input_shape in input_shapes:
        shape = (input_shape if transposed else layer.compute_output_shape(input_shape))[1:]
        positions = shape[:-1] if channels_last else shape[1:]
        if None in positions:
            raise ValueError(f"The size of {layer.name}'s output is not known. Received: {shape}")
        total += size * math.prod(positions)
    return total


def count_all() -> dict[str, dict[str, int]]:
    """Builds every registered model at its own size and counts it."""
    from rich.progress import track

    counted = {}
    for name in track(models.names(), "counting"):
        keras.backend.clear_session()
        # Weights have shapes, but no values: drawing them takes long.
        with keras.StatelessScope(initialize_variables=False):
            model = models.create(name)
        counted[name] = {
            "parameters": parameters(model),
            "multiply_adds": multiply_adds(model),
        }
    return counted


if __name__ == "__main__":
    write_json(FILE, count_all())
