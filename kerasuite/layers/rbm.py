"""The restricted Boltzmann machine: hidden units that explain visible ones, and the reverse."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple

VISIBLE = ("binary", "gaussian")


@keras.saving.register_keras_serializable(package="kerasuite")
class RBM(keras.layers.Layer):
    """A restricted Boltzmann machine; as a layer, the probabilities of its hidden units.

    Its energy is `-v·a - h·b - v·W·h` for binary visible units, and `|v - a|² / 2 - h·b - v·W·h`
    for Gaussian ones of variance 1; a is `visible_bias`, b `bias` and W `kernel`. Hidden units
    are binary. A `Dense` layer with a sigmoid has the same kernel and bias. No gradient reaches
    `visible_bias` through the outputs: `training.contrastive_divergence` trains it.

    Args:
        units: positive integer, how many hidden units.
        visible: "binary" or "gaussian".
        kernel_initializer: of the weights; left out, normal of deviation 0.01.

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        A tensor (batch, units), from 0 to 1.

    Raises:
        ValueError: if `units` is no positive integer or `visible` another word.

    Reference:
        Hinton 2012, "A practical guide to training restricted Boltzmann machines", sections 2, 8
        and 13.2.
    """

    def __init__(
        self,
        units: int,
        visible: str = "binary",
        kernel_initializer: Any = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        (self.units,) = positive_tuple(units, 1, "units")
        if visible not in VISIBLE:
            raise ValueError(f"`visible` must be one of {VISIBLE}. Received: visible={visible!r}")
        self.visible = visible
        if kernel_initializer is None:
            kernel_initializer = keras.initializers.RandomNormal(stddev=0.01)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = input_shape[-1]
        self.kernel = self.add_weight(
            shape=(features, self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.visible_bias = self.add_weight(
            shape=(features,), initializer="zeros", name="visible_bias"
        )

    def call(self, inputs: Any) -> Any:
        return self.hidden_mean(inputs)

    def hidden_mean(self, visible: Any, kernel: Any = None) -> Any:
        """The probabilities of the hidden units (batch, units), given visible ones.

        Args:
            visible: tensor (batch, features).
            kernel: the layer's own in another precision, in which all is computed then.
        """
        return ops.sigmoid(product(visible, self.kernel, kernel, self.bias))

    def visible_mean(self, hidden: Any, kernel: Any = None) -> Any:
        """The mean of the visible units (batch, features), given hidden ones (batch, units).

        Args:
            hidden: tensor (batch, units).
            kernel: as of `hidden_mean`.
        """
        mean = product(hidden, self.kernel, kernel, self.visible_bias, transpose=True)
        return ops.sigmoid(mean) if self.visible == "binary" else mean

    def free_energy(self, visible: Any) -> Any:
        """Minus the logarithm of the unnormalised probability of visible units (batch,)."""
        explained = ops.sum(ops.softplus(ops.matmul(visible, self.kernel) + self.bias), axis=-1)
        if self.visible == "gaussian":
            return 0.5 * ops.sum(ops.square(visible - self.visible_bias), axis=-1) - explained
        return -ops.sum(visible * self.visible_bias, axis=-1) - explained

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "visible": self.visible,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def product(
    values: Any, kernel: Any, rounded: Any = None, bias: Any = 0.0, transpose: bool = False
) -> Any:
    """Values times a kernel, or its transpose, plus a bias; in the precision of the kernel."""
    given = kernel if rounded is None else rounded
    given = ops.transpose(given) if transpose else given
    return ops.matmul(ops.cast(values, given.dtype), given) + ops.cast(bias, given.dtype)
