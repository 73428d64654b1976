"""Resilient backpropagation."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class Rprop(keras.optimizers.Optimizer):
    """Steps by the signs of the gradient alone, each weight with a step size of its own.

    Where a gradient keeps its sign, its step grows by `growth`; where the sign changes, the last
    step jumped over a minimum: it is taken back, the step size shrinks by `shrinkage`, and the
    next step is made without looking at the change of sign, which follows from going back.

    It is made for gradients of the whole training set: with small batches the signs change by
    chance and the step sizes die.

    Args:
        learning_rate: the first step size of every weight.
        shrinkage: between 0 and 1, the paper's η−.
        growth: above 1, the paper's η+.
        min_step: the smallest step size.
        max_step: the largest step size.
        name, **kwargs: as of every optimizer.

    Raises:
        ValueError: if a factor or a bound is out of its range.

    Reference:
        Riedmiller & Braun 1993, "A direct adaptive method for faster backpropagation learning:
        the RPROP algorithm", equations 4 to 6 and the listing of section II.
    """

    def __init__(
        self,
        learning_rate: float = 0.1,
        shrinkage: float = 0.5,
        growth: float = 1.2,
        min_step: float = 1e-6,
        max_step: float = 50.0,
        name: str = "rprop",
        **kwargs,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0 < shrinkage < 1 < growth:
            raise ValueError(
                "`shrinkage` must be between 0 and 1 and `growth` above 1. "
                f"Received: shrinkage={shrinkage}, growth={growth}"
            )
        if not 0 < min_step < max_step:
            raise ValueError(
                "`min_step` must be above 0 and below `max_step`. "
                f"Received: min_step={min_step}, max_step={max_step}"
            )
        self.shrinkage, self.growth = shrinkage, growth
        self.min_step, self.max_step = min_step, max_step

    def build(self, variables: list[keras.Variable]) -> None:
        """Makes, per weight, its step size, its last step and its last gradient."""
        if self.built:
            return
        super().build(variables)
        self._sizes = self._like(variables, "step_size")
        self._steps = self._like(variables, "last_step")
        self._gradients = self._like(variables, "last_gradient")

    def _like(self, variables: list[keras.Variable], name: str) -> list[keras.Variable]:
        return [self.add_variable_from_reference(v, name) for v in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Moves one weight tensor."""
        place = self._get_variable_index(variable)
        size, step, last = self._sizes[place], self._steps[place], self._gradients[place]
        gradient = ops.cast(gradient, variable.dtype)
        # The first step size comes here: a size that was never set is 0.
        old = ops.where(size.value > 0, size.value, ops.cast(learning_rate, variable.dtype))
        agreement = ops.sign(gradient * last)
        grown = ops.minimum(old * self.growth, self.max_step)
        shrunk = ops.maximum(old * self.shrinkage, self.min_step)
        new = ops.where(agreement > 0, grown, ops.where(agreement < 0, shrunk, old))
        back = agreement < 0
        move = ops.where(back, -step.value, -ops.sign(gradient) * new)
        self.assign(size, new)
        self.assign(step, move)
        self.assign(last, ops.where(back, ops.zeros_like(gradient), gradient))
        self.assign_add(variable, move)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "shrinkage": self.shrinkage,
            "growth": self.growth,
            "min_step": self.min_step,
            "max_step": self.max_step,
        }
