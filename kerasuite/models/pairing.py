"""Layers of two models matched by their place, where their names tell nothing."""

from collections.abc import Iterable

import keras


def in_order(model: keras.Model) -> list[keras.layers.Layer]:
    """Returns the layers of a functional model, each behind all that it needs.

    Branches come one after the other, in the order in which they are joined: the order in which
    code usually makes them, whatever their depth. `model.layers` goes by depth.

    Args:
        model: a functional model that calls each of its layers once.
    """
    makers = {
        id(tensor): layer for layer in model.layers for tensor in keras.tree.flatten(layer.output)
    }
    done: dict[str, keras.layers.Layer] = {}
    stack = [makers[id(tensor)] for tensor in reversed(model.outputs)]
    while stack:
        layer = stack[-1]
        inputs = [] if isinstance(layer, keras.layers.InputLayer) else layer.input
        needed = [makers.get(id(tensor)) for tensor in keras.tree.flatten(inputs)]
        waiting = [other for other in needed if other is not None and other.name not in done]
        if waiting:
            stack.append(waiting[0])
        else:
            done[stack.pop().name] = layer
    return list(done.values())


def counterparts(model: keras.Model, names: Iterable[str]) -> dict[str, str]:
    """Returns for each layer of a reference the name of its counterpart in `model`.

    If the model's first layer with weights is among the reference's, names are the same in both.
    Else the n-th batch norm is the n-th batch norm, and so are convolutions and dense layers. A
    last one beyond those of a model without top is the classifier, "predictions".

    Args:
        model: a functional model that calls each of its layers once.
        names: "layer/weight" of all weights of the reference, in the order of its layers.

    Raises:
        ValueError: if the model and the reference have different numbers of a kind of layer.
    """
    theirs: dict[str, set[str]] = {}
    for name in names:
        layer, _, weight = name.rpartition("/")
        theirs.setdefault(layer, set()).add(weight)
    ours = {
        layer.name: {variable.name for variable in layer.weights}
        for layer in in_order(model)
        if layer.weights
    }
    if not ours or next(iter(ours)) in theirs:
        return {name: name for name in theirs}
    pairs = {}
    for norm in (False, True):
        expected, received = (_of_kind(layers, norm) for layers in (ours, theirs))
        if not norm and "predictions" not in ours and len(received) == len(expected) + 1:
            expected.append("predictions")
        if len(expected) != len(received):
            kind = "batch norms" if norm else "convolutions and dense layers"
            raise ValueError(
                f"`reference` must have {len(expected)} {kind} as {model.name} has. "
                f"Received: {len(received)}"
            )
        pairs.update(zip(received, expected, strict=True))
    return pairs


def _of_kind(layers: dict[str, set[str]], norm: bool) -> list[str]:
    return [name for name, weights in layers.items() if ("moving_mean" in weights) == norm]
