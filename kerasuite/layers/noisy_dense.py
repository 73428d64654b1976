"""A dense layer whose weights are noisy: exploration that is learned."""

import math
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple


@keras.saving.register_keras_serializable(package="kerasuite")
class NoisyDense(keras.layers.Layer):
    """A dense layer with factorised Gaussian noise on its weights, in training.

    `y = x @ (kernel + kernel_sigma * outer(f(p), f(q))) + bias + bias_sigma * f(q)`, where p and q
    are normal noise of the layer's inputs and outputs and `f(v) = sign(v) * sqrt(|v|)`. The noise
    is drawn once a call, for the whole batch. How strong it is, is learned.

    Args:
        units: positive integer, size of the output.
        activation: name or function; None for none.
        sigma_zero: number of at least 0, how strong the noise is at first.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (..., features).
        training: whether to add the noise.

    Returns:
        A tensor (..., units).

    Raises:
        ValueError: if `units` is not a positive integer or `sigma_zero` is negative.

    Reference:
        Fortunato et al. 2018, "Noisy networks for exploration", equations 9 to 11, section 3.2.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        sigma_zero: float = 0.5,
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        (self.units,) = positive_tuple(units, 1, "units")
        if not 0 <= sigma_zero < math.inf:
            raise ValueError(
                f"`sigma_zero` must be a number of at least 0. Received: sigma_zero={sigma_zero}"
            )
        self.activation = keras.activations.get(activation)
        self.sigma_zero = sigma_zero
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.input_spec = keras.InputSpec(min_ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.features = input_shape[-1]
        bound = 1 / math.sqrt(self.features)
        # Drawn from the layer's own generator: the same seed makes the same layer.
        mean = keras.initializers.RandomUniform(-bound, bound, seed=self.seed_generator)
        sigma = keras.initializers.Constant(self.sigma_zero * bound)
        shape = (self.features, self.units)
        self.kernel = self.add_weight(shape=shape, initializer=mean, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer=mean, name="bias")
        self.kernel_sigma = self.add_weight(shape=shape, initializer=sigma, name="kernel_sigma")
        self.bias_sigma = self.add_weight(shape=(self.units,), initializer=sigma, name="bias_sigma")

    def call(self, inputs: Any, training: bool = False) -> Any:
        kernel, bias = self.kernel, self.bias
        if training:
            noise_in, noise_out = self._factor(self.features), self._factor(self.units)
            kernel = kernel + self.kernel_sigma * ops.outer(noise_in, noise_out)
            bias = bias + self.bias_sigma * noise_out
        return self.activation(ops.add(ops.matmul(inputs, kernel), bias))

    def _factor(self, size: int) -> Any:
        noise = keras.random.normal((size,), dtype=self.compute_dtype, seed=self.seed_generator)
        return ops.sign(noise) * ops.sqrt(ops.abs(noise))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "sigma_zero": self.sigma_zero,
            "seed": self.seed,
        }
