"""Sparse codes: few atoms of a dictionary that together come near the input."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple

METHODS = ("fista", "ista")


def sparse_code(
    inputs: Any, dictionary: Any, penalty: Any, steps: int = 100, method: str = "fista"
) -> Any:
    """Minimises `|x - D z|² / 2 + penalty |z|₁` over z, for each row x of its own.

    ISTA takes a step down the gradient and then shrinks towards zero. FISTA takes the step from a
    point further on in the direction of the last one, and forgets the direction where it leads
    up, in each row for itself.

    Args:
        inputs: float tensor (batch, features).
        dictionary: float tensor (features, atoms).
        penalty: number, or a tensor (batch, 1) with one for each row.
        steps: how many; the same for all rows, so that no row's answer depends on another row.
        method: "fista" or "ista".

    Returns:
        The codes (batch, atoms), mostly zeros.

    Reference:
        Beck & Teboulle 2009, "A fast iterative shrinkage-thresholding algorithm"; O'Donoghue &
        Candès 2015, "Adaptive restart for accelerated gradient schemes", section 3.2.
    """
    gram = ops.matmul(ops.transpose(dictionary), dictionary)
    wide = dictionary.shape[0] < dictionary.shape[1]
    # Both products have the same largest eigenvalue; the smaller one is quicker.
    small = ops.matmul(dictionary, ops.transpose(dictionary)) if wide else gram
    # No gradient: where the steps end does not depend on their width.
    width = ops.stop_gradient(1.0 / ops.maximum(ops.linalg.eigh(small)[0][-1], 1e-12))
    pull, threshold = width * ops.matmul(inputs, dictionary), width * penalty
    transition = ops.eye(dictionary.shape[1], dtype=gram.dtype) - width * gram
    start = ops.zeros_like(pull)

    def shrunk(point: Any) -> Any:
        moved = ops.matmul(point, transition) + pull
        return moved - ops.clip(moved, -threshold, threshold)

    if method == "ista":
        return ops.fori_loop(0, steps, lambda _, codes: shrunk(codes), start)

    def step(_: Any, state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        codes, point, time = state
        new = shrunk(point)
        change = new - codes
        uphill = ops.sum((point - new) * change, axis=-1, keepdims=True) > 0
        time = ops.where(uphill, ops.ones_like(time), time)
        later = 0.5 * (1.0 + ops.sqrt(1.0 + 4.0 * ops.square(time)))
        return new, new + (time - 1.0) / later * change, later

    return ops.fori_loop(0, steps, step, (start, start, ops.ones_like(start[:, :1])))[0]


@keras.saving.register_keras_serializable(package="kerasuite")
class SparseCode(keras.layers.Layer):
    """The sparse code of each row in a dictionary of atoms, see `sparse_code`.

    `kernel` is the dictionary, one atom a column, at first of norms near 1.
    `training.dictionary_learning` learns it; gradients reach it, too.

    Args:
        units: positive integer, how many atoms; more than features for an overcomplete code.
        penalty: number above 0, the weight of the code's absolute values.
        steps: positive integer, of the inference.
        method: "fista" or "ista".

    Call arguments:
        inputs: float tensor (batch, features).

    Returns:
        A tensor (batch, units).

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Olshausen & Field 1996, "Emergence of simple-cell receptive field properties by learning a
        sparse code for natural images".
    """

    def __init__(
        self,
        units: int,
        penalty: float = 0.1,
        steps: int = 100,
        method: str = "fista",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        (self.units,) = positive_tuple(units, 1, "units")
        (self.steps,) = positive_tuple(steps, 1, "steps")
        if not 0 < penalty < float("inf"):
            raise ValueError(f"`penalty` must be above 0. Received: penalty={penalty}")
        if method not in METHODS:
            raise ValueError(f"`method` must be one of {METHODS}. Received: method={method!r}")
        self.penalty, self.method = penalty, method
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        initializer = keras.initializers.VarianceScaling(1.0, "fan_in", "untruncated_normal")
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=initializer, name="kernel"
        )

    def call(self, inputs: Any) -> Any:
        # Steps of 16 bits would come to rest too early.
        given, kernel = (ops.cast(x, "float32") for x in (inputs, self.kernel))
        codes = sparse_code(given, kernel, self.penalty, self.steps, self.method)
        return ops.cast(codes, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "penalty": self.penalty,
            "steps": self.steps,
            "method": self.method,
        }
