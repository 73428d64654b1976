"""Which layer of a model reads which, as its configuration tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Read:
    """A tensor that a layer is called with.

    Attributes:
        source: the name of the layer that made it.
        shape: its shape, the batch (None) included.
    """

    source: str
    shape: tuple[int | None, ...]


def calls(model: keras.Model) -> dict[str, list[list[Read]]]:
    """Returns, by name of layer, what each of its calls reads.

    Shared layers have several calls, and so no `layer.input`.

    Args:
        model: a functional or sequential model.
    """
    if isinstance(model, keras.Sequential):  # its configuration tells no calls: they are a chain
        names = ["", *(layer.name for layer in model.layers)]
        chain = zip(names, model.layers, strict=False)
        return {layer.name: [[Read(before, layer.input.shape)]] for before, layer in chain}
    layers = model.get_config()["layers"]
    return {
        layer["name"]: [list(_reads(call)) for call in layer["inbound_nodes"]] for layer in layers
    }


def outputs(model: keras.Model) -> list[str]:
    """Returns the names of the layers whose outputs are those of a functional model."""
    found = keras.tree.flatten(model.get_config()["output_layers"])
    return [name for name in found if isinstance(name, str)]


def _reads(part: Any) -> Iterator[Read]:
    """The tensors in the configuration of a call, wherever among its arguments they stand."""
    if isinstance(part, dict):
        if part.get("class_name") == "__keras_tensor__":
            tensor = part["config"]
            yield Read(tensor["keras_history"][0], tuple(tensor["shape"]))
            return
        part = part.values()
    elif not isinstance(part, list | tuple):
        return
    for inner in part:
        yield from _reads(inner)
