"""What a SavedModel offers, and what it must answer before it is published."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Signature:
    """A function of a SavedModel.

    Attributes:
        function: takes the inputs as arguments, batch first; returns a dict of tensors.
        inputs: a TensorSpec per argument, in order, each with its name.
        kinds: per input, what a client holds: "picture" (bytes of a picture file), "clip"
            (bytes of an animated one), "text",
            "message" (a whole text file, such as an e-mail),
            "row" (numbers, such as a line of a CSV file), "column" (a value of a table's column,
            where all inputs are columns) or "array". `kerasuite predict` reads files by it.
        about: one line on what goes in and what comes out.
        resources: tables and tokenizers that the function uses: they are saved with it.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: tuple[tf.TensorSpec, ...]
    kinds: dict[str, str]
    about: str = ""
    resources: tuple[tf.Module, ...] = ()

    @functools.cached_property
    def traced(self) -> tf.types.experimental.PolymorphicFunction:
        """The function's graph, made once for all that needs it."""
        function = tf.function(self.function, input_signature=self.inputs, autograph=False)
        function.get_concrete_function()
        return function

    def describe(self) -> dict[str, Any]:
        """The entry of this signature in signature.json."""
        outputs = self.traced.get_concrete_function().structured_outputs
        return {
            "about": self.about,
            "inputs": {s.name: {**_describe(s), "kind": self.kinds[s.name]} for s in self.inputs},
            "outputs": {name: _describe(spec) for name, spec in outputs.items()},
        }


def _describe(spec: Any) -> dict[str, Any]:
    return {"dtype": spec.dtype.name, "shape": list(spec.shape)}


@dataclass(frozen=True)
class Check:
    """Held-out raw inputs of one signature, and the Keras model's own answers to them.

    Attributes:
        inputs: arrays by input name, batch first; strings as an object array of bytes.
        answers: arrays by output name. They come from the Keras model and not from the
            signature's function: the check would prove nothing otherwise.
    """

    inputs: dict[str, np.ndarray]
    answers: dict[str, np.ndarray]
