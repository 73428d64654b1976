"""Dense layers of several nets, side by side."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class PackedDense(keras.layers.Layer):
    """A dense layer for each member of an ensemble, computed as one product.

    Member k sees its own part of the input and has weights of its own: each member starts and
    learns as a net alone would, and all take about the time of one.

    Args:
        members: how many nets there are.
        units: outputs of each member's layer.
        activation: what Keras's `Dense` takes.
        kernel_initializer: of the weights of each member, which draws its own.

    Call arguments:
        inputs: float tensor (batch, members, features), or (batch, features) for all members.

    Returns:
        float tensor (batch, members, units).

    Raises:
        ValueError: if `members` or `units` is not a positive integer, or the input does not fit.

    Reference:
        Lakshminarayanan, Pritzel & Blundell 2017, "Simple and scalable predictive uncertainty
        estimation using deep ensembles".
    """

    def __init__(
        self,
        members: int,
        units: int,
        activation: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        (self.members,) = positive_tuple(members, 1, "members")
        (self.units,) = positive_tuple(units, 1, "units")
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        *members, features = input_shape[1:]
        if members not in ([], [self.members]) or features is None:
            raise ValueError(
                f"Expected inputs (batch, features) or (batch, {self.members}, features). "
                f"Received: input_shape={input_shape}"
            )
        self.kernel = self.add_weight(
            shape=(self.members, features, self.units), initializer=self._initial, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(self.members, self.units), initializer="zeros", name="bias"
        )

    def call(self, inputs: Any) -> Any:
        letters = "bki,kio->bko" if len(inputs.shape) == 3 else "bi,kio->bko"
        return self.activation(ops.einsum(letters, inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], self.members, self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "members": self.members,
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }

    def _initial(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Fans are counted within a member, not over all of them."""
        members, *kernel = shape
        initializers = [self.kernel_initializer.clone() for _ in range(members)]
        for i, initializer in enumerate(initializers):
            if isinstance(getattr(initializer, "seed", None), int):
                initializer.seed += i  # else all members would start alike
        return ops.stack([draw(tuple(kernel), dtype=dtype) for draw in initializers])
