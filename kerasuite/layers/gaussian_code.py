"""The code of a variational autoencoder: drawn from a normal distribution, and what it costs."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class GaussianCode(keras.layers.Layer):
    """Draws codes z = mean + exp(log_variance / 2) * noise, and adds their KL divergence as a loss.

    The divergence of each number of the code from a standard normal one,
    `(mean² + variance - log variance - 1) / 2`, is averaged over the batch; below `free_bits` it
    costs as much as `free_bits`. Their sum, times `beta`, is the loss. Outside training a code is
    drawn as well, so that a model's validation loss is the same bound.

    Args:
        beta: weight of the divergence, at least 0: 1 for the bound on the likelihood.
        free_bits: nats of each number of the code that are free, at least 0.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (batch, 2 * code): means, then logarithms of variances.

    Returns:
        A tensor (batch, code).

    Raises:
        ValueError: if an argument is out of its range, or the inputs are not two numbers for each
            of the code.

    Reference:
        Kingma & Welling 2013, "Auto-encoding variational Bayes", section 2.4 and appendix B;
        Higgins et al. 2017, "beta-VAE"; Kingma et al. 2016, "Improved variational inference with
        inverse autoregressive flow", appendix C.8 (free bits).
    """

    def __init__(
        self,
        beta: float = 1.0,
        free_bits: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        for name, value in (("beta", beta), ("free_bits", free_bits)):
            if not 0 <= value < math.inf:
                raise ValueError(f"`{name}` must be at least 0. Received: {name}={value}")
        self.beta = float(beta)
        self.free_bits = float(free_bits)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] % 2:
            raise ValueError(
                "The inputs must be a mean and a logarithm of a variance for each number of the "
                f"code. Received: input shape {tuple(input_shape)}"
            )

    def call(self, inputs: Any) -> Any:
        mean, log_variance = ops.split(inputs, 2, axis=-1)
        divergence = kl_divergence(ops.cast(mean, "float32"), ops.cast(log_variance, "float32"))
        each = ops.maximum(ops.mean(divergence, axis=0), self.free_bits)
        self.add_loss(self.beta * ops.sum(each))
        noise = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], input_shape[-1] // 2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta": self.beta,
            "free_bits": self.free_bits,
            "seed": self.seed,
        }


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """The divergence of normal distributions from the standard one, in nats, number by number.

    Args:
        mean: float tensor of any shape.
        log_variance: of the same shape.

    Returns:
        A tensor of that shape.
    """
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - log_variance - 1)
