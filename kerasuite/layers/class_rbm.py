"""A restricted Boltzmann machine of examples and their classes together."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import positive_tuple
from kerasuite.layers.rbm import RBM, product


@keras.saving.register_keras_serializable(package="kerasuite")
class ClassRBM(RBM):
    """An RBM whose last visible units are a class, one of n; as a layer, the class's probabilities.

    The other visible units are binary. The probabilities of the classes, given those units, follow
    from the free energy with each class, and are exact.

    Args:
        units: positive integer, how many hidden units.
        classes: positive integer, how many classes.
        kernel_initializer: of the weights; left out, normal of deviation 0.01.

    Call arguments:
        inputs: float tensor (batch, features), without the class.

    Returns:
        A tensor (batch, classes). The methods take and return joined visible units (batch,
        features + classes).

    Raises:
        ValueError: if `units` or `classes` is no positive integer.

    Reference:
        Hinton, Osindero, Teh 2006, "A fast learning algorithm for deep belief nets", section 6.2;
        Larochelle & Bengio 2008, "Classification using discriminative restricted Boltzmann
        machines", section 2.
    """

    def __init__(self, units: int, classes: int, kernel_initializer: Any = None, **kwargs) -> None:
        super().__init__(units, "binary", kernel_initializer, **kwargs)
        (self.classes,) = positive_tuple(classes, 1, "classes")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build((None, input_shape[-1] + self.classes))

    def call(self, inputs: Any) -> Any:
        features = inputs.shape[-1]
        kernel, bias = ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.visible_bias)
        pushed = ops.matmul(inputs, kernel[:features]) + self.bias
        with_class = pushed[:, None] + kernel[None, features:]
        return ops.softmax(bias[features:] + ops.sum(ops.softplus(with_class), axis=-1))

    def visible_mean(self, hidden: Any, kernel: Any = None) -> Any:
        pushed = product(hidden, self.kernel, kernel, self.visible_bias, transpose=True)
        features = pushed[:, : -self.classes]
        return ops.concatenate(
            [ops.sigmoid(features), ops.softmax(pushed[:, -self.classes :])], axis=-1
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "classes": self.classes}
        del config["visible"]
        return config
