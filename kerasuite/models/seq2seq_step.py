"""Runs a translator's decoder one step at a time, in the form that `text.decoding` asks for."""

from collections.abc import Callable
from typing import Any

import keras


def encode(model: keras.Model, source: Any) -> dict[str, Any]:
    """Reads the source: the state before the first step.

    Args:
        model: one of `models.seq2seq` or `models.transformer`.
        source: int32 [batch, steps], padded with 0 behind.

    Returns:
        A dict of tensors, batch first.
    """
    return model.get_layer("encoder")(source, training=False)


def decoding_step(model: keras.Model) -> Callable[[Any, dict[str, Any]], tuple[Any, Any, Any]]:
    """Returns the step: `step(ids, state) -> (logits, state, {"attention"})`.

    What does not change, such as the memory, is handed back as it is.
    """
    decoder = model.get_layer("decoder")

    def step(ids: Any, state: dict[str, Any]) -> tuple[Any, Any, Any]:
        outputs = decoder({"ids": ids[:, None], **state}, training=False)
        after = {name: outputs.get(name, value) for name, value in state.items()}
        extras = {name: x[:, -1] for name, x in outputs.items() if name == "attention"}
        return outputs["logits"][:, 0], after, extras

    return step
