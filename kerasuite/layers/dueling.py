"""A state's value and its actions' advantages, joined into values of actions."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple

_TYPES = ("avg", "max", "naive")


@keras.saving.register_keras_serializable(package="kerasuite")
class Dueling(keras.layers.Layer):
    """Joins V(s), the first of its inputs, and A(s, a), the others, into Q(s, a).

    Args:
        dueling_type: "avg" for `V + A - mean(A)`, "max" for `V + A - max(A)`, "naive" for `V + A`.
        atoms: how many numbers a value is: 1, or the atoms of a distribution.

    Call arguments:
        inputs: float tensor (batch, (1 + actions) * atoms).

    Returns:
        A tensor (batch, actions * atoms).

    Raises:
        ValueError: if `dueling_type` is another word, or the inputs are not a whole number of
            values.

    Reference:
        Wang et al. 2016, "Dueling network architectures for deep reinforcement learning",
        equations 7 to 9. For distributions: Hessel et al. 2018, "Rainbow", section "The
        integrated agent".
    """

    def __init__(self, dueling_type: str = "avg", atoms: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        if dueling_type not in _TYPES:
            raise ValueError(
                f'`dueling_type` must be "avg", "max" or "naive". '
                f"Received: dueling_type={dueling_type!r}"
            )
        self.dueling_type = dueling_type
        (self.atoms,) = positive_tuple(atoms, 1, "atoms")
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] % self.atoms or input_shape[-1] < 2 * self.atoms:
            raise ValueError(
                f"The inputs must be one value and at least one advantage, of {self.atoms} numbers "
                f"each. Received: input shape {tuple(input_shape)}"
            )

    def call(self, inputs: Any) -> Any:
        return self.combine(inputs, ops)

    def combine(self, inputs: Any, numpy: Any) -> Any:
        """Computes the output with a module of NumPy's functions: `keras.ops` or NumPy itself."""
        numbers = inputs.shape[-1]
        streams = numpy.reshape(inputs, (-1, numbers // self.atoms, self.atoms))
        value, advantages = streams[:, :1], streams[:, 1:]
        if self.dueling_type == "avg":
            advantages = advantages - numpy.mean(advantages, axis=1, keepdims=True)
        elif self.dueling_type == "max":
            advantages = advantages - numpy.max(advantages, axis=1, keepdims=True)
        return numpy.reshape(value + advantages, (-1, numbers - self.atoms))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], input_shape[-1] - self.atoms)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dueling_type": self.dueling_type, "atoms": self.atoms}
