"""Runs a translator's decoder one step at a time, in the form that `text.decoding` asks for."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

PAST = "past"
"""The part of the state that holds all ids so far, of decoders that read them all each time."""


def encode(model: keras.Model, source: Any) -> dict[str, Any]:
    """Reads the source: the state before the first step.

    Args:
        model: one of `models.seq2seq` or `models.transformer`.
        source: int32 [batch, steps], padded with 0 behind.

    Returns:
        A dict of tensors, batch first.
    """
    state = model.get_layer("encoder")(source, training=False)
    if is_recurrent(model):
        return state
    return {**state, PAST: source[:, :0]}


def decoding_step(model: keras.Model) -> Callable[[Any, dict[str, Any]], tuple[Any, Any, Any]]:
    """Returns the step: `step(ids, state) -> (logits, state, {"attention"})`.

    What does not change, such as the memory, is handed back as it is.
    """
    decoder = model.get_layer("decoder")

    def recurrent(ids: Any, state: dict[str, Any]) -> tuple[Any, Any, Any]:
        outputs = decoder({"ids": ids[:, None], **state}, training=False)
        after = {name: outputs.get(name, value) for name, value in state.items()}
        return outputs["logits"][:, 0], after, _attention(outputs)

    def reading_all(ids: Any, state: dict[str, Any]) -> tuple[Any, Any, Any]:
        given = dict(state)
        past = ops.concatenate([given.pop(PAST), ids[:, None]], axis=1)
        outputs = decoder({"ids": past, **given}, training=False)
        return outputs["logits"][:, -1], {**state, PAST: past}, _attention(outputs)

    return recurrent if is_recurrent(model) else reading_all


def is_recurrent(model: keras.Model) -> bool:
    """Whether the decoder carries states from step to step."""
    return any(name.startswith("state_") for name in model.get_layer("encoder").output)


def _attention(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: x[:, -1] for name, x in outputs.items() if name == "attention"}
