"""Codes of which few numbers are far from zero: what the others cost."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class SparsityPenalty(keras.layers.Layer):
    """Passes codes on unchanged and adds a loss for those that are not sparse.

    Args:
        kind: "l1" for the sum of absolute values of each code, averaged over the batch; "kl" for
            the divergence of each unit's mean activation over the batch from `target`, summed over
            the units, for codes between 0 and 1.
        weight: of the loss, at least 0.
        target: mean activation that "kl" aims at, above 0 and below 1.

    Call arguments:
        inputs: float tensor (batch, units).

    Returns:
        The inputs.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Ng 2011, "Sparse autoencoder", CS294A lecture notes, section 3 ("kl"); Olshausen & Field
        1996, "Emergence of simple-cell receptive field properties by learning a sparse code for
        natural images" ("l1").
    """

    def __init__(self, kind: str, weight: float, target: float = 0.05, **kwargs) -> None:
        super().__init__(**kwargs)
        if kind not in ("l1", "kl"):
            raise ValueError(f'`kind` must be "l1" or "kl". Received: kind={kind!r}')
        if not 0 <= weight < math.inf:
            raise ValueError(f"`weight` must be at least 0. Received: weight={weight}")
        if not 0 < target < 1:
            raise ValueError(f"`target` must be between 0 and 1. Received: target={target}")
        self.kind = kind
        self.weight = float(weight)
        self.target = float(target)
        self.input_spec = keras.InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        self.add_loss(self.weight * self._cost(ops.cast(inputs, "float32")))
        return inputs

    def _cost(self, codes: Any) -> Any:
        if self.kind == "l1":
            return ops.mean(ops.sum(ops.abs(codes), axis=-1))
        epsilon = keras.config.epsilon()
        active = ops.clip(ops.mean(codes, axis=0), epsilon, 1 - epsilon)
        target = self.target
        divergence = target * ops.log(target / active)
        divergence = divergence + (1 - target) * ops.log((1 - target) / (1 - active))
        return ops.sum(divergence)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kind": self.kind,
            "weight": self.weight,
            "target": self.target,
        }
