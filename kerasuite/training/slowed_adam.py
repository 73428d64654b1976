"""Adam with a smaller step for weights that were learned before."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasuite")
class SlowedAdam(keras.optimizers.Adam):
    """Adam whose learning rate is multiplied by a factor for some variables.

    A pretrained net under fresh layers: steps that suit these would spoil it.

    Args:
        factor: what the learning rate is multiplied by, from 0 to 1.
        slowed: the paths of the variables that it is multiplied for.
        learning_rate: as Adam's.
        **kwargs: further arguments of `keras.optimizers.Adam`.

    Raises:
        ValueError: if `factor` is out of its range.
    """

    def __init__(
        self,
        factor: float = 1.0,
        slowed: Sequence[str] = (),
        learning_rate: Any = 1e-3,
        **kwargs: Any,
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` must be from 0 to 1. Received: factor={factor}")
        super().__init__(learning_rate, **kwargs)
        self.factor = factor
        self.slowed = frozenset(slowed)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Changes one variable by its gradient."""
        # TensorFlow passes its own variable, which does not know its path.
        path = self._trainable_variables[self._get_variable_index(variable)].path
        factor = self.factor if path in self.slowed else 1.0
        super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "factor": self.factor, "slowed": sorted(self.slowed)}
