"""Residual branches dropped whole, one decision for each example."""

from typing import Any

import keras

from kerasuite.layers.arguments import check_fraction


@keras.saving.register_keras_serializable(package="kerasuite")
class StochasticDepth(keras.layers.Layer):
    """Drops a residual branch for some examples of a batch, in training.

    Put it at the end of the branch, before the addition: `x + StochasticDepth(rate)(branch(x))`.
    In training each example's branch becomes 0 with probability `rate`, and is divided by
    `1 - rate` otherwise, so that its mean is kept and inference is the identity. (The paper
    drops a branch for a whole batch and, the same in expectation, multiplies by the survival
    probability `1 - rate` in inference. "Drop path" is another name.)

    Args:
        rate: number of at least 0 and less than 1, the probability of dropping.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (batch, ...).
        training: whether to drop.

    Returns:
        A tensor of the inputs' shape.

    Raises:
        ValueError: if `rate` is out of its range.

    Reference:
        Huang, Sun, Liu, Sedra, Weinberger 2016, "Deep networks with stochastic depth",
        equations 2 and 5.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.rate = check_fraction(rate, "rate")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.input_spec = keras.InputSpec(min_ndim=1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        noise_shape = (None,) + (1,) * (len(inputs.shape) - 1)
        return keras.random.dropout(inputs, self.rate, noise_shape, seed=self.seed_generator)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
