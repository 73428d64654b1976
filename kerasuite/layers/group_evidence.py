"""How much a net that knows many classes speaks for a few wider ones."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

# Of a thousand classes, what is as improbable as this is as good as absent.
_FLOOR = 1e-4


@keras.saving.register_keras_serializable(package="kerasuite")
class GroupEvidence(keras.layers.Layer):
    """The logarithm of the probability of each group of classes.

    That is log(sum of its classes' probabilities + 0.0001). An empty group has the same number
    everywhere.

    Args:
        groups: for each group the indices of its classes, from 0; a class may be in several groups
            or in none.
        **kwargs: of every Keras layer.

    Call arguments:
        inputs: probabilities, (..., classes).

    Returns:
        (..., groups).

    Raises:
        ValueError: if there is no group, or an index is below 0 or beyond the classes.
    """

    def __init__(self, groups: Sequence[Sequence[int]], **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        self.groups = [[int(i) for i in these] for these in groups]
        if not self.groups or any(i < 0 for these in self.groups for i in these):
            raise ValueError(
                f"`groups` must hold lists of indices from 0. Received: groups={groups}"
            )

    def build(self, input_shape: Sequence[int]) -> None:
        """Makes the table of which class is in which group."""
        classes = input_shape[-1]
        if any(i >= classes for these in self.groups for i in these):
            raise ValueError(
                f"`groups` must hold indices below {classes}, the number of classes of the input. "
                f"Received: groups={self.groups}"
            )
        self._members = np.zeros((classes, len(self.groups)), "float32")
        for column, these in enumerate(self.groups):
            self._members[these, column] = 1

    def call(self, inputs: Any) -> Any:
        """The logarithms."""
        return ops.log(ops.matmul(inputs, ops.cast(self._members, inputs.dtype)) + _FLOOR)

    def compute_output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """The input's with groups in the place of classes."""
        return (*input_shape[:-1], len(self.groups))

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        config = {k: v for k, v in super().get_config().items() if k != "trainable"}
        return {**config, "groups": self.groups}
