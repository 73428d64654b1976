"""The two optimizers that most apps offer, as their options name them."""

import keras

from kerasuite.training.sgd import SGD


def create_optimizer(
    name: str, learning_rate: float, weight_decay: float = 0.0
) -> keras.optimizers.Optimizer:
    """Returns an optimizer.

    Args:
        name: "adam", or "sgd" for gradient descent with Nesterov momentum 0.9.
        learning_rate: its step size.
        weight_decay: decoupled weight decay per step, as a fraction of the learning rate; 0 for
            none.

    Raises:
        ValueError: if there is no such optimizer.
    """
    decay = weight_decay or None
    if name == "sgd":
        return SGD(learning_rate, momentum=0.9, nesterov=True, weight_decay=decay)
    if name == "adam":
        return keras.optimizers.Adam(learning_rate, weight_decay=decay)
    raise ValueError(f'`name` must be "adam" or "sgd". Received: name={name!r}')
