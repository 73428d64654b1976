"""A dense layer that is punished for changing much where its input changes little."""

import math
from typing import Any

import keras
from keras import ops

# The derivative of each activation, from its output.
_DERIVATIVES = {
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - ops.square(y),
    "relu": lambda y: ops.cast(y > 0, y.dtype),
    "linear": ops.ones_like,
}


@keras.saving.register_keras_serializable(package="kerasuite")
class ContractiveDense(keras.layers.Dense):
    """A `keras.layers.Dense` that adds the squared Frobenius norm of its Jacobian as a loss.

    Of one dense layer the norm has a closed form: with outputs h = s(a) it is the sum over the
    units of s'(a)² times the squared length of the unit's weights, and s' follows from h.

    Args:
        units: positive integer, size of the output.
        contraction: weight of the norm, averaged over the batch; at least 0.
        activation: "sigmoid", "tanh", "relu" or "linear".
        **kwargs: the other arguments of `keras.layers.Dense`.

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        A tensor (batch, units).

    Raises:
        ValueError: if `contraction` is negative or the activation is another one.

    Reference:
        Rifai, Vincent, Muller, Glorot, Bengio 2011, "Contractive auto-encoders: explicit
        invariance during feature extraction", equations 2 and 3.
    """

    def __init__(
        self, units: int, contraction: float = 0.1, activation: str = "sigmoid", **kwargs
    ) -> None:
        super().__init__(units, activation=activation, **kwargs)
        if not 0 <= contraction < math.inf:
            raise ValueError(
                f"`contraction` must be at least 0. Received: contraction={contraction}"
            )
        name = getattr(self.activation, "__name__", "")
        if name not in _DERIVATIVES:
            raise ValueError(
                f"`activation` must be one of {', '.join(_DERIVATIVES)}. "
                f"Received: activation={activation!r}"
            )
        self.contraction = float(contraction)
        self.input_spec = keras.InputSpec(ndim=2)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        outputs = super().call(inputs, training=training)
        slopes = _DERIVATIVES[self.activation.__name__](ops.cast(outputs, "float32"))
        lengths = ops.sum(ops.square(ops.cast(self.kernel, "float32")), axis=0)
        norms = ops.sum(ops.square(slopes) * lengths, axis=-1)
        self.add_loss(self.contraction * ops.mean(norms))
        return outputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "contraction": self.contraction}
