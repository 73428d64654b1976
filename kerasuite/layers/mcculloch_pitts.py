"""The first model of a neuron: all or none, and inhibition that is absolute."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class McCullochPitts(keras.layers.Layer):
    """Units that fire when enough excitatory and no inhibitory inputs are active.

    A unit counts the synapses of its active excitatory inputs, and fires (1) if they reach its
    threshold, but never (0) while one inhibitory input is active. That is not a weighted sum
    with negative weights: a single inhibitory input outvotes any number of excitatory ones. An
    input is active where it exceeds one half. Nothing is learned; the wiring is a weight that is
    never trained.

    Args:
        connections: one row a unit, one whole number an input: how many excitatory synapses it
            has on the unit, 0 for none, or -1 for an inhibitory one.
        thresholds: one whole number a unit, at least 0; a unit with threshold 0 fires unless it
            is inhibited.

    Call arguments:
        inputs: tensor (batch, features).

    Returns:
        Zeros and ones, a float tensor (batch, units).

    Raises:
        ValueError: if `connections` is not a rectangle of whole numbers of at least -1, or
            `thresholds` does not hold one whole number of at least 0 for each unit.

    Reference:
        McCulloch & Pitts 1943, "A logical calculus of the ideas immanent in nervous activity",
        section 2: the assumptions 1 to 5.
    """

    def __init__(
        self,
        connections: Sequence[Sequence[int]],
        thresholds: Sequence[int],
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        rows = [list(row) for row in connections]
        if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(
                "`connections` must have one row a unit, all of the same length. "
                f"Received: connections={connections}"
            )
        if any(not isinstance(n, int | np.integer) or n < -1 for row in rows for n in row):
            raise ValueError(
                "`connections` must hold whole numbers of at least -1. "
                f"Received: connections={connections}"
            )
        thresholds = list(thresholds)
        if len(thresholds) != len(rows) or any(
            not isinstance(n, int | np.integer) or n < 0 for n in thresholds
        ):
            raise ValueError(
                "`thresholds` must hold one whole number of at least 0 for each unit. "
                f"Received: thresholds={thresholds} for {len(rows)} units"
            )
        self._wiring = [[int(n) for n in row] for row in rows]
        self._thresholds = [int(n) for n in thresholds]
        self.units = len(rows)
        self.input_spec = keras.InputSpec(ndim=2, axes={-1: len(rows[0])})

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.connections = self._fixed(np.array(self._wiring).T, "connections")
        self.thresholds = self._fixed(np.array(self._thresholds), "thresholds")

    def _fixed(self, values: np.ndarray, name: str) -> keras.Variable:
        return self.add_weight(
            shape=values.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(values, dtype=dtype),
            trainable=False,
            name=name,
        )

    def call(self, inputs: Any) -> Any:
        active = ops.cast(inputs > 0.5, self.compute_dtype)
        wiring = ops.cast(self.connections, self.compute_dtype)
        excited = ops.matmul(active, ops.maximum(wiring, 0))
        inhibited = ops.matmul(active, ops.maximum(-wiring, 0))
        fires = ops.logical_and(
            excited >= ops.cast(self.thresholds, self.compute_dtype), inhibited == 0
        )
        return ops.cast(fires, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "connections": self._wiring,
            "thresholds": self._thresholds,
        }
